extension GitSession {
  /// Whether a branch at `current` can move to `target` without a merge.
  public func fastForward(
    from current: ObjectID, to target: ObjectID
  ) throws(GitError) -> FastForward {
    switch try mergeBase(current, target) {
    case target: .upToDate
    case current: .possible
    default: .diverged
    }
  }

  /// Merges the commit `theirs` into the commit `ours` and stores the merge commit, as
  /// `git merge --no-ff` does.
  ///
  /// No reference, index or file changes. The message is made tidy, as ``CommitMessage/Cleanup/whitespace``
  /// unless `commit.cleanup` says otherwise.
  ///
  /// With a `signer` its program is waited for: pass one in ``GitRepository/read(at:_:)`` only.
  public func commitMerge(
    of theirs: ObjectID, into ours: ObjectID, message: CommitMessage,
    options: MergeOptions = MergeOptions(), author: Signature, committer: Signature,
    signer: CommitSigner? = nil
  ) throws(GitError) -> MergeCommitOutcome {
    let tree: ObjectID
    switch try mergeInDetail(theirs, into: ours, options: options) {
    case .alreadyContained: return .alreadyContained
    case .unrelated: return .unrelated
    case .fastForward(let theirTree): tree = theirTree
    case .merged(let merge):
      guard merge.isClean, let merged = merge.tree else { return .conflicts(merge) }
      tree = merged
    }
    return .merged(
      try store(
        StoredCommit(
          tree: tree, parents: [ours, theirs], author: author.headerLine(),
          committer: committer.headerLine(), message: tidied(message, otherwise: .whitespace)),
        signer: signer))
  }

  /// Stores all that `tip` has and `target` has not as one commit on top of `target`, as
  /// `git merge --squash` and a commit do.
  ///
  /// No reference, index or file changes.
  ///
  /// - Throws: A ``GitError``, also when the two have no common ancestor.
  public func squash(
    _ tip: ObjectID, onto target: ObjectID, message: CommitMessage,
    options: MergeOptions = MergeOptions(), author: Signature, committer: Signature,
    signer: CommitSigner? = nil
  ) throws(GitError) -> PickOutcome {
    let tree: ObjectID
    switch try mergeInDetail(tip, into: target, options: options) {
    case .alreadyContained: return .empty
    case .unrelated:
      throw GitError(
        .notFound, operation: "squash \(tip.short) onto \(target.short)",
        message: "they have no common ancestor")
    case .fastForward(let theirTree): tree = theirTree
    case .merged(let merge):
      guard merge.isClean, let merged = merge.tree else { return .conflicts(merge) }
      tree = merged
    }
    if try tree == self.tree(of: target) { return .empty }
    return .picked(
      try store(
        StoredCommit(
          tree: tree, parents: [target], author: author.headerLine(),
          committer: committer.headerLine(), message: tidied(message, otherwise: .whitespace)),
        signer: signer))
  }

  /// Stores a commit in place of another one, as `git commit --amend` does.
  ///
  /// What is left out stays as it was; of the headers the signature goes. The message is made tidy,
  /// as ``CommitMessage/Cleanup/whitespace`` unless `commit.cleanup` says otherwise. No reference moves.
  public func amend(
    _ commit: ObjectID, tree: ObjectID? = nil, message: CommitMessage? = nil,
    author: Signature? = nil, committer: Signature, signer: CommitSigner? = nil
  ) throws(GitError) -> ObjectID {
    var amended = try storedCommit(commit)
    amended.recodeToUTF8()
    amended.otherHeaders.removeAll { $0.name == "gpgsig" || $0.name == "gpgsig-sha256" }
    if let tree { amended.tree = tree }
    if let author { amended.author = try author.headerLine() }
    amended.committer = try committer.headerLine()
    amended.message = try tidied(message ?? amended.message, otherwise: .whitespace)
    return try store(amended, signer: signer)
  }
}
