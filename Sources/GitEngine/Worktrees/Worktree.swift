#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// One checkout of a repository: the main one or a linked worktree.
public struct Worktree: Hashable, Sendable {
  /// The name under `worktrees/` in the common directory; `nil` for the main worktree.
  public var name: String?
  /// The root of the checkout.
  public var path: FilePath
  /// The checkout's own git directory, where its HEAD and index are.
  public var gitDirectory: FilePath
  /// What HEAD is.
  public var head: Head
  /// Why it is locked; `nil` when it is not.
  ///
  /// The text may be empty.
  public var lockReason: String?
  /// Whether the directory is there.
  public var exists: Bool
  /// An operation that somebody left in progress.
  public var operation: OperationInProgress?

  /// Whether `git worktree prune` would forget it: it is gone, and not locked.
  public var isPrunable: Bool { name != nil && !exists && lockReason == nil }
}

/// What the HEAD of a checkout is.
public enum Head: Hashable, Sendable {
  /// A branch is checked out; it may have no commit yet.
  case branch(ReferenceName)
  /// A commit is checked out, with no branch.
  case detached(ObjectID)
  /// The file holds neither.
  case unreadable
}

/// An operation that was begun in a checkout and waits for its user.
public struct OperationInProgress: Hashable, Sendable {
  /// What was begun.
  public enum Kind: String, Hashable, Sendable {
    case merge, revert, bisect, rebase
    case cherryPick = "cherry-pick"
    case applyMailbox = "am"
  }

  /// What was begun.
  public var kind: Kind
  /// The branch that the end of the operation will write, although HEAD does not name it.
  public var branch: ReferenceName?
}
