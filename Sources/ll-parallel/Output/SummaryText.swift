import Orchestrator

/// The summary of a run for people.
enum SummaryText {
  /// The lines; none is needed to understand another one.
  static func render(_ summary: RunSummary) -> [String] {
    var lines = [""]
    if let reason = summary.stopReason { lines += ["The run was stopped: \(reason)", ""] }
    if summary.issues.isEmpty {
      lines.append("Nothing to do: no issue is selected.")
    } else {
      lines.append(headline(summary))
    }
    let idWidth = summary.issues.map(\.id.count).max() ?? 0
    for report in summary.issues { lines += issue(report, idWidth) }
    if !summary.leftOut.isEmpty {
      let list = summary.leftOut.map { "\($0.count) \($0.reason)" }.joined(separator: ", ")
      lines += ["", "Not selected: \(list)"]
    }
    if !summary.problems.isEmpty {
      lines += ["", "Skipped files:"] + summary.problems.map { "  \($0)" }
    }
    if !summary.leaks.isEmpty {
      lines += ["", "Changed otherwise than by landings (you, or an agent out of its worktree):"]
      for leak in summary.leaks {
        lines += Text.wrapped(leak.text, indent: "  ")
        lines.append("    to move it away: \(leak.command)")
      }
    }
    lines += advice(summary)
    if summary.issues.contains(where: { $0.log != nil }) {
      lines += ["", "What the agents said: \(Text.path(summary.logs))"]
    }
    return lines
  }

  private static func headline(_ summary: RunSummary) -> String {
    let (counts, count) = (summary.counts, summary.issues.count)
    let done = summary.issues.count { $0.outcome.isDone }
    let place =
      counts.finished == 0
      ? "on \(summary.baseBranch)"
      : counts.finished == done ? "on branches of their own" : "on branches or closed"
    return "\(done) of \(count) \(count == 1 ? "issue" : "issues") done \(place), "
      + "in \(Text.seconds(summary.seconds))"
  }

  private static func issue(_ report: IssueReport, _ idWidth: Int) -> [String] {
    let time = report.seconds > 0 ? Text.seconds(report.seconds) : ""
    let head =
      "  \(Text.padded(report.outcome.rawValue, to: 11)) "
      + "\(Text.padded(report.id, to: idWidth))  "
      + "\(Text.padded(Text.shortened(report.title, to: 36), to: 36))  \(time)"
    var lines = [
      report.commit.map { "\(Text.padded(head, to: 64 + idWidth)) \($0.prefix(7))" }
        ?? String(head[...(head.lastIndex { $0 != " " } ?? head.startIndex)])
    ]
    let indent = String(repeating: " ", count: 14)
    if let reason = report.reason { lines += Text.wrapped(reason, indent: indent) }
    if !report.carried.isEmpty, let saved = report.saved {
      lines.append(
        "\(indent)your edits in \(report.carried.joined(separator: ", ")) were merged; "
          + "before that: \(saved)")
    } else if let saved = report.saved {
      lines.append("\(indent)what was there before is kept as \(saved)")
    }
    for (name, texts) in [("corrected", report.corrections), ("concern", report.concerns)] {
      lines += texts.prefix(3).flatMap { Text.wrapped("\(name): \($0)", indent: indent) }
      if texts.count > 3 { lines.append("\(indent)and \(texts.count - 3) more of these") }
    }
    if let model = report.model { lines.append("\(indent)model    \(model)") }
    if let branch = report.branch { lines.append("\(indent)branch   \(branch)") }
    if let worktree = report.worktree { lines.append("\(indent)worktree \(Text.path(worktree))") }
    if report.outcome == .failed, let log = report.log {
      lines.append("\(indent)log      \(Text.path(log))")
    }
    return lines
  }

  /// What to do about the issues that are not done, once for each kind.
  private static func advice(_ summary: RunSummary) -> [String] {
    let outcomes = Set(summary.issues.map(\.outcome))
    let lines = IssueReport.Outcome.allCases.filter { outcomes.contains($0) }.flatMap { outcome in
      switch outcome {
      case .landed, .closed, .held: [String]()
      case .finished: ["Finished: merge the branches when you like them."]
      case .conflict:
        [
          "Conflict: in the issue's worktree merge \(summary.baseBranch), resolve, commit; then run",
          "  ll-parallel --merge-pending",
        ]
      case .deferred:
        [
          "Deferred: commit or move what is in the way in your checkout, then run",
          "  ll-parallel --merge-pending",
        ]
      case .failed:
        ["Failed: the log says more. The next run tries again."]
      case .blocked: ["Blocked: see to what stands in the way; the next run asks again."]
      case .interrupted: ["Interrupted: to go on, run", "  ll-parallel --resume"]
      case .pending:
        ["Pending: to land what earlier runs finished, run", "  ll-parallel --merge-pending"]
      }
    }
    return lines.isEmpty ? [] : [""] + lines
  }
}
