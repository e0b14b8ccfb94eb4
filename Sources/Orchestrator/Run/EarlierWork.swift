/// What a run does with what earlier runs left.
///
/// | left by an earlier run | usually | resume | land | ignore | start over |
/// |---|---|---|---|---|---|
/// | finished, not landed | reported | landed | landed | left | kept aside, runs again |
/// | unfinished | kept aside, runs again | the same | the same | left | the same |
/// | failed | runs again | if retried | runs again | runs again | runs again |
public struct EarlierWork: Hashable, Sendable {
  /// What to do with work that is complete and verified and has not landed.
  public enum Finished: Hashable, Sendable {
    /// Say that it is there, and do not run its issue.
    case report
    /// Land it before anything else.
    case land
    /// Leave it, and do not speak of it.
    case leave
    /// Keep it under a reference and run its issue again.
    case startOver
  }

  /// What to do with issues whose agents were stopped or killed.
  public enum Unfinished: Hashable, Sendable {
    /// Keep what is there under a reference and run the issue again.
    case startOver
    /// Leave it, and do not speak of it.
    case leave
  }

  /// What to do with issues whose agent or verification failed.
  public enum Failed: Hashable, Sendable {
    /// Run them again.
    case startOver
    /// Say that they failed, and do not run them.
    case hold
  }

  /// A choice about finished and unfinished work; of these a person makes one at most.
  public enum Choice: Hashable, Sendable {
    /// Land what is finished.
    case land
    /// Leave what is finished or unfinished.
    case ignore
    /// Start over with what is finished or unfinished.
    case startOver
  }

  /// What to do with finished work.
  public let finished: Finished
  /// What to do with unfinished work.
  public let unfinished: Unfinished
  /// What to do with failed issues.
  public let failed: Failed
  /// Whether the last run's selection holds where this one names none.
  public let takesLastSelection: Bool

  /// A way to go on from what earlier runs left.
  ///
  /// - Parameters:
  ///   - resume: Go on where the last run stopped.
  ///   - retryFailed: Run failed issues again even when a run is resumed.
  ///   - choice: What to do with finished and unfinished work, if a person says so.
  public init(resume: Bool = false, retryFailed: Bool = false, choice: Choice? = nil) {
    finished =
      switch choice {
      case nil: resume ? .land : .report
      case .land: .land
      case .ignore: .leave
      case .startOver: .startOver
      }
    unfinished = choice == .ignore ? .leave : .startOver
    failed = resume && !retryFailed ? .hold : .startOver
    takesLastSelection = resume
  }

  /// What becomes of a selected issue of which something is left.
  enum Fate: Hashable {
    /// It runs.
    case run
    /// It runs when its finished work has been kept aside.
    case startOver
    /// Its finished work is landed.
    case land
    /// It is reported and does not run.
    case report
    /// It does not run, and nothing is said.
    case leave
  }

  func fate(of remains: RepositoryState.Remains?) -> Fate {
    switch remains {
    case nil: .run
    case .finished:
      switch finished {
      case .report: .report
      case .land: .land
      case .leave: .leave
      case .startOver: .startOver
      }
    case .unfinished: unfinished == .leave ? .leave : .run
    case .failed: failed == .hold ? .report : .run
    case .onBranch:
      // It is the user's to merge now; landing it here is not asked for.
      switch finished {
      case .report, .land: .report
      case .leave: .leave
      case .startOver: .run
      }
    }
  }
}
