import Orchestrator
import SystemPackage

/// The issues that a shell offers where one is to be named; nothing where something is wrong.
enum IssueCompletion {
  /// Of the project's issue files.
  static func files() -> [String] {
    guard let project = try? Project.open(currentDirectory()),
      let configuration = try? Configuration.load(root: project.root, environment: [:], flags: []),
      let scan = try? FileIssueSource(root: project.root, configuration: configuration.issues)
        .scan()
    else { return [] }
    return scan.knownIDs.map(\.description).sorted()
  }

  /// Those that have a log.
  static func logs() -> [String] {
    guard let project = try? Project.open(currentDirectory()) else { return [] }
    let logs = AgentLogs(project.state)
    return Set(logs.runs.flatMap(logs.issues)).sorted()
  }

  /// The runs that have logs.
  static func runs() -> [String] {
    (try? Project.open(currentDirectory())).map { AgentLogs($0.state).runs } ?? []
  }
}
