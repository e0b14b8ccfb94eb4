/// What became of a run, issue by issue.
public struct RunSummary: Hashable, Sendable {
  /// The run.
  public var runID: String
  /// Where work landed.
  public var baseBranch: String
  /// What became of each issue, in the order of selection.
  public var issues: [IssueReport]
  /// Issues that were not selected, counted by reason.
  public var leftOut: [LeftOut]
  /// Issue files that could not be read, as sentences.
  public var problems: [String]
  /// Why the run stopped before its end; `nil` when it did not.
  public var stopReason: String?
  /// Whether a signal ended the run.
  public var wasInterrupted: Bool
  /// The exit status of that, if it was told.
  var interruptionExitCode: Int?
  /// How long it took, in seconds.
  public var seconds: Double
  /// The directory with the agents' logs.
  public var logs: String

  /// A number of issues that were not selected, and why.
  public struct LeftOut: Hashable, Sendable {
    /// The reason, as a word or two.
    public var reason: String
    /// How many.
    public var count: Int
  }

  /// The numbers of issues by outcome.
  public var counts: RunCounts {
    RunCounts(issues.map(\.outcome))
  }

  /// 0 when every selected issue is done, else 1, or what an interruption asked for.
  public var exitCode: Int {
    if let interruptionExitCode { return interruptionExitCode }
    return issues.allSatisfy(\.outcome.isDone) && stopReason == nil ? 0 : 1
  }
}

/// What became of one issue.
public struct IssueReport: Hashable, Sendable {
  /// How an issue can end.
  public enum Outcome: String, Hashable, Sendable, CaseIterable {
    /// Its work is on the base branch.
    case landed
    /// It was closed without work.
    case closed
    /// Its work is on a branch of its own, as it was asked for.
    case finished
    /// It and the base branch change the same lines.
    case conflict
    /// The user's checkout is in the way for now.
    case deferred
    /// The agent, or what it left, was no good.
    case failed
    /// The agent says that it cannot be worked on yet.
    case blocked
    /// The run was stopped.
    case interrupted
    /// It was not begun: something that it waits for is not there yet.
    case held
    /// An earlier run finished it, and it has not landed yet.
    case pending

    /// Whether nothing is left to do about it.
    public var isDone: Bool { self == .landed || self == .closed || self == .finished }
  }

  /// The issue.
  public var id: String
  /// Its title.
  public var title: String
  /// How it ended.
  public var outcome: Outcome
  /// Why, where there is something to say.
  public var reason: String?
  /// The commit on the base branch.
  public var commit: String?
  /// The paths in conflict or in the way.
  public var paths: [String] = []
  /// The branch that still holds work.
  public var branch: String?
  /// The worktree that is still there.
  public var worktree: String?
  /// The agent's output.
  public var log: String?
  /// The model that the agent used, if it was asked for.
  public var model: String?
  /// Files in which the user's edits were merged with the landing.
  public var carried: [String] = []
  /// The reference that keeps the user's versions from before, or what an agent left.
  public var saved: String?
  /// From the wait for a worktree to the end of the landing, in seconds.
  public var seconds: Double = 0
  /// The agent's own part of that, in seconds.
  public var agentSeconds: Double = 0
  /// What the check of the issue corrected in it.
  public var corrections: [String] = []
  /// What the check of the issue had against it.
  public var concerns: [String] = []

  /// A report.
  public init(id: String, title: String, outcome: Outcome, reason: String? = nil) {
    self.id = id
    self.title = title
    self.outcome = outcome
    self.reason = reason
  }
}

/// Numbers of issues by outcome.
public struct RunCounts: Hashable, Sendable {
  /// On the base branch.
  public var landed = 0
  /// Closed without work.
  public var closed = 0
  /// Finished on branches of their own, as it was asked for.
  public var finished = 0
  /// Failed, conflicts included.
  public var failed = 0
  /// Waiting for the user's checkout.
  public var deferred = 0
  /// Stopped.
  public var interrupted = 0
  /// Still to do: blocked, held, or finished by an earlier run.
  public var blocked = 0

  init(_ outcomes: [IssueReport.Outcome] = []) {
    for outcome in outcomes {
      switch outcome {
      case .landed: landed += 1
      case .closed: closed += 1
      case .finished: finished += 1
      case .failed, .conflict: failed += 1
      case .deferred: deferred += 1
      case .interrupted: interrupted += 1
      case .blocked, .held, .pending: blocked += 1
      }
    }
  }
}
