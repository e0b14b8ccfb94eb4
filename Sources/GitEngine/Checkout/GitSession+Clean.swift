#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession where Access == Writing {
  /// Deletes untracked files, and the directories that they leave empty.
  ///
  /// As `git clean -ff -d`, with `ignored` as with `-x`; **they are gone for good**. Repositories
  /// inside of the checkout stay. A crash leaves some of the files.
  ///
  /// - Parameters:
  ///   - ignored: Whether files that an ignore rule covers go as well.
  ///   - directory: Only what is inside of this.
  /// - Returns: What was deleted; a directory that went as a whole is one path.
  /// - Throws: A ``GitError``, with the code `cancelled` between two of the files.
  @discardableResult
  public func removeUntrackedFiles(
    ignored: Bool = false, in directory: RepositoryPath = ""
  ) throws(GitError) -> [RepositoryPath] {
    var settings = StatusOptions()
    settings.ignored = ignored ? .matching : .no
    return try remove(status(settings).filter { $0.isUntracked || $0.isIgnored }, in: directory)
  }

  private func remove(
    _ entries: [StatusEntry], in directory: RepositoryPath
  ) throws(GitError) -> [RepositoryPath] {
    guard let root = workingTree else {
      throw GitError(
        .bareRepository, operation: "delete untracked files", message: "there is no working tree")
    }
    var removed: [RepositoryPath] = []
    for entry in entries {
      try checkCancellation("clean the checkout")
      var path = entry.path
      if path.bytes.last == UInt8(ascii: "/") {
        path = RepositoryPath(bytes: path.bytes.dropLast())
      }
      guard path.isInside(directory), try !holdsRepository(path, in: root) else { continue }
      try removeTree(path.absolute(in: root))
      removed.append(path)
      var parent = path.parent
      while let directory = parent {
        guard (try? removeEmptyDirectory(directory.absolute(in: root))) != nil else { break }
        parent = directory.parent
      }
    }
    return removed
  }

  private func holdsRepository(
    _ path: RepositoryPath, in root: FilePath
  ) throws(GitError) -> Bool {
    let place = path.absolute(in: root)
    guard try fileStatus(place)?.isDirectory ?? false else { return false }
    for name in try directoryNames(place) {
      if name == Array(".git".utf8) { return true }
      if try holdsRepository(path.appending(name), in: root) { return true }
    }
    return false
  }

  /// Makes a finished checkout ready for other work: switched, and free of what git does not know.
  ///
  /// Much faster than adding a worktree, since only what differs is written. Refused, with nothing
  /// changed, while a tracked file has changes, or is marked so that a change would not be seen
  /// ("assume unchanged", or "skip worktree" outside of a sparse checkout); then untracked files go,
  /// for good, and the checkout is switched. If that is refused, they are gone all the same.
  /// Untracked files that are to stay are a reason to refuse, too.
  ///
  /// - Parameters:
  ///   - target: What it is switched to.
  ///   - keepsUntracked: Whether it is refused while there are untracked files, ignored ones aside.
  ///   - keepsIgnored: Whether ignored files, such as what was built, stay.
  ///   - signature: Who switches, for the reflog.
  public func recycleCheckout(
    to target: CheckoutTarget, keepsUntracked: Bool = false, keepsIgnored: Bool,
    signature: Signature
  ) throws(GitError) -> SwitchOutcome {
    try removeLeftCheckoutLock()
    var settings = StatusOptions()
    settings.ignored = keepsIgnored ? .no : .matching
    let (found, index) = try statusAndIndex(settings)
    let isSparse = try sparseCheckout() != nil
    let hidden = index.entries.filter {
      $0.isAssumedUnchanged || $0.isSkipWorktree && !isSparse
    }
    guard hidden.isEmpty else {
      return .refused(
        hidden.map { CheckoutObstacle(path: index.path($0), reason: .edited) })
    }
    let obstacles = found.compactMap { entry -> CheckoutObstacle? in
      if entry.isConflicted { return CheckoutObstacle(path: entry.path, reason: .unmerged) }
      if entry.staged != nil || entry.unstaged != nil {
        return CheckoutObstacle(path: entry.path, reason: .edited)
      }
      guard keepsUntracked, entry.isUntracked else { return nil }
      return CheckoutObstacle(path: entry.path, reason: .untracked)
    }
    guard obstacles.isEmpty else { return .refused(obstacles) }
    let removed = try remove(found, in: "")
    var options = SwitchOptions()
    options.overwritesIgnored = true
    // A repository of somebody's stays, and what attributes files are there.
    options.isClean = !keepsIgnored && removed.count == found.count
    return try switchCheckout(to: target, options, signature: signature)
  }
}
