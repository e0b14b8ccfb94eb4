import Orchestrator
import Synchronization

/// What happens in a run as plain lines for people.
final class ProgressLines: Sendable {
  private let verbose: Bool
  /// Whether a live view shows how far each issue is.
  private let isLive: Bool
  /// What was said of each issue's landing: how its slot ends is no news then, and a further try that
  /// ends in the same way is none either.
  private let landings = Mutex<[String: String]>([:])

  init(verbose: Bool, isLive: Bool = false) {
    self.verbose = verbose
    self.isLive = isLive
  }

  /// The line for an event; `nil` for what is of no interest at this level of detail.
  func line(for event: RunEvent) -> String? {
    switch event {
    case .runStarted(_, _, let workers, let issues):
      guard verbose || !isLive else { return nil }
      return "\(issues.count) \(issues.count == 1 ? "issue" : "issues"), "
        + "\(workers) \(workers == 1 ? "worker" : "workers")"
    case .setupStarted(let slot, let issue, let worktree, _):
      return verbose ? "[\(slot)] \(issue): making the worktree \(worktree)" : nil
    case .setupFinished(let slot, let issue, _, _, _, let seconds, let error):
      if let error { return "[\(slot)] \(issue): no worktree: \(error)" }
      return verbose ? "[\(slot)] \(issue): worktree made in \(Text.seconds(seconds))" : nil
    case .workerStarted(let slot, let issue, _, let branch):
      guard verbose || !isLive else { return nil }
      return "[\(slot)] \(issue): agent started" + (verbose ? " on \(branch)" : "")
    case .workerCompleted(let slot, let issue, _, let status, let seconds):
      let isNews = landings.withLock { $0[issue] } == nil && status != .success
      guard verbose || isNews else { return nil }
      return "[\(slot)] \(issue): \(Self.word(for: status)) in \(Text.seconds(seconds))"
    case .mergeQueued(let slot, let issue, _):
      return verbose ? "[\(slot)] \(issue): landing queued" : nil
    case .mergeStarted(let slot, let issue, _):
      return verbose ? "[\(slot)] \(issue): landing" : nil
    case .mergeCompleted(let slot, let issue, _, let outcome, let commit, _, let error, _):
      let what =
        switch outcome {
        case .merged: "landed" + (commit.map { " as \($0.prefix(7))" } ?? "")
        case .alreadyMerged: "landed already"
        case .conflict: "conflict"
        case .deferred: "deferred"
        case .failed: "not landed"
        }
      let line = "[\(slot)] \(issue): \(what)" + (error.map { ": \($0)" } ?? "")
      let last = landings.withLock { $0.updateValue(line, forKey: issue) }
      return last == line && !verbose ? nil : line
    case .queueChanged: return nil
    case .issueClosed(let issue, _, let reason): return "    \(issue): closed: \(reason)"
    case .notice(let text): return "note: \(text)"
    case .runFinished: return nil
    }
  }

  private static func word(for status: WorkerStatus) -> String {
    switch status {
    case .success: "done"
    case .failure: "failed"
    case .interrupted: "stopped"
    case .closed: "closed"
    case .blocked: "blocked"
    }
  }
}
