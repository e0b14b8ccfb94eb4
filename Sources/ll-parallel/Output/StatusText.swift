import FoundationEssentials
import Orchestrator
import SystemPackage

/// How runs stand, for people.
enum StatusText {
  static func render(_ status: RepositoryStatus, _ project: Project) -> [String] {
    var lines: [String] = []
    if let holder = status.holder {
      lines.append(
        "A run is going on: process \(holder.pid) on \(holder.host), since \(holder.since)")
      if let run = status.run {
        let size = Terminal.Size(width: 80, height: 1000)
        lines += screen(run, project).lines(size).map { "  " + TerminalText.cut($0.text, to: 77) }
      }
    } else {
      lines.append("No run is going on.")
      if let run = status.run { lines += last(run) }
    }
    if !status.left.isEmpty { lines += ["", "Left by earlier runs:"] }
    for left in status.left {
      let title = left.title.isEmpty ? "" : "  " + Text.shortened(left.title, to: 48)
      lines.append("  \(Text.padded(word(left), to: 11)) \(left.issue)\(title)")
      if let reason = left.reason {
        lines += Text.wrapped(reason, indent: String(repeating: " ", count: 14)).prefix(4)
      }
      if let branch = left.branch { lines.append("              branch   \(branch)") }
      if let worktree = left.worktree?.string {
        lines.append("              worktree \(Text.path(worktree))")
      }
    }
    return lines + advice(status)
  }

  /// The live view of a run of another process.
  static func screen(_ run: RunProgress, _ project: Project) -> LiveScreen {
    let logs = project.state.logs(run: run.runID)
    let texts = run.workers.compactMap { worker in
      AgentLogs.lastText(in: logs.appending("\(worker.issue).log")).map { (worker.issue, $0) }
    }
    return LiveScreen(
      progress: run, lastText: Dictionary(texts, uniquingKeysWith: { $1 }), now: run.now)
  }

  private static func last(_ run: RunProgress) -> [String] {
    var line = "The last one, \(run.runID): \(run.doneCount) of \(run.totalCount) done"
    if let exitCode = run.exitCode, let seconds = run.seconds {
      line += " on \(run.baseBranch), in \(Text.seconds(seconds)); exit status \(exitCode)"
    } else {
      line += "; it was killed"
    }
    let rest = run.ended.filter { !$0.outcome.isDone }.map { "\($0.issue) \($0.outcome)" }
    return [line] + (rest.isEmpty ? [] : ["  not done: \(rest.joined(separator: ", "))"])
  }

  private static func word(_ left: RepositoryStatus.Left) -> String {
    left.remains == .finished ? left.landing?.rawValue ?? "finished" : left.remains.rawValue
  }

  private static func advice(_ status: RepositoryStatus) -> [String] {
    guard status.holder == nil else { return [] }
    let remains = Set(status.left.map(\.remains))
    let landings = Set(status.left.filter { $0.remains == .finished }.map(\.landing))
    let base = status.run?.baseBranch ?? "the base branch"
    var lines: [String] = []
    if landings.contains(.conflict) {
      lines.append("Conflict: in the issue's worktree merge \(base), resolve, commit; then land it")
    }
    if landings.contains(.deferred) {
      lines.append("Deferred: commit or move what is in the way in your checkout; then land it")
    }
    if remains.contains(.finished) { lines.append("To land: ll-parallel --merge-pending") }
    if remains.contains(.unfinished) {
      lines.append("Unfinished: the next run keeps what is there and begins again")
    }
    if remains.contains(.failed) {
      lines.append("Failed: ll-parallel log ISSUE says why; the next run tries again")
    }
    if remains.contains(.onBranch) { lines.append("On a branch: merge it when you like it") }
    return lines.isEmpty ? [] : [""] + lines
  }
}

extension RunProgress {
  /// The moment now on the run's own clock, in nanoseconds.
  var now: Int64 {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    guard exitCode == nil, let last = try? style.parse(timestamp) else { return moment }
    return moment + Int64(max(0, Date.now.timeIntervalSince(last)) * 1e9)
  }
}

/// How runs stand, for programs.
struct StatusJSON: Encodable {
  private var running: RunLock.Holder?
  private var run: Run?
  private var left: [Left]

  private struct Run: Encodable {
    var run_id, base_branch: String
    var worker_limit: Int
    var workers: [Worker]
    var queue, waiting: [String]
    var ended: [Ended]
    var exit_code: Int?
    var seconds: Double
  }

  private struct Worker: Encodable {
    var slot: Int
    var issue_id, step, branch: String
    var worktree_path, last_line: String?
    /// Of this step.
    var seconds: Double
  }

  private struct Ended: Encodable {
    var issue_id, outcome: String
    var commit, reason: String?
  }

  private struct Left: Encodable {
    var issue_id, title, remains: String
    var landing, reason, branch, worktree_path: String?
  }

  init(_ status: RepositoryStatus, _ project: Project) {
    running = status.holder
    run = status.run.map { run in
      let texts = StatusText.screen(run, project).lastText
      return Run(
        run_id: run.runID, base_branch: run.baseBranch, worker_limit: run.workerLimit,
        workers: run.workers.map {
          Worker(
            slot: $0.slot, issue_id: $0.issue, step: $0.step.rawValue, branch: $0.branch,
            worktree_path: $0.worktree, last_line: texts[$0.issue],
            seconds: Double(run.now - $0.since) / 1e9)
        },
        queue: run.queue, waiting: run.waiting,
        ended: run.ended.map {
          Ended(
            issue_id: $0.issue, outcome: $0.outcome.rawValue, commit: $0.commit, reason: $0.reason)
        },
        exit_code: run.exitCode, seconds: run.seconds ?? Double(run.now) / 1e9)
    }
    left = status.left.map {
      Left(
        issue_id: $0.issue, title: $0.title, remains: $0.remains.rawValue,
        landing: $0.landing?.rawValue, reason: $0.reason, branch: $0.branch,
        worktree_path: $0.worktree?.string)
    }
  }

  func text() throws -> String { try JSONText.of(self) }
}
