extension RunEvents.Record {
  /// The record that a line of an event file holds; `nil` for a torn line or an event of another version.
  public init?(line: some Sequence<UInt8>) {
    guard let fields = try? JSONLine.decode(EventFields.self, from: line),
      let event = fields.runEvent
    else { return nil }
    self.init(
      runID: fields.run_id, sequence: fields.seq, timestamp: fields.ts,
      monotonicNanoseconds: fields.mono_ns, event: event)
  }
}

/// The fields of all events, named as they are published.
private struct EventFields: Decodable {
  var event, ts, run_id: String
  var seq: Int
  var mono_ns: Int64
  var slot, workers, pending, active, completed, failed, skipped, exit_code: Int?
  var deferred, interrupted, blocked, closed: Int?
  var issue_id, branch, base_branch, base_oid, worktree_path, worker_name, status: String?
  var outcome, commit, error, file_path, close_reason: String?
  var issues, paths: [String]?
  var seconds, duration_seconds: Double?

  var runEvent: RunEvent? {
    switch event {
    case "run.started":
      guard let base_branch, let base_oid, let workers, let issues else { return nil }
      return .runStarted(
        baseBranch: base_branch, baseID: base_oid, workers: workers, issues: issues)
    case "parallel.queue_changed":
      guard let pending, let active, let completed, let failed, let skipped else { return nil }
      return .queueChanged(
        pending: pending, active: active, completed: completed, failed: failed, skipped: skipped)
    case "issue.closed":
      guard let issue_id, let file_path, let close_reason else { return nil }
      return .issueClosed(issue: issue_id, file: file_path, reason: close_reason)
    case "run.finished":
      guard let completed, let failed, let seconds, let exit_code else { return nil }
      var counts = RunCounts([])
      (counts.landed, counts.failed, counts.deferred) = (completed, failed, deferred ?? 0)
      (counts.interrupted, counts.blocked) = (interrupted ?? 0, blocked ?? 0)
      counts.closed = closed ?? 0
      return .runFinished(counts: counts, seconds: seconds, exitCode: exit_code)
    default: return workerEvent
    }
  }

  private var workerEvent: RunEvent? {
    guard let slot, let issue = issue_id else { return nil }
    switch event {
    case "parallel.worktree_setup_started":
      guard let branch, let worktree_path else { return nil }
      return .setupStarted(slot: slot, issue: issue, worktree: worktree_path, branch: branch)
    case "parallel.worktree_setup_finished":
      guard let branch, let worktree_path, let base_oid, let seconds else { return nil }
      return .setupFinished(
        slot: slot, issue: issue, worktree: worktree_path, branch: branch, baseID: base_oid,
        seconds: seconds, error: error)
    case "parallel.worker_started":
      guard let branch, let worktree_path else { return nil }
      return .workerStarted(slot: slot, issue: issue, worktree: worktree_path, branch: branch)
    case "parallel.worker_completed":
      guard let worker_name, let status = status.flatMap(WorkerStatus.init(rawValue:)),
        let duration_seconds
      else { return nil }
      return .workerCompleted(
        slot: slot, issue: issue, workerName: worker_name, status: status, seconds: duration_seconds
      )
    case "parallel.merge_queued":
      return branch.map { .mergeQueued(slot: slot, issue: issue, branch: $0) }
    case "parallel.merge_started":
      return branch.map { .mergeStarted(slot: slot, issue: issue, branch: $0) }
    case "parallel.merge_completed":
      guard let branch, let outcome = outcome.flatMap(MergeResult.Kind.init(rawValue:)), let seconds
      else { return nil }
      return .mergeCompleted(
        slot: slot, issue: issue, branch: branch, outcome: outcome, commit: commit,
        paths: paths ?? [], error: error, seconds: seconds)
    default: return nil
    }
  }
}
