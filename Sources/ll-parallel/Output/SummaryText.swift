import Orchestrator

/// The summary of a run for people.
enum SummaryText {
  /// The lines; none is needed to understand another one.
  static func render(_ summary: RunSummary) -> [String] {
    let counts = summary.counts
    let landed = counts.landed + counts.closed
    var lines = [""]
    if let reason = summary.stopReason { lines += ["The run was stopped: \(reason)", ""] }
    if summary.issues.isEmpty {
      lines.append("Nothing to do: no issue is selected.")
    } else {
      let count = summary.issues.count
      lines.append(
        "\(landed) of \(count) \(count == 1 ? "issue" : "issues") done on \(summary.baseBranch), "
          + "in \(Text.seconds(summary.seconds))")
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
    return lines + advice(summary)
  }

  private static func issue(_ report: IssueReport, _ idWidth: Int) -> [String] {
    let head =
      "  \(Text.padded(report.outcome.rawValue, to: 11)) "
      + "\(Text.padded(report.id, to: idWidth))  \(Text.shortened(report.title, to: 40))"
    var lines: [String]
    if let commit = report.commit {
      lines = ["\(Text.padded(head, to: 56 + idWidth))  \(commit.prefix(7))"]
    } else {
      lines = [head]
    }
    let indent = String(repeating: " ", count: 14)
    if let reason = report.reason { lines += wrap(reason, indent: indent) }
    if !report.carried.isEmpty, let saved = report.saved {
      lines.append(
        "\(indent)your edits in \(report.carried.joined(separator: ", ")) were merged; "
          + "before that: \(saved)")
    } else if let saved = report.saved {
      lines.append("\(indent)what the agent left is kept as \(saved)")
    }
    if let branch = report.branch { lines.append("\(indent)branch   \(branch)") }
    if let worktree = report.worktree { lines.append("\(indent)worktree \(Text.path(worktree))") }
    if report.outcome == .failed, let log = report.log {
      lines.append("\(indent)log      \(Text.path(log))")
    }
    return lines
  }

  /// Breaks a reason into lines of at most 76 characters, at blanks; its own lines are kept.
  private static func wrap(_ text: String, indent: String) -> [String] {
    text.split(whereSeparator: \.isNewline).flatMap { line -> [String] in
      var lines: [String] = []
      var current = indent
      for word in line.split(separator: " ") {
        if current.count > indent.count, current.count + word.count > 79 {
          lines.append(current)
          current = indent
        }
        current += (current.count > indent.count ? " " : "") + word
      }
      return lines + [current]
    }
  }

  private static func advice(_ summary: RunSummary) -> [String] {
    let outcomes = Set(summary.issues.map(\.outcome))
    var lines: [String] = []
    if outcomes.contains(.conflict) {
      lines.append(
        "Conflicts: in the issue's worktree merge \(summary.baseBranch), resolve, commit; then run")
      lines.append("  ll-parallel --merge-pending")
    }
    if outcomes.contains(.deferred) {
      lines.append("Deferred: commit or move what is in the way in your checkout, then run")
      lines.append("  ll-parallel --merge-pending")
    }
    if outcomes.contains(.pending) {
      lines.append("Pending: to land what earlier runs finished, run")
      lines.append("  ll-parallel --merge-pending")
    }
    return lines.isEmpty ? [] : [""] + lines
  }
}
