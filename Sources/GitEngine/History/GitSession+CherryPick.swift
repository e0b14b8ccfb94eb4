extension GitSession {
  /// Copies a commit's change onto another commit, in memory, as `git cherry-pick` does.
  ///
  /// The author and the message stay; commits with the same dates have the same ids as git's. No
  /// reference, index or file changes. The message is made tidy as `commit.cleanup` says, by default
  /// only if something is added to it.
  ///
  /// With a `signer` its program is waited for: pass one in ``GitRepository/read(at:_:)`` only.
  ///
  /// - Throws: A ``GitError`` when an object cannot be read or stored, when the commit is a merge and
  ///   ``PickOptions/mainline`` names no parent of it, or, with the code `cancelled`, when the task
  ///   was cancelled.
  public func cherryPick(
    _ commit: ObjectID, onto target: ObjectID, options: PickOptions = PickOptions(),
    committer: Signature, signer: CommitSigner? = nil
  ) throws(GitError) -> PickOutcome {
    var source = try PickSource(self, commit, mainline: options.mainline, verb: "cherry-pick")
    if options.allowsFastForward, source.parent == target { return .picked(commit) }
    source.stored.recodeToUTF8()
    let merge = try mergeTrees(
      base: source.parentTree, ours: tree(of: target), theirs: source.stored.tree,
      options: source.labelled(options.merge, reverts: false, self))
    guard merge.isClean, let tree = merge.tree else { return .conflicts(merge) }
    if try tree == self.tree(of: target) {
      var isWanted = options.keepsRedundant
      if options.keepsEmpty, try source.isEmpty(self) { isWanted = true }
      guard isWanted else { return .empty }
    }
    var message = options.message ?? source.stored.message.withoutLeadingBlankLines
    if options.recordsOrigin { message = message.recordingOrigin(commit) }
    message = try tidied(message, otherwise: options.recordsOrigin ? .whitespace : .verbatim)
    return .picked(
      try store(
        StoredCommit(
          tree: tree, parents: [target], author: source.stored.author,
          committer: committer.headerLine(), message: message), signer: signer))
  }

  /// Takes a commit's change back on top of another commit, in memory, as `git revert` does.
  ///
  /// No reference, index or file changes.
  ///
  /// - Throws: A ``GitError`` as ``cherryPick(_:onto:options:committer:signer:)``.
  public func revert(
    _ commit: ObjectID, on target: ObjectID, options: PickOptions = PickOptions(),
    author: Signature, committer: Signature, signer: CommitSigner? = nil
  ) throws(GitError) -> PickOutcome {
    var source = try PickSource(self, commit, mainline: options.mainline, verb: "revert")
    source.stored.recodeToUTF8()
    let before: ObjectID
    if let tree = source.parentTree { before = tree } else { before = try emptyTree() }
    let merge = try mergeTrees(
      base: source.stored.tree, ours: tree(of: target), theirs: before,
      options: source.labelled(options.merge, reverts: true, self))
    guard merge.isClean, let tree = merge.tree else { return .conflicts(merge) }
    if try tree == self.tree(of: target), !options.keepsRedundant { return .empty }
    let isMerge = source.stored.parents.count > 1
    let message =
      options.message
      ?? .revert(of: source.stored.message, commit, mainline: isMerge ? source.parent : nil)
    return .picked(
      try store(
        StoredCommit(
          tree: tree, parents: [target], author: author.headerLine(),
          committer: committer.headerLine(), message: tidied(message, otherwise: .verbatim)),
        signer: signer))
  }

  /// A message made tidy as `commit.cleanup` says.
  func tidied(
    _ message: CommitMessage, otherwise mode: CommitMessage.Cleanup
  ) throws(GitError) -> CommitMessage {
    let configured = try configuration("commit.cleanup").flatMap(CommitMessage.Cleanup.init)
    // Nothing is edited here, so there are no comments: all but "verbatim" come to the same.
    switch configured ?? mode {
    case .verbatim: return message
    case .whitespace, .scissors: return message.cleaned(.whitespace)
    case .strip:
      let character = try configuration("core.commentChar").flatMap(\.first) ?? "#"
      return message.cleaned(.strip, comment: character)
    }
  }
}

/// A commit whose change is to be made elsewhere.
struct PickSource {
  let id: ObjectID
  var stored: StoredCommit
  /// What the change is looked at from; `nil` for a commit without parents.
  let parent: ObjectID?
  let parentTree: ObjectID?

  init(
    _ git: borrowing GitSession<some Any>, _ id: ObjectID, mainline: Int?, verb: String
  ) throws(GitError) {
    self.id = id
    stored = try git.storedCommit(id)
    let count = stored.parents.count
    if let mainline {
      guard mainline > 0, mainline <= max(count, 1), count > 0 else {
        throw GitError(
          .notFound, operation: "\(verb) \(id.short)", message: "it has no parent \(mainline)")
      }
      parent = stored.parents[mainline - 1]
    } else {
      guard count <= 1 else {
        throw GitError(
          .ambiguous, operation: "\(verb) \(id.short)",
          message: "it is a merge: name the parent that its change is looked at from")
      }
      parent = stored.parents.first
    }
    parentTree = if let parent { try git.tree(of: parent) } else { nil }
  }

  /// Whether the commit was made without a change.
  func isEmpty(_ git: borrowing GitSession<some Any>) throws(GitError) -> Bool {
    guard let first = stored.parents.first else { return try stored.tree == git.emptyTree() }
    return try stored.tree == git.tree(of: first)
  }

  /// Options with git's labels, if they have none.
  func labelled(
    _ options: MergeOptions, reverts: Bool, _ git: borrowing GitSession<some Any>
  ) throws(GitError) -> MergeOptions {
    guard options.labels == nil else { return options }
    let subject = stored.message.subject
    let own = "\(try git.abbreviation(of: id)) (\(subject))"
    let before = parent == nil ? "(empty tree)" : "parent of \(own)"
    var options = options
    options.labels =
      reverts
      ? .init(ancestor: own, ours: "HEAD", theirs: before)
      : .init(ancestor: before, ours: "HEAD", theirs: own)
    return options
  }
}
