/// Something that happened in a run, in the words of the published event format.
///
/// Counts are numbers of issues, durations are seconds.
public enum RunEvent: Hashable, Sendable {
  /// The run has its lock and its selection.
  case runStarted(baseBranch: String, baseID: String, workers: Int, issues: [String])
  /// A worktree is about to be made; nothing of a landing is queued or running.
  case setupStarted(slot: Int, issue: String, worktree: String, branch: String)
  /// The set-up is over; `error` says why it failed.
  case setupFinished(
    slot: Int, issue: String, worktree: String, branch: String, baseID: String, seconds: Double,
    error: String?)
  /// The agent is about to be started.
  case workerStarted(slot: Int, issue: String, worktree: String, branch: String)
  /// The issue is over in this slot, after its last ticket; the slot is free.
  case workerCompleted(
    slot: Int, issue: String, workerName: String, status: WorkerStatus, seconds: Double)
  /// A landing waits for its turn.
  case mergeQueued(slot: Int, issue: String, branch: String)
  /// A landing begins; no set-up and no other landing is running.
  case mergeStarted(slot: Int, issue: String, branch: String)
  /// A landing is over.
  case mergeCompleted(
    slot: Int, issue: String, branch: String, outcome: MergeResult.Kind, commit: String?,
    paths: [String], error: String?, seconds: Double)
  /// The numbers of issues in each state changed.
  case queueChanged(pending: Int, active: Int, completed: Int, failed: Int, skipped: Int)
  /// An issue was closed without work.
  case issueClosed(issue: String, file: String, reason: String)
  /// Something the user should know, not tied to a landing.
  case notice(String)
  /// The run is over.
  case runFinished(counts: RunCounts, seconds: Double, exitCode: Int)
}

/// How a worker's part in an issue ended.
public enum WorkerStatus: String, Hashable, Sendable {
  case success, failure, interrupted, closed, blocked
}

extension RunEvent {
  /// The event's name in the published format; `nil` for what is only for people.
  public var name: String? {
    switch self {
    case .runStarted: "run.started"
    case .setupStarted: "parallel.worktree_setup_started"
    case .setupFinished: "parallel.worktree_setup_finished"
    case .workerStarted: "parallel.worker_started"
    case .workerCompleted: "parallel.worker_completed"
    case .mergeQueued: "parallel.merge_queued"
    case .mergeStarted: "parallel.merge_started"
    case .mergeCompleted: "parallel.merge_completed"
    case .queueChanged: "parallel.queue_changed"
    case .issueClosed: "issue.closed"
    case .notice: nil
    case .runFinished: "run.finished"
    }
  }

  /// The event's own fields in the published format.
  var fields: [String: EventValue] {
    switch self {
    case .runStarted(let branch, let id, let workers, let issues):
      [
        "base_branch": .text(branch), "base_oid": .text(id), "workers": .number(workers),
        "issues": .list(issues),
      ]
    case .setupStarted(let slot, let issue, let worktree, let branch):
      Self.worker(slot, issue, branch).merging(["worktree_path": .text(worktree)]) { $1 }
    case .setupFinished(
      let slot, let issue, let worktree, let branch, let id, let seconds, let error):
      // The one field that is left out when it says nothing.
      Self.worker(slot, issue, branch).merging([
        "worktree_path": .text(worktree), "base_oid": .text(id), "seconds": .seconds(seconds),
      ]) { $1 }.merging(error.map { ["error": .text($0)] } ?? [:]) { $1 }
    case .workerStarted(let slot, let issue, let worktree, let branch):
      Self.worker(slot, issue, branch).merging([
        "worktree_path": .text(worktree), "worker_id": .text(issue),
      ]) { $1 }
    case .workerCompleted(let slot, let issue, let name, let status, let seconds):
      [
        "slot": .number(slot), "issue_id": .text(issue), "worker_name": .text(name),
        "status": .text(status.rawValue), "duration_seconds": .seconds(seconds),
      ]
    case .mergeQueued(let slot, let issue, let branch),
      .mergeStarted(let slot, let issue, let branch):
      Self.worker(slot, issue, branch)
    case .mergeCompleted(
      let slot, let issue, let branch, let outcome, let commit, let paths, let error, let seconds):
      Self.worker(slot, issue, branch).merging([
        "outcome": .text(outcome.rawValue), "commit": .optional(commit), "paths": .list(paths),
        "error": .optional(error), "seconds": .seconds(seconds),
      ]) { $1 }
    case .queueChanged(let pending, let active, let completed, let failed, let skipped):
      [
        "pending": .number(pending), "active": .number(active), "completed": .number(completed),
        "failed": .number(failed), "skipped": .number(skipped),
      ]
    case .issueClosed(let issue, let file, let reason):
      ["issue_id": .text(issue), "file_path": .text(file), "close_reason": .text(reason)]
    case .notice(let text):
      ["text": .text(text)]
    case .runFinished(let counts, let seconds, let exitCode):
      [
        "completed": .number(counts.landed + counts.finished), "failed": .number(counts.failed),
        "deferred": .number(counts.deferred), "interrupted": .number(counts.interrupted),
        "blocked": .number(counts.blocked), "closed": .number(counts.closed),
        "seconds": .seconds(seconds), "exit_code": .number(exitCode),
      ]
    }
  }

  private static func worker(_ slot: Int, _ issue: String, _ branch: String) -> [String: EventValue]
  {
    ["slot": .number(slot), "issue_id": .text(issue), "branch": .text(branch)]
  }
}

/// A value in an event's JSON object.
enum EventValue: Encodable, Hashable, Sendable {
  case text(String)
  case number(Int)
  case seconds(Double)
  case list([String])
  case optional(String?)

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    // Microseconds are enough, and keep the lines short.
    case .seconds(let value): try container.encode((value * 1e6).rounded() / 1e6)
    case .list(let value): try container.encode(value)
    case .optional(let value): try container.encode(value)
    }
  }
}
