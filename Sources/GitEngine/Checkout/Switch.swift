/// What a checkout is switched to, or a worktree is added for.
public enum CheckoutTarget: Hashable, Sendable {
  /// A branch that exists.
  case branch(ReferenceName)
  /// A branch that is made, at a commit.
  case newBranch(ReferenceName, at: ObjectID)
  /// A commit, with no branch.
  case detached(ObjectID)
}

/// How a checkout is switched.
public struct SwitchOptions: Hashable, Sendable {
  /// Whether a file that an ignore rule covers may be overwritten by one of the new commit, as git
  /// does; if not, it is in the way.
  public var overwritesIgnored = false
  /// Whether a branch may be switched to that another worktree has checked out.
  public var ignoresOtherWorktrees = false
  /// Whether it is known that the checkout holds nothing but unchanged tracked files.
  var isClean = false

  /// The defaults: nothing is overwritten that git does not know.
  public init() {}
}

/// How a switch or a reset ended.
public enum SwitchOutcome: Hashable, Sendable {
  /// HEAD, index and files are at the new commit; local changes to other paths are as they were.
  case switched(CheckoutReport)
  /// Something is in the way; nothing was changed.
  case refused([CheckoutObstacle])
}

/// What a switch or a reset does in a checkout, or would do.
public struct CheckoutReport: Hashable, Sendable {
  /// The files that are written, new ones among them.
  public var written: [RepositoryPath] = []
  /// The files that are removed.
  public var removed: [RepositoryPath] = []
  /// The paths of which only the index entry changes: the file has the new content already, or is
  /// none of this checkout's.
  public var indexOnly: [RepositoryPath] = []
  /// The paths that differ between the commits and stay, since what is staged is what the new
  /// commit has; edits of the file stay with it.
  public var kept: [RepositoryPath] = []
  /// What is in the way; when there is anything, nothing is done.
  public var obstacles: [CheckoutObstacle] = []

  /// Nothing to do.
  public init() {}
}

extension CheckoutReport {
  init(_ plan: CheckoutPlan, kept: [RepositoryPath], obstacles: [CheckoutObstacle]) {
    self.init()
    (self.kept, self.obstacles) = (kept, obstacles)
    for step in plan.steps {
      switch step.file {
      case .blob, .bytes, .directory: written.append(step.path)
      case .remove where step.seen != nil: removed.append(step.path)
      case .none, .remove: indexOnly.append(step.path)
      }
    }
  }
}
