import ArgumentParser
import Orchestrator
import SystemPackage

/// Prints the configuration that a run would have.
struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Print the settings in force, and where each comes from.",
    usage: "ll-parallel config [<options>]",
    discussion: """
      A flag goes before an environment variable, that before .ll/ll.local.md,
      that before .ll/ll-config.json or ll-config.json. The variable of a key
      parallel.max_workers is LL_PARALLEL_MAX_WORKERS.
      """)

  @OptionGroup(title: "How") var options: ConfigurationOptions

  @Flag(help: "Print a JSON object with what each key means.")
  var json = false

  func run() async throws {
    let project = try Project.open(try WorkingDirectory.resolve(options.directory))
    let entries = try options.load(root: project.root).entries
    if json {
      print(try JSONText.of(["settings": entries]))
      return
    }
    let settings = entries.map { ("\($0.key) = \($0.text)", Self.place($0.origin)) }
    let width = min(48, settings.map(\.0.count).max() ?? 0)
    for (setting, place) in settings { print("\(Text.padded(setting, to: width))  \(place)") }
  }

  /// Where a value comes from; a file as it is seen from here.
  private static func place(_ origin: ConfigurationOrigin) -> String {
    switch origin {
    case .file(let file, let line, _):
      Text.path(file.string) + (line.map { ":\($0)" } ?? "")
    case .environmentFile(let file, let line, let variable):
      "\(Text.path(file.string)):\(line) (\(variable))"
    case .environment(let variable): variable
    case .flag(let name): name
    case .builtIn: "default"
    }
  }
}
