/// Which commits are to be copied where.
public struct RebaseRequest: Hashable, Sendable {
  /// What becomes of a commit of which nothing is left.
  public enum EmptyCommits: Hashable, Sendable {
    /// It is left out.
    case drop
    /// It is made all the same.
    case keep
  }

  /// The newest commit.
  public var tip: ObjectID
  /// What this has is not copied.
  public var upstream: ObjectID
  /// Where the copies go.
  public var target: ObjectID
  /// Whether changes that the upstream has made as well are copied all the same.
  public var keepsUpstreamChanges = false
  /// What becomes of commits that become empty; those that were made without a change stay.
  public var emptyCommits = EmptyCommits.drop
  /// How trees are merged; without labels conflicts have those of git.
  public var merge = MergeOptions()

  /// As `git rebase upstream`, or `git rebase --onto target upstream`, with `tip` checked out.
  public init(_ tip: ObjectID, upstream: ObjectID, onto target: ObjectID? = nil) {
    self.tip = tip
    self.upstream = upstream
    self.target = target ?? upstream
  }
}

/// What became of one commit of a rebase.
public struct RebasedCommit: Hashable, Sendable {
  /// What became of it.
  public enum Result: Hashable, Sendable {
    /// There is a copy of it.
    case copied(ObjectID)
    /// It is where it belongs already.
    case unchanged
    /// The upstream has made the same change.
    case alreadyUpstream
    /// Nothing was left of its change.
    case becameEmpty
  }

  /// The commit.
  public var original: ObjectID
  /// What became of it.
  public var result: Result
}

/// Commits that were copied; nothing refers to them yet.
public struct Rebase: Hashable, Sendable {
  /// The newest one; where the copies go if there are none.
  public var tip: ObjectID
  /// What became of each commit, oldest first.
  public var commits: [RebasedCommit]
}

/// Where a rebase stopped.
public struct RebaseStop: Hashable, Sendable {
  /// The commit whose change needs a person.
  public var commit: ObjectID
  /// The conflicts; ``Rebase/tip`` of ``done`` is "ours".
  public var merge: TreeMerge
  /// What was copied before it, and stays.
  public var done: Rebase
  /// The commits behind it, oldest first.
  public var remaining: [ObjectID]
  /// What was asked for.
  public var request: RebaseRequest
}

/// What a rebase gives; no reference has moved.
public enum RebaseOutcome: Hashable, Sendable {
  /// All commits are done with.
  case done(Rebase)
  /// One of them conflicts.
  case stopped(RebaseStop)
}
