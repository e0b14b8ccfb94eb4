import Orchestrator

/// What a run would do, for `--dry-run`.
enum PlanText {
  static func render(_ plan: RunPlan) -> [String] {
    var lines = [plan.baseLine] + (plan.signingLine.map { [$0] } ?? [])
    lines += earlierWork(plan)
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
    for report in plan.reported {
      let branch = report.branch.map { " on \($0)" } ?? ""
      lines.append("  \(report.id) is \(word(report.outcome))\(branch): \(report.reason ?? "")")
    }
    if plan.reported.contains(where: { $0.outcome == .pending }) {
      lines.append("  to land what is finished: ll-parallel --merge-pending")
    }
    if !plan.notSelected.isEmpty {
      lines.append(
        "not selected: "
          + plan.notSelected.map { "\($0.count) \($0.reason)" }.joined(separator: ", "))
    }
    return lines + plan.problems.map { "skipped: \($0)" } + plan.notices.map { "note: \($0)" }
  }

  private static func earlierWork(_ plan: RunPlan) -> [String] {
    var lines: [String] = []
    if !plan.landedFirst.isEmpty {
      lines.append("landed first: \(plan.landedFirst.joined(separator: ", "))")
    }
    if !plan.keptAside.isEmpty {
      lines.append(
        "kept under refs/ll/saved, as an earlier run left it: "
          + plan.keptAside.joined(separator: ", "))
    }
    return lines
  }

  private static func word(_ outcome: IssueReport.Outcome) -> String {
    switch outcome {
    case .pending: "finished and not landed"
    case .finished: "finished"
    default: "not run"
    }
  }
}
