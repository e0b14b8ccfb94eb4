import Orchestrator

/// What a run would do as one JSON object, for `--dry-run --json`.
struct PlanJSON: Encodable {
  var dry_run = true
  var base_branch: String
  var workers: Int
  var issues: [Issue]
  var reported: [Report]
  var landed_first: [String]
  var kept_aside: [String]
  var not_selected: [String: Int]
  var problems: [String]
  var notices: [String]

  struct Issue: Encodable {
    var id: String
    var title: String
    var priority: String
    /// Why it would not be run; absent when it would.
    var held: String?
  }

  struct Report: Encodable {
    var id: String
    var title: String
    var outcome: String
    var reason: String?
    var branch: String?
    var worktree: String?
  }

  init(_ plan: RunPlan) {
    let held = Dictionary(plan.heldIssues.map { ($0.id, $0.reason) }, uniquingKeysWith: { $1 })
    base_branch = plan.baseBranch
    workers = plan.workers
    issues = plan.order.map { issue in
      Issue(id: issue.id, title: issue.title, priority: issue.priority, held: held[issue.id])
    }
    reported = plan.reported.map { report in
      Report(
        id: report.id, title: report.title, outcome: report.outcome.rawValue,
        reason: report.reason, branch: report.branch, worktree: report.worktree)
    }
    landed_first = plan.landedFirst
    kept_aside = plan.keptAside
    not_selected = Dictionary(
      plan.notSelected.map { ($0.reason, $0.count) }, uniquingKeysWith: +)
    problems = plan.problems
    notices = plan.notices
  }

  func text() throws -> String { try JSONText.of(self) }
}
