internal import CLibGit2

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// Marks a session that reads, and computes into the object database.
public enum Reading: Sendable {}

/// Marks a session that may also change what is shared: the inside of a transaction.
public enum Writing: Sendable {}

/// The git operations of one closure, on one checkout of one repository.
///
/// It is lent to the closures of ``GitRepository/read(at:_:)`` and
/// ``GitRepository/transaction(at:patience:_:)`` and cannot be copied or stored, so a call outside of them
/// does not compile. What it returns are values; they stay good when the session is gone.
public struct GitSession<Access>: ~Copyable {
  let repository: Owned<RepositoryHandle>

  /// The filter programs of this session; they end with it.
  let filters: FilterPrograms

  let knownHistory = KnownHistory()

  let knownIndex = IndexCache()

  /// The directory with the objects and references that all worktrees share.
  public let commonDirectory: FilePath

  /// The main worktree, if the repository has one and its place is known.
  public let mainWorktree: FilePath?

  init(
    _ repository: consuming Owned<RepositoryHandle>, commonDirectory: FilePath,
    mainWorktree: FilePath?
  ) {
    filters = FilterPrograms(repository.pointer)
    self.repository = repository
    self.commonDirectory = commonDirectory
    self.mainWorktree = mainWorktree
  }

  /// The handle, for libgit2.
  var raw: OpaquePointer { repository.pointer }

  /// The root of the checkout; `nil` in a bare repository.
  public var workingTree: FilePath? { RepositoryAccess.workingTree(of: repository) }

  /// The checkout's own git directory, where its HEAD and index are.
  public var gitDirectory: FilePath { RepositoryAccess.gitDirectory(of: repository) }

  /// How long an operation waits for a lock file that another process holds.
  var lockPatience: Duration { .seconds(2) }
}
