import Orchestrator

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The result of a run as one JSON object.
struct SummaryJSON: Encodable {
  var run_id: String
  var base_branch: String
  var exit_code: Int
  var seconds: Double
  var stop_reason: String?
  var counts: [String: Int]
  var issues: [Issue]
  var not_selected: [String: Int]
  var problems: [String]
  /// What changed in the checkout otherwise than by landings.
  var leaks: [Leak]
  /// Where the agents' logs are.
  var logs: String
  /// Seconds of processor time: the program's own, and that of the agents with all they started.
  var cpu: [String: Double]

  struct Leak: Encodable {
    var text: String
    var suspects: [String]
    var command: String
  }

  struct Issue: Encodable {
    var id: String
    var title: String
    var outcome: String
    var reason: String?
    var commit: String?
    var paths: [String]
    var branch: String?
    var worktree: String?
    var log: String?
    var model: String?
    var carried: [String]
    var saved: String?
    var seconds: Double
    var agent_seconds: Double
    var corrections: [String]
    var concerns: [String]

    init(_ report: IssueReport) {
      (id, title, outcome) = (report.id, report.title, report.outcome.rawValue)
      (reason, commit, paths) = (report.reason, report.commit, report.paths)
      (branch, worktree, log) = (report.branch, report.worktree, report.log)
      (model, carried, saved) = (report.model, report.carried, report.saved)
      (seconds, agent_seconds) = (report.seconds, report.agentSeconds)
      (corrections, concerns) = (report.corrections, report.concerns)
    }
  }

  init(_ summary: RunSummary) {
    run_id = summary.runID
    base_branch = summary.baseBranch
    exit_code = summary.exitCode
    seconds = summary.seconds
    stop_reason = summary.stopReason
    let numbers = summary.counts
    counts = [
      "landed": numbers.landed, "closed": numbers.closed, "finished": numbers.finished,
      "failed": numbers.failed,
      "deferred": numbers.deferred, "interrupted": numbers.interrupted, "blocked": numbers.blocked,
    ]
    issues = summary.issues.map(Issue.init)
    not_selected = Dictionary(
      summary.leftOut.map { ($0.reason, $0.count) }, uniquingKeysWith: +)
    problems = summary.problems
    leaks = summary.leaks.map {
      Leak(text: $0.text, suspects: $0.suspects, command: $0.command)
    }
    logs = summary.logs
    cpu = ["own_seconds": ProcessorTime.own, "agents_seconds": ProcessorTime.children]
  }

  /// The object, with its keys in order, readable.
  func text() throws -> String {
    try JSONText.of(self)
  }
}

/// Processor time that was used, user and system together, in seconds.
///
/// `RUSAGE_SELF` is 0 and `RUSAGE_CHILDREN` -1 everywhere, but glibc's header makes them an
/// enumeration that the call itself does not take.
enum ProcessorTime {
  /// This process.
  static var own: Double { used(0) }
  /// Child processes that have ended, and theirs.
  static var children: Double { used(-1) }

  private static func used(_ who: Int32) -> Double {
    var usage = rusage()
    getrusage(who, &usage)
    return [usage.ru_utime, usage.ru_stime].map {
      Double($0.tv_sec) + Double($0.tv_usec) / 1e6
    }.reduce(0, +)
  }
}
