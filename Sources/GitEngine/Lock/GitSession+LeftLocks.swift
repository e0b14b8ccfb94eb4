#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

// Lock files are never removed because they look old. These calls are for a caller who knows that
// the process that took a lock is dead.

extension GitSession where Access == Writing {
  /// Removes a reference's lock file that a killed process left.
  ///
  /// Call it only for a reference that a dead process is known to have been changing. Others hold such
  /// a lock for milliseconds, so one that goes away within two seconds is left to its holder.
  public func removeLock(leftOn reference: ReferenceName) throws(GitError) {
    let lock = commonDirectory.pushing(FilePath(reference.text + ".lock"))
    var backoff = Backoff(upTo: lockPatience)
    while try fileStatus(lock) != nil {
      guard backoff.wait() else { return try removeFile(lock) }
    }
  }

  /// Removes the lock files that a killed process left on references below a name.
  ///
  /// As ``removeLock(leftOn:)``, for references that only such a process changes.
  public func removeLocks(leftUnder prefix: ReferenceName) throws(GitError) {
    let directory = commonDirectory.pushing(FilePath(prefix.text))
    guard try fileStatus(directory)?.isDirectory ?? false else { return }
    for name in try directoryNames(directory) {
      let text = String(decoding: name, as: UTF8.self)
      guard text.hasSuffix(".lock") else { continue }
      try removeLock(leftOn: prefix.appending(String(text.dropLast(".lock".count))))
    }
  }

  /// Removes the lock files that killed `git` processes left in a linked worktree.
  ///
  /// The locks of this worktree's own files (`index.lock`, `HEAD.lock`, `ORIG_HEAD.lock`, …), and that
  /// of its branch. Call it only when
  /// every process that works in the worktree is known to be gone: nothing tells a lock that is
  /// held from one that was left. In the main worktree it does nothing.
  public func removeLocksOfDeadProcesses() throws(GitError) {
    guard gitDirectory != commonDirectory else { return }
    var locks: [FilePath] = []
    for directory in [gitDirectory, gitDirectory.appending("logs")]
    where try fileStatus(directory)?.isDirectory ?? false {
      for name in try directoryNames(directory) where name.suffix(5).elementsEqual(".lock".utf8) {
        locks.append(RepositoryPath(bytes: name).absolute(in: directory))
      }
    }
    if let branch = try headBranch() {
      locks.append(commonDirectory.pushing(FilePath(branch.text + ".lock")))
    }
    for lock in locks where try fileStatus(lock) != nil { try removeFile(lock) }
  }
}
