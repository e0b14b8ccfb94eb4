import ArgumentParser
import Orchestrator
import SystemPackage

/// Writes a run as a page.
struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a run as one HTML file, to be shown to others.",
    usage: "ll-parallel report [<options>]",
    discussion: """
      When what was done in which slot, what landed with its size, what did not
      and why, and what the agents said. The file needs no network, and nothing
      beside it. Of the last 20 runs.

      Examples:
        ll-parallel report
        ll-parallel report --output - > run.html
      """)

  @Option(
    help: ArgumentHelp("This run. (default: the newest one)", valueName: "id"),
    completion: .custom { _, _, _ in IssueCompletion.runs() })
  var run: String?
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where it goes; - is standard output. (default: ll-parallel-<run>.html)", valueName: "file"))
  var output: String?
  @Flag(help: "Write over a file that is there.") var force = false
  @OptionGroup(title: "How") var place: PlaceOptions

  func run() async throws {
    let (project, configuration) = try await place.open()
    guard let record = try await RunRecord.read(project, configuration, run: run) else {
      let known = AgentLogs(project.state).runs
      throw UsageError(
        description: known.isEmpty
          ? "there was no run here yet: nothing to report"
          : "no events of \(run.map { "a run '\($0)'" } ?? "the last run") are kept; "
            + "runs that have logs: \(Text.list(known))")
    }
    let name = project.root.lastComponent?.string ?? "repository"
    let page = ReportPage(record, name: name).html
    if output == "-" { return print(page, terminator: "") }
    let file = try WorkingDirectory.resolve(output ?? "ll-parallel-\(record.progress.runID).html")
    try write(page, to: file)
    print("written: \(Text.path(file.string))")
  }

  private func write(_ page: String, to file: FilePath) throws {
    do {
      let descriptor = try FileDescriptor.open(
        file, .writeOnly,
        options: force
          ? [.create, .truncate, .closeOnExec] : [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
      try descriptor.closeAfter { _ = try descriptor.writeAll(page.utf8) }
    } catch Errno.fileExists {
      throw UsageError(description: "\(file) is there already; --force writes over it")
    } catch {
      throw UsageError(description: "the report cannot be written to \(file): \(error)")
    }
  }
}
