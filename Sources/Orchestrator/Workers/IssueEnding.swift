/// How an issue ended in its slot, with what is needed to try its landing again.
struct IssueEnding: Sendable {
  var report: IssueReport
  /// Work that is finished and has not landed.
  var work: FinishedWork?
  /// Whether what was done is on a branch of its own and not on the base branch.
  var staysOnBranch = false
  /// Whether the repository failed, and not the issue: it may well strike the next one.
  var isRepositoryFailure = false
}

extension IssueReport {
  /// The outcome in the words of the event format.
  var workerStatus: WorkerStatus {
    switch outcome {
    case .landed, .finished: .success
    case .closed: .closed
    case .blocked, .held, .pending: .blocked
    case .interrupted: .interrupted
    case .failed, .conflict, .deferred: .failure
    }
  }
}

/// Seconds since a moment.
func seconds(since start: ContinuousClock.Instant) -> Double {
  start.duration(to: .now) / .seconds(1)
}
