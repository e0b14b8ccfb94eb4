/// How a commit is copied or reverted.
public struct PickOptions: Hashable, Sendable {
  /// For a merge commit: which parent, from 1, its change is looked at from.
  public var mainline: Int?
  /// Whether the message says from which commit it was copied, as `git cherry-pick -x` does.
  public var recordsOrigin = false
  /// Whether a commit that was made without a change is copied as such.
  public var keepsEmpty = false
  /// Whether a commit of which nothing is left is made all the same.
  public var keepsRedundant = false
  /// Whether a commit that is already on top of the target is the outcome itself.
  public var allowsFastForward = false
  /// The message; `nil` for the one that git writes.
  public var message: CommitMessage?
  /// How trees are merged; without labels conflicts have those of git.
  public var merge = MergeOptions()

  /// As git does it by default.
  public init() {}
}

/// What copying, reverting or squashing gives; nothing refers to it yet.
public enum PickOutcome: Hashable, Sendable {
  /// The commit that was stored, or that is there already.
  case picked(ObjectID)
  /// Nothing is left of the change: no commit was stored.
  case empty
  /// The change needs a person: no commit was stored.
  case conflicts(TreeMerge)
}

/// How one commit relates to another that a branch is to move to.
public enum FastForward: Hashable, Sendable {
  /// The target is contained already.
  case upToDate
  /// The target contains the branch, which can simply move.
  case possible
  /// Either has commits that the other has not.
  case diverged
}

/// What merging into a commit of its own gives; nothing refers to it yet.
public enum MergeCommitOutcome: Hashable, Sendable {
  /// The merge commit, stored.
  case merged(ObjectID)
  /// There is nothing to merge.
  case alreadyContained
  /// The merge needs a person.
  case conflicts(TreeMerge)
  /// The two commits have no common ancestor.
  case unrelated
}
