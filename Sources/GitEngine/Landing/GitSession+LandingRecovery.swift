#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// How a landing that a crash cut off was brought to its end.
public enum LandingRecovery: Hashable, Sendable {
  /// The branch had moved: the checkout was brought along.
  case finished
  /// The branch had not moved: the checkout is as it was before.
  case undone
}

extension GitSession where Access == Writing {
  /// Finishes or undoes a landing whose process died while it published.
  ///
  /// The branch decides. If it has the new commit, what is left to do is to put the new index in
  /// place; if not, every file that was exchanged goes back. Files are told by their inodes, so
  /// that what somebody wrote after the crash is never touched. It can be called again after another
  /// crash, and for a landing that had not begun or had ended.
  ///
  /// - Throws: A ``GitError`` with the code `conflict` when somebody changed the checkout after the
  ///   crash so that this cannot be done; what is needed to do it by hand stays in the staging
  ///   directory, which the error names.
  public func recover(_ record: LandingRecord) throws -> LandingRecovery {
    try removeLock(leftOn: record.branch)
    let tip = try target(of: record.branch)
    let isPublished =
      try tip.map { (tip) throws(GitError) in
        try isAncestor(record.new, of: tip)
      } ?? false
    guard let checkout = record.checkout else { return isPublished ? .finished : .undone }
    let gitDirectory = try worktrees().first { $0.path == checkout.worktree }?.gitDirectory
    guard let gitDirectory else {
      throw GitError(
        .notFound, operation: "recover the landing in \(checkout.worktree)",
        message: "it is no worktree of this repository any more; what came out of it is in "
          + "\(checkout.stagingDirectory)")
    }
    if isPublished {
      try finish(checkout, gitDirectory)
    } else {
      try undo(checkout)
    }
    try removeTree(checkout.stagingDirectory)
    let lock = gitDirectory.appending("index.lock")
    if try inode(lock) == checkout.indexLockInode { try removeFile(lock) }
    return isPublished ? .finished : .undone
  }

  private func finish(
    _ checkout: LandingRecord.Checkout, _ gitDirectory: FilePath
  ) throws(GitError) {
    let index = gitDirectory.appending("index")
    let newIndex = Self.newIndex(in: checkout.stagingDirectory)
    guard try fileStatus(newIndex) != nil else { return }
    guard try inode(index) == checkout.indexInode else {
      throw GitError(
        .conflict, operation: "finish the landing in \(checkout.worktree)",
        message: "the index was changed after the crash; the one that belongs to the new commit is "
          + "\(newIndex)")
    }
    try moveFile(newIndex, to: index)
  }

  /// Puts every file back that was exchanged, whichever of the steps were done.
  private func undo(_ checkout: LandingRecord.Checkout) throws(GitError) {
    // New files first: they may be where an old directory was.
    for (number, file) in checkout.files.enumerated() where file.newInode != nil {
      try takeBack(file, number, checkout)
    }
    for (number, file) in checkout.files.enumerated() where file.newInode == nil {
      let old = CheckoutWriter.old(number, in: checkout.stagingDirectory)
      guard let oldInode = file.oldInode, try inode(old) == oldInode else { continue }
      let target = file.path.absolute(in: checkout.worktree)
      guard try fileStatus(target) == nil else {
        throw taken(target, by: old)
      }
      try makeDirectories(target.removingLastComponent())
      try moveFile(old, to: target)
    }
  }

  private func takeBack(
    _ file: LandingRecord.File, _ number: Int, _ checkout: LandingRecord.Checkout
  ) throws(GitError) {
    let staging = checkout.stagingDirectory
    let target = file.path.absolute(in: checkout.worktree)
    let new = CheckoutWriter.new(number, in: staging)
    let old = CheckoutWriter.old(number, in: staging)
    let isInPlace = try inode(target) == file.newInode
    guard let oldInode = file.oldInode else {
      guard isInPlace else { return }
      try moveFile(target, to: new)
      return removeEmptyParents(of: file.path, in: checkout.worktree)
    }
    if try inode(new) == oldInode {
      guard isInPlace else { throw taken(target, by: new) }
      _ = try swapFiles(new, target)
    } else if try inode(old) == oldInode, isInPlace {
      // Kept under a second name, where the file system cannot swap.
      try moveFile(old, to: target)
    }
  }

  private func taken(_ target: FilePath, by kept: FilePath) -> GitError {
    GitError(
      .conflict, operation: "put \(target) back",
      message: "it was changed after the crash; the version from before is \(kept)")
  }

  private func removeEmptyParents(of path: RepositoryPath, in root: FilePath) {
    var parent = path.parent
    while let directory = parent {
      guard (try? removeEmptyDirectory(directory.absolute(in: root))) != nil else { return }
      parent = directory.parent
    }
  }

  private func inode(_ path: FilePath) throws(GitError) -> UInt64? {
    try fileStatus(path).map { FileStamp($0).inode }
  }
}
