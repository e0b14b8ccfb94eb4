internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension ReferenceName {
  /// The reference whose reflog is the list of the stash.
  static let stash = ReferenceName("refs/stash")
}

extension GitSession where Access == Writing {
  /// Puts the changes of the checkout aside as a new entry of the stash, and resets it to HEAD.
  ///
  /// The entry is one that `git stash` reads. It is stored, and `refs/stash` names it, before the
  /// first file changes: a crash leaves at worst the entry, a checkout that is reset in part, and
  /// `index.lock`. A file that is written meanwhile is not lost; the stash starts anew.
  ///
  /// Refused, with nothing changed: an unfinished merge, cherry-pick or revert, and files that git
  /// would delete without having saved them.
  ///
  /// - Throws: A ``GitError`` with the code `unbornBranch` when there is no commit, or what failed;
  ///   the checkout and the stash are as before.
  public func pushStash(
    _ options: StashOptions = StashOptions(), signature: Signature
  ) throws(GitError) -> StashOutcome {
    if let kind = try OperationInProgress(in: gitDirectory)?.kind,
      [.merge, .cherryPick, .revert].contains(kind)
    {
      return .refused([CheckoutObstacle(reason: .operationInProgress(kind))])
    }
    return try save(options, signature, resetting: true) { id, message throws(GitError) in
      try storeStash(id, message: message, signature: signature)
    }
  }

  /// Saves the changes of the checkout as a commit under a new reference, and leaves the checkout.
  ///
  /// The commit has the form of an entry of the stash; ``applyStash(_:reinstatesIndex:)`` takes its
  /// id. Files, index and `refs/stash` are not touched, so a crash leaves the reference or nothing.
  ///
  /// - Throws: A ``GitError`` as ``pushStash(_:signature:)``, with the code `exists` when the
  ///   reference is taken.
  public func saveWorkingState(
    under name: ReferenceName, _ options: StashOptions = StashOptions(), signature: Signature
  ) throws(GitError) -> StashOutcome {
    try save(options, signature, resetting: false) { id, message throws(GitError) in
      try createReference(name, at: id, message: message, signature: signature)
    }
  }

  private func save(
    _ options: StashOptions, _ signature: Signature, resetting: Bool,
    publish: (ObjectID, String) throws(GitError) -> Void
  ) throws(GitError) -> StashOutcome {
    let (root, head) = try stashable("save the changes of the checkout")
    for _ in 0..<10 {
      if let outcome = try saveOnce(options, signature, root, head, resetting, publish) {
        return outcome
      }
    }
    return .refused([CheckoutObstacle(reason: .keepsChanging)])
  }

  /// The working tree and its commit, if the engine can work with them.
  func stashable(
    _ operation: String
  ) throws(GitError) -> (root: FilePath, head: ObjectID) {
    guard let root = workingTree else {
      throw GitError(
        .bareRepository, operation: operation, message: "there is no working tree")
    }
    guard let head = try head() else {
      throw GitError(
        .unbornBranch, operation: operation, message: "the branch has no commit yet")
    }
    return (root, head)
  }

  /// `nil` when the checkout changed meanwhile.
  private func saveOnce(
    _ options: StashOptions, _ signature: Signature, _ root: FilePath, _ head: ObjectID,
    _ resetting: Bool, _ publish: (ObjectID, String) throws(GitError) -> Void
  ) throws(GitError) -> StashOutcome? {
    let stamp = try fileStatus(gitDirectory.appending("index")).map { FileStamp($0) }
    let headTree = try tree(of: head)
    let staged: ObjectID
    switch try indexTree() {
    case .unmerged(let paths):
      return .refused(paths.map { CheckoutObstacle(path: $0, reason: .unmerged) })
    case .tree(let id): staged = id
    }
    let target = resetting ? (options.keepsIndex ? staged : headTree) : nil
    var capture = try StashCapture(self, root: root, target: target)
    let (entries, untracked) = try stashCandidates(options, root)
    try capture.take(entries, untracked: untracked, head: headTree, self)
    if capture.isTorn || capture.plan.index.stamp != stamp { return nil }
    guard capture.obstacles.isEmpty else { return .refused(capture.obstacles) }
    guard !capture.isEmpty else { return .nothingToSave }

    let entry = try storeEntry(capture, staged, head, options, signature)
    guard resetting else {
      try publish(entry.id, entry.message)
      return .saved(entry)
    }
    switch try carryOut(
      capture.plan, root,
      publish: { () throws(GitError) in try publish(entry.id, entry.message) },
      takeBack: { () throws(GitError) in try dropStash(entry.id) })
    {
    case .done: return .saved(entry)
    case .changed: return nil
    case .indexLocked: return .refused([CheckoutObstacle(reason: .indexLocked)])
    }
  }

  private func stashCandidates(
    _ options: StashOptions, _ root: FilePath
  ) throws(GitError) -> (entries: [StatusEntry], untracked: [RepositoryPath]) {
    var settings = StatusOptions()
    settings.untracked = options.includesUntracked || options.includesIgnored ? .all : .no
    settings.ignored = options.includesIgnored ? .matching : .no
    let entries = try status(settings)
    var untracked: [RepositoryPath] = []
    for entry in entries where entry.isUntracked || entry.isIgnored {
      try addFiles(at: entry.path, in: root, to: &untracked)
    }
    guard let paths = options.paths else { return (entries, untracked) }
    func isMeant(_ path: RepositoryPath) -> Bool { paths.contains { path.isInside($0) } }
    return (entries.filter { isMeant($0.path) }, untracked.filter(isMeant))
  }

  /// The files and links at or below a path; a repository in there is no part of this one.
  private func addFiles(
    at path: RepositoryPath, in root: FilePath, to found: inout [RepositoryPath]
  ) throws(GitError) {
    var path = path
    if path.bytes.last == UInt8(ascii: "/") { path = RepositoryPath(bytes: path.bytes.dropLast()) }
    guard let status = try path.fileStatus(in: root) else { return }
    if status.isRegularFile || status.isSymbolicLink { return found.append(path) }
    guard status.isDirectory else { return }
    let place = path.absolute(in: root)
    if try fileStatus(place.appending(".git")) != nil { return }
    for name in try directoryNames(place) {
      try addFiles(at: path.appending(name), in: root, to: &found)
    }
  }

  // MARK: The commits

  /// Stores the commits of an entry, as git makes them.
  private func storeEntry(
    _ capture: borrowing StashCapture, _ staged: ObjectID, _ head: ObjectID,
    _ options: StashOptions, _ signature: Signature
  ) throws(GitError) -> StashEntry {
    let branch = try headBranch()?.text.split(separator: "/").dropFirst(2).joined(separator: "/")
    let place = branch ?? "(no branch)"
    let subject = try "\(place): \(abbreviation(of: head)) \(summary(of: head))"
    func store(
      _ tree: ObjectID, _ parents: [ObjectID], _ message: String
    ) throws(GitError) -> ObjectID {
      try createCommit(
        tree: tree, parents: parents, message: message, author: signature, committer: signature)
    }
    var parents = [head, try store(staged, [head], "index on \(subject)\n")]
    if !capture.untracked.isEmpty {
      let tree = try tree(updating: nil, capture.untracked)
      parents.append(try store(tree, [], "untracked files on \(subject)\n"))
    }
    var removals: [TreeUpdate] = []
    for case .remove(let path) in capture.files {
      // A directory in its place is the doing of others of these updates.
      guard let old = try entry(at: path, in: staged), old.mode != .tree else { continue }
      removals.append(.remove(path))
    }
    let additions = capture.files.filter { if case .set = $0 { true } else { false } }
    let tree = try tree(updating: tree(updating: staged, removals), additions)
    let message = options.message.map { "On \(place): \($0)" } ?? "WIP on \(subject)"
    let id = try store(tree, parents, message)
    return StashEntry(id: id, message: message, savedBy: signature)
  }

  private func summary(of commit: ObjectID) throws(GitError) -> String {
    let handle = try lookUpCommit(commit)
    return git_commit_summary(handle.pointer).map { String(cString: $0) } ?? ""
  }
}
