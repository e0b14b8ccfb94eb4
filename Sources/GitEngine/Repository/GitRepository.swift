internal import CLibGit2
internal import Synchronization

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// One repository with all its worktrees, and the only way to it.
///
/// Everything happens in one of two places. ``transaction(at:patience:_:)`` runs a sequence that changes
/// what is shared (references, worktree registration, the index of a checkout) with nobody between
/// its lines. ``read(at:_:)`` runs a sequence that reads, or computes into the object database,
/// beside all others.
///
/// Opening one repository twice gives the same actor, so its transactions exclude each other
/// wherever in the process they come from.
public actor GitRepository {
  /// The directory with the objects and references that all worktrees share.
  public nonisolated let commonDirectory: FilePath
  /// The main worktree; `nil` when the repository is bare, or when the repository was opened by a
  /// git directory that does not lie in its working tree.
  public nonisolated let mainWorktree: FilePath?

  private let lock: GitLock

  nonisolated let blockSharing = BlockSharing()

  /// Runs on the lock's queue: an actor that is busy in C code blocks no other task.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    lock.executor.asUnownedSerialExecutor()
  }

  private init(commonDirectory: FilePath, mainWorktree: FilePath?) {
    self.commonDirectory = commonDirectory
    self.mainWorktree = mainWorktree
    lock = GitLock(commonDirectory: commonDirectory)
  }

  /// Opens the repository at `path`: a working tree's root, a `.git` directory or a bare repository.
  public static func open(_ path: FilePath) throws(GitError) -> GitRepository {
    let handle = try RepositoryAccess.open(path)
    let places = try RepositoryAccess.places(of: handle)
    return registry.withLock { known in
      known = known.filter { $0.value.repository != nil }
      if let repository = known[places.common]?.repository { return repository }
      let repository = GitRepository(
        commonDirectory: places.common, mainWorktree: places.mainWorktree)
      known[places.common] = WeakRepository(repository: repository)
      return repository
    }
  }

  /// Makes a new repository with a working tree at `path` and opens it.
  ///
  /// The directory is made if it is missing; HEAD names `branch`, which has no commit yet. In a
  /// directory that is a repository already, nothing is changed.
  public static func create(
    at path: FilePath, branch: String = "main"
  ) throws(GitError) -> GitRepository {
    try GitRuntime.start()
    let operation = "make a repository at \(path)"
    var options = git_repository_init_options()
    try check(
      git_repository_init_options_init(&options, UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION)),
      operation)
    options.flags = GIT_REPOSITORY_INIT_MKPATH.rawValue | GIT_REPOSITORY_INIT_MKDIR.rawValue
    _ = try Owned<RepositoryHandle>(operation) { out in
      branch.withCString { branch in
        options.initial_head = branch
        return path.withPlatformString { git_repository_init_ext(&out, $0, &options) }
      }
    }
    return try open(path)
  }

  /// The root of the working tree that holds `directory`; `nil` when there is none above it.
  ///
  /// For a directory inside a bare repository or a `.git` directory this is that git directory.
  public static func discover(from directory: FilePath) throws(GitError) -> FilePath? {
    try GitRuntime.start()
    guard
      let handle = try Owned<RepositoryHandle>(
        ifFound: "look for a repository at \(directory)",
        { out in directory.withPlatformString { git_repository_open_ext(&out, $0, 0, nil) } })
    else { return nil }
    return RepositoryAccess.workingTree(of: handle) ?? RepositoryAccess.gitDirectory(of: handle)
  }

  private struct WeakRepository { weak var repository: GitRepository? }
  private static let registry = Mutex<[FilePath: WeakRepository]>([:])

  /// Runs `body` with exclusive use of the repository, in this process and against every other
  /// process that uses this engine.
  ///
  /// `body` is synchronous, so nothing can come between its first and its last line. A `git`
  /// process does not know this lock; what it holds shows as an error with the code `locked`, which
  /// the engine has then retried. Keep transactions short: compute in ``read(at:_:)``, check again
  /// and publish here.
  ///
  /// - Parameters:
  ///   - worktree: The checkout that the session acts on; the main worktree, or the bare repository,
  ///     when left out.
  ///   - patience: How long to wait for another process that is inside a transaction.
  ///   - body: The sequence. The session cannot be stored or outlive it.
  /// - Throws: What `body` throws, or a ``GitError`` when the repository cannot be opened or is
  ///   held by another process for longer than `patience` (code `locked`).
  public func transaction<Value: Sendable>(
    at worktree: FilePath? = nil, patience: Duration = .seconds(30),
    _ body: @Sendable (borrowing GitSession<Writing>) throws -> Value
  ) throws -> Value {
    try lock.withFileLock(patience: patience) {
      let handle = try RepositoryAccess.open(
        worktree ?? mainWorktree ?? commonDirectory, of: commonDirectory)
      return try body(
        GitSession(handle, commonDirectory: commonDirectory, mainWorktree: mainWorktree))
    }
  }

  /// Runs `body` beside transactions and other readers, on a handle of its own.
  ///
  /// It takes no lock and creates no file but objects that nothing refers to. What it saw may be
  /// old when it returns: a transaction that acts on it checks again.
  ///
  /// - Throws: What `body` throws, or a ``GitError`` when the repository cannot be opened.
  public nonisolated func read<Value: Sendable>(
    at worktree: FilePath? = nil, _ body: @Sendable (borrowing GitSession<Reading>) throws -> Value
  ) async throws -> Value {
    let path = worktree ?? mainWorktree ?? commonDirectory
    return try await withTaskExecutorPreference(Self.readers) {
      try await onReaders(path, body)
    }
  }

  private static let readers = ConcurrentQueueExecutor(label: "git-engine readers")

  @concurrent
  private nonisolated func onReaders<Value: Sendable>(
    _ path: FilePath, _ body: @Sendable (borrowing GitSession<Reading>) throws -> Value
  ) async throws -> Value {
    let handle = try RepositoryAccess.open(path, of: commonDirectory)
    return try body(
      GitSession(handle, commonDirectory: commonDirectory, mainWorktree: mainWorktree))
  }
}
