/// Where a run stands: a fold over its events, for whoever shows it.
public struct RunProgress: Hashable, Sendable {
  /// What is done for an issue in a slot.
  public enum Step: String, Hashable, Sendable, Encodable {
    case setUp = "set-up"
    case agent
    /// Waits for its turn to land.
    case queued
    case landing
    /// The agent works on conflicts with the base branch, or its worktree is being put away.
    case ending
  }

  /// An issue that has a slot.
  public struct Worker: Hashable, Sendable {
    /// From 1.
    public var slot: Int
    /// Its id.
    public var issue: String
    /// What is done for it.
    public var step: Step
    /// When this step began, in nanoseconds of the run's own clock.
    public var since: Int64
    /// Its branch.
    public var branch: String
    /// Its worktree.
    public var worktree: String?
  }

  /// How an issue ended.
  public struct Ended: Hashable, Sendable {
    /// Its id.
    public var issue: String
    /// As in the summary of a run.
    public var outcome: IssueReport.Outcome
    /// The commit that it landed as.
    public var commit: String?
    /// Why, if it did not land.
    public var reason: String?
  }

  /// The run; empty before its first event.
  public private(set) var runID = ""
  /// Where work lands.
  public private(set) var baseBranch = ""
  /// How many issues may run at a time.
  public private(set) var workerLimit = 0
  /// The issues of the run, in their order.
  public private(set) var issues: [String] = []
  /// The slots that have an issue, by number.
  public private(set) var workers: [Worker] = []
  /// The issues whose landing waits, first one first.
  public private(set) var queue: [String] = []
  /// The issues that are over, in the order in which they ended.
  public private(set) var ended: [Ended] = []
  /// The exit status, when the run is over.
  public private(set) var exitCode: Int?
  /// How long it took, in seconds.
  public private(set) var seconds: Double?
  /// The last event's moment by the wall clock, RFC 3339 in UTC.
  public private(set) var timestamp = ""
  /// The last event's moment, in nanoseconds of the run's own clock.
  public private(set) var moment: Int64 = 0

  /// A run that has not begun.
  public init() {}

  /// The issues that have no slot yet.
  public var waiting: [String] {
    let gone = Set(workers.map(\.issue)).union(ended.map(\.issue))
    return issues.filter { !gone.contains($0) }
  }

  /// How many issues have landed, were closed, or are finished on their branch.
  public var doneCount: Int { ended.count { $0.outcome.isDone } }

  /// All issues that are spoken of: those of the run, and landings that earlier runs left.
  public var totalCount: Int { Set(issues).union(ended.map(\.issue)).count }

  /// Takes in the next event.
  public mutating func apply(_ record: RunEvents.Record) {
    (timestamp, moment) = (record.timestamp, record.monotonicNanoseconds)
    switch record.event {
    case .runStarted(let branch, _, let workers, let issues):
      (runID, baseBranch, workerLimit, self.issues) = (record.runID, branch, workers, issues)
    case .setupStarted(let slot, let issue, let worktree, let branch):
      ended.removeAll { $0.issue == issue }
      workers.removeAll { $0.slot == slot }
      workers.append(
        Worker(
          slot: slot, issue: issue, step: .setUp, since: moment, branch: branch, worktree: worktree)
      )
      workers.sort { $0.slot < $1.slot }
    case .setupFinished(_, let issue, _, _, _, _, let error?):
      workers.removeAll { $0.issue == issue }
      end(issue, .failed, reason: error)
    case .workerStarted(_, let issue, _, _): enter(.agent, issue)
    case .mergeQueued(_, let issue, _):
      queue.append(issue)
      enter(.queued, issue)
    case .mergeStarted(_, let issue, _):
      queue.removeAll { $0 == issue }
      enter(.landing, issue)
    case .mergeCompleted(_, let issue, _, let outcome, let commit, _, let error, _):
      queue.removeAll { $0 == issue }
      enter(.ending, issue)
      end(issue, Self.outcome(outcome), commit: commit, reason: error)
    case .workerCompleted(_, let issue, _, let status, _):
      workers.removeAll { $0.issue == issue }
      // How a landing ended was said already, and in more words.
      if !ended.contains(where: { $0.issue == issue }) { end(issue, Self.outcome(status)) }
    case .issueClosed(let issue, _, let reason): end(issue, .closed, reason: reason)
    case .runFinished(_, let seconds, let exitCode):
      (self.seconds, self.exitCode) = (seconds, exitCode)
      workers = []
    case .setupFinished, .queueChanged, .notice: break
    }
  }

  private mutating func enter(_ step: Step, _ issue: String) {
    guard let position = workers.firstIndex(where: { $0.issue == issue }) else { return }
    (workers[position].step, workers[position].since) = (step, moment)
  }

  private mutating func end(
    _ issue: String, _ outcome: IssueReport.Outcome, commit: String? = nil, reason: String? = nil
  ) {
    ended.removeAll { $0.issue == issue }
    ended.append(Ended(issue: issue, outcome: outcome, commit: commit, reason: reason))
  }

  private static func outcome(_ kind: MergeResult.Kind) -> IssueReport.Outcome {
    switch kind {
    case .merged, .alreadyMerged: .landed
    case .conflict: .conflict
    case .deferred: .deferred
    case .failed: .failed
    }
  }

  private static func outcome(_ status: WorkerStatus) -> IssueReport.Outcome {
    switch status {
    case .success: .finished
    case .failure: .failed
    case .interrupted: .interrupted
    case .closed: .closed
    case .blocked: .blocked
    }
  }
}
