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

  @OptionGroup(title: "How") var running: RunningOptions
  @OptionGroup(title: "What earlier runs left") var earlier: EarlierWorkOptions
  @OptionGroup(title: "Clean up and exit") var cleaning: CleaningOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() async throws {
    let directory = try WorkingDirectory.resolve(configurationOptions.directory)
    let project = try Project.open(directory)
    var configuration = try await load(project)
    configuration.agentEnvironment.merge(running.agentEnvironment) { $1 }
    if !cleaning.request.isEmpty {
      try await CleanupSession(project, configuration, cleaning.request, output).run(
        dryRun: running.dryRun)
      return
    }
    if !running.dryRun {
      for notice in try await project.repairLandings() { StandardError.write("note: \(notice)") }
    }
    let plan = try await RunPlan.make(project, configuration, options)
    if running.dryRun {
      if output.json {
        print(try PlanJSON(plan).text())
      } else {
        for line in PlanText.render(plan) { print(line) }
      }
      return
    }
    try await RunSession(plan, output).run()
  }

  private var options: RunOptions {
    var options = RunOptions()
    options.selection = selection.selection
    options.earlierWork = earlier.earlierWork
    options.overlaps = running.overlaps
    options.showsModel = running.showModel
    return options
  }

  /// The configuration with the environment and the flags over it.
  ///
  /// Where the repository cannot be used either, that is said: mending the file would not help.
  private func load(_ project: Project) async throws -> Configuration {
    do { return try configurationOptions.load(root: project.root) } catch {
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
