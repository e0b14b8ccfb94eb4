import Orchestrator

/// What a run would do, for `--dry-run`.
enum PlanText {
  static func render(_ plan: RunPlan) -> [String] {
    var lines = [plan.baseLine] + (plan.signingLine.map { [$0] } ?? [])
    let order = plan.order
    if order.isEmpty {
      lines.append("no issue would be run")
    } else {
      lines.append(
        "\(order.count) \(order.count == 1 ? "issue" : "issues") with "
          + "\(plan.workers) \(plan.workers == 1 ? "worker" : "workers"), in this order:")
      let held = Dictionary(plan.heldIssues.map { ($0.id, $0.reason) }, uniquingKeysWith: { $1 })
      let width = order.map(\.id.count).max() ?? 0
      for issue in order {
        let note = held[issue.id].map { " (not run: \($0))" } ?? ""
        lines.append(
          "  \(issue.priority)  \(Text.padded(issue.id, to: width))  \(issue.title)\(note)")
      }
    }
    for work in plan.pendingWork {
      lines.append(
        "  \(work.id) is finished on \(work.branch) and not landed: \(work.reason)")
    }
    if !plan.pendingWork.isEmpty { lines.append("  to land it: ll-parallel --merge-pending") }
    if !plan.notSelected.isEmpty {
      lines.append(
        "not selected: "
          + plan.notSelected.map { "\($0.count) \($0.reason)" }.joined(separator: ", "))
    }
    return lines + plan.problems.map { "skipped: \($0)" } + plan.notices.map { "note: \($0)" }
  }
}
