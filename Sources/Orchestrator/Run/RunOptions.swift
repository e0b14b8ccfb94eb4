/// What a person asked a run to do, beside the configuration.
public struct RunOptions: Hashable, Sendable {
  /// Which issues.
  public var selection = IssueSelection.Options()
  /// What to do with work that earlier runs finished and did not land.
  public var pendingWork = PendingWork.report

  /// What to do with finished, unlanded work.
  public enum PendingWork: Hashable, Sendable {
    /// Say that it is there, and do not run its issue.
    case report
    /// Land it first.
    case land
    /// Leave it, and do not speak of it.
    case ignore
  }

  /// All open issues.
  public init() {}
}
