#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// The names of what a transaction makes beside git's own files; a process id and a number follow.
enum SideFiles {
  /// New contents for a checkout.
  static let preparing = ".gitengine-prepared-"
  /// The same from the moment on that the user's files may be in it.
  static let staging = ".gitengine-staging-"
  /// The registration of a worktree on its way in or out.
  static let registration = ".gitengine-worktree-"
  /// What becomes an `index.lock`.
  static let lock = "gitengine-lock-"
  /// What becomes an index.
  static let index = "gitengine-index-"

  /// Those that hold nothing but what their process was writing.
  static let expendable = [preparing, registration, lock, index]
}

extension GitSession where Access == Writing {
  /// Removes what processes that were killed in a transaction left beside git's own files: half-written
  /// indexes, registrations and new contents.
  ///
  /// Such files are only made in transactions, and there is no other one now. What may hold a user's
  /// file is not touched: ``recover(_:)`` and ``switchCheckout(to:_:signature:)`` take care of that.
  public func removeLeftSideFiles() throws(GitError) {
    var places = [commonDirectory]
    for worktree in try worktrees() {
      if worktree.name != nil { places.append(worktree.gitDirectory) }
      // On a file system of its own, the checkout holds them.
      if worktree.exists { places.append(worktree.path) }
    }
    for place in places where try fileStatus(place)?.isDirectory ?? false {
      for name in try directoryNames(place)
      where SideFiles.expendable.contains(where: { name.starts(with: $0.utf8) }) {
        try removeTree(RepositoryPath(bytes: name).absolute(in: place))
      }
    }
  }
}
