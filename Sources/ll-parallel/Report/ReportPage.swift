import GitEngine
import Orchestrator

/// A run as one page that needs nothing beside it.
struct ReportPage {
  private let record: RunRecord
  private let name: String

  /// - Parameter name: Of the project.
  init(_ record: RunRecord, name: String) {
    self.record = record
    self.name = name
  }

  var html: String {
    let title = "\(name): run \(record.progress.runID)"
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
      <link rel="icon" href="data:,">
      \(HTML.element("title", title))
      <style>
      \(ReportStyle.css)
      </style>
      </head>
      <body>
      <main>
      \(head)
      \(timeline)
      \(table)
      \(logs)
      <footer>Made by ll-parallel \(programVersion).</footer>
      </main>
      </body>
      </html>

      """
  }

  // MARK: Head

  private var head: String {
    let run = record.progress
    var facts =
      "Began \(record.started), \(run.workerLimit) \(run.workerLimit == 1 ? "worker" : "workers")"
    if let seconds = run.seconds {
      facts += ", took \(Text.seconds(seconds)), exit status \(run.exitCode ?? 0)"
    } else {
      facts += "; it was not over when this was made, or it was killed"
    }
    let groups = Dictionary(grouping: record.issues) { $0.outcome?.rawValue ?? "not begun" }
    let order = IssueReport.Outcome.allCases.map(\.rawValue) + ["not begun"]
    let counts = order.compactMap { word -> String? in
      guard let count = groups[word]?.count else { return nil }
      return "<li><b class=\"\(Self.mood(word))\">\(count)</b>\(HTML.text(word))</li>"
    }
    return """
      \(HTML.element("h1", "\(run.doneCount) of \(run.totalCount) issues done on \(run.baseBranch)"))
      \(HTML.element("p", "\(name), run \(run.runID)", [("class", "facts")]))
      \(HTML.element("p", facts, [("class", "facts")]))
      <ul class="counts" aria-label="Issues by outcome">\(counts.joined())</ul>
      """
  }

  private static func mood(_ outcome: String) -> String {
    switch outcome {
    case "landed", "closed", "finished": "good"
    case "failed", "conflict": "bad"
    default: "wait"
    }
  }

  // MARK: Time line

  private var timeline: String {
    let spans = record.timeline.spans.filter { $0.slot > 0 }
    let total = Double(max(1, record.timeline.end))
    let slots = Set(spans.map(\.slot)).sorted()
    guard !slots.isEmpty else { return "" }
    let lanes = slots.map { slot in
      let bars = spans.filter { $0.slot == slot }.map { span in
        let seconds = Text.seconds(Double(span.end - span.start) / 1e9)
        return
          "<i class=\"\(span.step.rawValue)\" style=\"left:\(Self.percent(Double(span.start) / total));"
          + "width:\(Self.percent(Double(span.end - span.start) / total))\""
          + " title=\"\(HTML.text("\(span.issue): \(span.step.rawValue), \(seconds)"))\"></i>"
      }
      return
        "<div class=\"lane\"><span>\(slot)</span><div class=\"track\">\(bars.joined())</div></div>"
    }
    let busy = spans.filter { $0.step == .agent }.reduce(0) { $0 + Double($1.end - $1.start) }
    let share = Int((busy * 100 / (total * Double(slots.count))).rounded())
    let label =
      "Time line of \(slots.count) slots over \(Text.seconds(total / 1e9)): agents were at work in "
      + "\(share) % of it. The table below has the times of each issue."
    let steps = ["set-up", "agent", "queued", "landing", "ending"]
    return """
      <h2>Time line</h2>
      <div role="img" aria-label="\(HTML.text(label))">
      \(lanes.joined(separator: "\n"))
      </div>
      <ul class="key" aria-hidden="true">\(steps.map { "<li><i class=\"\($0)\"></i>\($0)</li>" }.joined())</ul>
      \(HTML.element("p", "\(Text.seconds(total / 1e9)) from left to right; agents were at work in \(share) % of the slots' time.", [("class", "facts")]))
      """
  }

  /// With two digits behind the point, without what a language puts in between.
  private static func percent(_ part: Double) -> String {
    let hundredths = Int((max(0, min(1, part)) * 10_000).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)%"
  }

  // MARK: Issues

  private var table: String {
    let rows = record.issues.map { issue in
      let outcome = issue.outcome?.rawValue ?? "not begun"
      return """
        <tr>
        <th scope="row">\(HTML.text(issue.id))</th>
        <td>\(HTML.text(issue.title))</td>
        <td class="\(Self.mood(outcome))">\(HTML.text(outcome))</td>
        <td class="number">\(issue.seconds > 0 ? Text.seconds(issue.seconds) : "")</td>
        <td class="number">\(issue.commit.map { "<code>\(HTML.text(String($0.prefix(7))))</code>" } ?? "")</td>
        <td class="number">\(HTML.text(Self.size(issue)))</td>
        <td class="reason">\(HTML.text(TerminalText.withoutEscapes(issue.reason ?? "")))</td>
        </tr>
        """
    }
    return """
      <h2>Issues</h2>
      <div class="scroll"><table>
      <caption>What became of each issue; size is what its landing changed.</caption>
      <thead><tr><th scope="col">Issue</th><th scope="col">Title</th><th scope="col">Outcome</th>\
      <th scope="col" class="number">Time</th><th scope="col" class="number">Commit</th><th scope="col" class="number">Size</th><th scope="col">Why not</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></div>
      """
  }

  private static func size(_ issue: RunRecord.Issue) -> String {
    guard !issue.files.isEmpty else { return "" }
    let added = issue.files.reduce(0) { $0 + ($1.added ?? 0) }
    let deleted = issue.files.reduce(0) { $0 + ($1.deleted ?? 0) }
    return "\(issue.files.count) \(issue.files.count == 1 ? "file" : "files") +\(added) −\(deleted)"
  }

  // MARK: Logs

  private var logs: String {
    let shown = record.issues.filter { !$0.log.isEmpty }
    guard !shown.isEmpty else { return "" }
    let parts = shown.map { issue in
      let omitted = issue.omittedLines > 0 ? "(\(issue.omittedLines) lines before)\n" : ""
      let text = omitted + issue.log.map(TerminalText.withoutEscapes).joined(separator: "\n")
      return """
        <details><summary>\(HTML.text("\(issue.id) \(issue.title)"))</summary>
        <pre tabindex="0">\(HTML.text(text))</pre></details>
        """
    }
    return "<h2>What the agents said</h2>\n" + parts.joined(separator: "\n")
  }
}
