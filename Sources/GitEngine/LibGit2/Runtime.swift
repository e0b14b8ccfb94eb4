internal import CLibGit2
internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// The process-wide side of libgit2: started once, on first use, and never shut down.
public enum GitRuntime {
  /// Process-wide choices.
  ///
  /// The defaults weaken no check that libgit2 makes.
  public struct Options: Sendable {
    /// Whether an object that is read must hash to its name.
    ///
    /// git itself does not check that for packed objects; leaving it out saves 5 to 25 % of
    /// checkouts and merges.
    public var verifiesObjectHashes = true
    /// Whether system-wide and user-wide configuration files are read.
    ///
    /// Tests leave them out.
    public var readsUserConfiguration = true

    /// The defaults.
    public init() {}
  }

  private static let options = Mutex<Options?>(nil)

  /// Sets the process-wide options.
  ///
  /// They count if this runs before the first repository is opened.
  public static func configure(_ options: Options) { self.options.withLock { $0 = options } }

  /// Whether files of the machine's user and of the system count.
  static var readsUserConfiguration: Bool {
    options.withLock { $0 }?.readsUserConfiguration ?? true
  }

  /// The version of libgit2 that is loaded, for people: "1.5.1".
  public static var libgit2Version: String {
    let (major, minor, revision) = loadedVersion
    return "\(major).\(minor).\(revision)"
  }

  private static var loadedVersion: (major: Int32, minor: Int32, revision: Int32) {
    var (major, minor, revision) = (Int32(0), Int32(0), Int32(0))
    git_libgit2_version(&major, &minor, &revision)
    return (major, minor, revision)
  }

  private static let started: Result<Void, GitError> = {
    let operation = "start libgit2"
    do throws(GitError) {
      try check(git_libgit2_init(), operation)
      // Structures differ between minor versions: headers of one and the library of another
      // would corrupt memory. Module caches make that mistake easy, so it is checked here.
      let (major, minor, _) = loadedVersion
      guard major == LIBGIT2_VER_MAJOR, minor == LIBGIT2_VER_MINOR else {
        throw GitError(
          .unsupported, operation: operation,
          message: "built against libgit2 \(LIBGIT2_VERSION), but \(libgit2Version) is loaded; "
            + "remove .build and build again")
      }
      let chosen = options.withLock { $0 } ?? Options()
      try check(cgit2_set_strict_hash_verification(chosen.verifiesObjectHashes ? 1 : 0), operation)
      try openHarmlessExtensions()
      if !chosen.readsUserConfiguration {
        for level in [
          GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_GLOBAL, GIT_CONFIG_LEVEL_XDG,
          GIT_CONFIG_LEVEL_PROGRAMDATA,
        ] {
          try check(cgit2_set_search_path(level.rawValue, ""), operation)
        }
      }
      return .success(())
    } catch {
      return .failure(error)
    }
  }()

  /// Opens repositories with extensions that change nothing the engine relies on.
  ///
  /// `config.worktree` and relative paths of worktrees are read by the engine itself, and it deletes
  /// no object. Any other extension stays a reason not to open.
  private static func openHarmlessExtensions() throws(GitError) {
    let names = ["worktreeconfig", "preciousobjects", "relativeworktrees"].map { (name: String) in
      strdup(name)
    }
    defer { for name in names { free(name) } }
    var list: [UnsafePointer<CChar>?] = names.map { UnsafePointer($0) }
    try check(cgit2_set_extensions(&list, list.count), "allow harmless extensions")
  }

  /// Starts libgit2 if this is the first use.
  static func start() throws(GitError) { try started.get() }
}
