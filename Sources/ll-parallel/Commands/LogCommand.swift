import ArgumentParser
import Orchestrator
import SystemPackage

/// Prints what an issue's agent said.
struct LogCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "Print what the agent of an issue said.",
    usage: "ll-parallel log <issue> [<options>]",
    discussion: """
      The newest log of the issue, of the last 20 runs. Of an agent that writes
      JSON events, their text.

      Examples:
        ll-parallel log 12
        ll-parallel log BUG-12 --follow
      """)

  @Argument(
    help: "The issue's id or number.", completion: .custom { _, _, _ in IssueCompletion.logs() })
  var issue: String
  @Flag(name: .shortAndLong, help: "Go on with what it says until the issue is over.")
  var follow = false
  @Flag(help: "The very bytes, events and all.") var raw = false
  @Option(help: ArgumentHelp("Of this run.", valueName: "id")) var run: String?
  @OptionGroup(title: "How") var place: PlaceOptions

  func run() async throws {
    let project = try place.project()
    let logs = AgentLogs(project.state)
    guard let found = logs.find(issue, run: run) else { throw problem(logs) }
    var file = FollowedFile(found.file)
    var events = FollowedFile(project.state.events(run: found.run))
    var progress = RunProgress()
    repeat {
      for record in events.nextLines().compactMap({ RunEvents.Record(line: $0) }) {
        progress.apply(record)
      }
      let isOver =
        !follow || RunLock.liveHolder(in: project.state)?.runID != found.run
        || !progress.workers.contains { $0.issue == found.issue }
      // What was said before it was over is there by now.
      if raw {
        try FileDescriptor.standardOutput.writeAll(file.next())
      } else {
        for line in file.nextLines().flatMap(AgentLogs.text) { print(line) }
        StandardStreams.flushOutput()
      }
      if isOver { break }
      // As `tail -f` where the system tells of no change: another process writes the file.
      try await Task.sleep(for: .milliseconds(200))
    } while true
  }

  private func problem(_ logs: AgentLogs) -> UsageError {
    let runs = run.map { [$0] } ?? logs.runs
    if let run, !logs.runs.contains(run) {
      let known = logs.runs.isEmpty ? "none" : logs.runs.joined(separator: ", ")
      return UsageError(description: "no run '\(run)' has logs; those that have: \(known)")
    }
    let known = Set(runs.flatMap(logs.issues)).sorted()
    return UsageError(
      description: known.isEmpty
        ? "no agent has said anything yet: there is no log"
        : "no log of '\(issue)'; there are logs of \(Text.list(known))"
          + NearestMatch.question(issue, among: known))
  }
}
