import FoundationEssentials
import Orchestrator

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
    var carried: [String]
    var saved: String?
    var seconds: Double
    var agent_seconds: Double
  }

  init(_ summary: RunSummary, exitCode: Int) {
    run_id = summary.runID
    base_branch = summary.baseBranch
    exit_code = exitCode
    seconds = summary.seconds
    stop_reason = summary.stopReason
    let numbers = summary.counts
    counts = [
      "landed": numbers.landed, "closed": numbers.closed, "failed": numbers.failed,
      "deferred": numbers.deferred, "interrupted": numbers.interrupted, "blocked": numbers.blocked,
    ]
    issues = summary.issues.map { report in
      Issue(
        id: report.id, title: report.title, outcome: report.outcome.rawValue,
        reason: report.reason, commit: report.commit, paths: report.paths, branch: report.branch,
        worktree: report.worktree, log: report.log, carried: report.carried, saved: report.saved,
        seconds: report.seconds, agent_seconds: report.agentSeconds)
    }
    not_selected = Dictionary(
      summary.leftOut.map { ($0.reason, $0.count) }, uniquingKeysWith: +)
    problems = summary.problems
  }

  /// The object, with its keys in order, readable.
  func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
