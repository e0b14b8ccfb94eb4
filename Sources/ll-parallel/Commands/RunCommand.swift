import ArgumentParser
import Orchestrator
import SystemPackage

/// Runs agents on the open issues and lands their work.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run agents on the open issues and land their work (the default command).",
    discussion: """
      Examples:
        ll-parallel --dry-run          what would be done
        ll-parallel --workers 4 --priority P0,P1
        ll-parallel --only 732,BUG-12
        ll-parallel --merge-pending    land what earlier runs left, then go on

      Exit status:
        0    all done
        1    something is not done
        2    wrong usage or configuration
        3    the repository or the machine cannot be used
        130  interrupted (143: by SIGTERM, 129: by SIGHUP)
      """)

  @OptionGroup(title: "Which issues") var selection: SelectionOptions
  @OptionGroup(title: "How") var configurationOptions: ConfigurationOptions

  @Flag(
    name: [.customShort("n"), .long], help: "Print what would be done; write nothing.")
  var dryRun = false

  @Flag(help: "First land what earlier runs finished and did not land.")
  var mergePending = false

  @Flag(help: "Leave what earlier runs finished, and do not run those issues.")
  var ignorePending = false

  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup var unsupported: UnsupportedOptions

  func validate() throws {
    if mergePending, ignorePending {
      throw ValidationError("--merge-pending and --ignore-pending exclude each other.")
    }
  }

  func run() async throws {
    let directory = try WorkingDirectory.resolve(configurationOptions.directory)
    let project = try Project.open(directory)
    let configuration = try await load(project)
    var options = RunOptions()
    options.selection = selection.selection
    options.pendingWork = mergePending ? .land : ignorePending ? .ignore : .report
    let plan = try await RunPlan.make(project, configuration, options)
    if dryRun {
      for line in PlanText.render(plan) { print(line) }
      return
    }
    try await RunSession(plan, output).run()
  }

  /// The configuration with the flags over it.
  ///
  /// Where the repository cannot be used either, that is said: mending the file would not help.
  private func load(_ project: Project) async throws -> Configuration {
    do {
      var configuration = try Configuration.load(root: project.root)
      configurationOptions.apply(to: &configuration)
      return configuration
    } catch {
      try await project.checkThatItCanBeUsed()
      throw error
    }
  }
}

/// The directory that a run is about.
enum WorkingDirectory {
  /// The directory of that name, or the current one.
  static func resolve(_ name: String?) throws -> FilePath {
    let current = try currentDirectory()
    guard let name else { return current }
    return current.pushing(FilePath(name)).lexicallyNormalized()
  }
}
