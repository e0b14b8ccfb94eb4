internal import CLibGit2

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Opens repository handles and reads where they are.
enum RepositoryAccess {
  struct Places {
    var common: FilePath
    var mainWorktree: FilePath?
  }

  static func open(_ path: FilePath) throws(GitError) -> Owned<RepositoryHandle> {
    try GitRuntime.start()
    let handle: Owned<RepositoryHandle>
    do throws(GitError) {
      handle = try Owned<RepositoryHandle>("open the repository at \(path)") { out in
        path.withPlatformString {
          git_repository_open_ext(&out, $0, GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue, nil)
        }
      }
    } catch {
      throw RepositoryFormat.explain(error, path)
    }
    try addWorktreeConfiguration(handle)
    return handle
  }

  /// Reads `config.worktree`, which libgit2 knows from 1.8 on; to read it twice does no harm.
  ///
  /// `git sparse-checkout` keeps its switch there: without it, a sparse checkout looks like a full
  /// one whose files somebody deleted.
  static func addWorktreeConfiguration(
    _ handle: borrowing Owned<RepositoryHandle>
  ) throws(GitError) {
    guard cgit2_reads_worktree_config() == 0 else { return }
    let operation = "read the configuration of \(gitDirectory(of: handle))"
    let configuration = try Owned<ConfigHandle>(operation) {
      git_repository_config(&$0, handle.pointer)
    }
    var isUsed: Int32 = 0
    guard
      try checkFound(
        git_config_get_bool(&isUsed, configuration.pointer, "extensions.worktreeConfig"),
        operation), isUsed != 0
    else { return }
    let file = gitDirectory(of: handle).appending("config.worktree")
    try check(
      file.withPlatformString {
        git_config_add_file_ondisk(
          configuration.pointer, $0, GIT_CONFIG_LEVEL_APP, handle.pointer, 1)
      }, operation)
  }

  /// Opens a checkout of the repository whose common directory is `common`, or fails: a session
  /// under the lock of one repository must never act on another.
  static func open(
    _ path: FilePath, of common: FilePath
  ) throws(GitError) -> Owned<RepositoryHandle> {
    let handle = try open(path)
    guard try realPath(directory(git_repository_commondir(handle.pointer))) == common else {
      throw GitError(
        .notFound, operation: "open the checkout at \(path)",
        message: "it does not belong to the repository \(common)")
    }
    return handle
  }

  static func places(of handle: borrowing Owned<RepositoryHandle>) throws(GitError) -> Places {
    let common = try realPath(directory(git_repository_commondir(handle.pointer)))
    guard git_repository_is_worktree(handle.pointer) == 1 else {
      return Places(common: common, mainWorktree: try mainWorktree(of: handle))
    }
    // A linked worktree does not know the main one: the common directory does.
    let main = try open(common)
    return Places(common: common, mainWorktree: try mainWorktree(of: main))
  }

  /// The main working tree, if its place is known.
  ///
  /// For a git directory that was opened by itself libgit2 takes the directory above it, which is
  /// wrong where `git init --separate-git-dir` put it elsewhere. So the way back is checked.
  private static func mainWorktree(
    of handle: borrowing Owned<RepositoryHandle>
  ) throws(GitError) -> FilePath? {
    guard let tree = workingTree(of: handle) else { return nil }
    let operation = "read the configuration of \(gitDirectory(of: handle))"
    let configuration = try Owned<ConfigHandle>(operation) {
      git_repository_config_snapshot(&$0, handle.pointer)
    }
    var named: UnsafePointer<CChar>?
    if try checkFound(
      git_config_get_string(&named, configuration.pointer, "core.worktree"), operation)
    {
      return tree
    }
    return try leads(tree.appending(".git"), to: gitDirectory(of: handle)) ? tree : nil
  }

  /// Whether a `.git`, a directory or a file that names one, is the git directory `target`.
  static func leads(_ git: FilePath, to target: FilePath) throws(GitError) -> Bool {
    guard let status = try fileStatus(git) else { return false }
    var place = git
    if status.isRegularFile {
      let prefix = Array("gitdir:".utf8)
      let text = try readWholeFile(git)
      guard text.starts(with: prefix) else { return false }
      let link = FilePath(gitText: Array(text[prefix.count...].drop { $0 == UInt8(ascii: " ") }))
      place = git.removingLastComponent().pushing(link)
    }
    guard let resolved = try? realPath(place) else { return false }
    return try realPath(target) == resolved
  }

  static func workingTree(of handle: borrowing Owned<RepositoryHandle>) -> FilePath? {
    git_repository_workdir(handle.pointer).map { directory($0) }
  }

  static func gitDirectory(of handle: borrowing Owned<RepositoryHandle>) -> FilePath {
    directory(git_repository_path(handle.pointer))
  }

  /// libgit2 ends directories with a slash; `FilePath` drops it.
  private static func directory(_ text: UnsafePointer<CChar>?) -> FilePath {
    text.map { FilePath(platformString: $0) } ?? FilePath()
  }

  static func realPath(_ path: FilePath) throws(GitError) -> FilePath {
    guard let resolved = path.withPlatformString({ realpath($0, nil) }) else {
      throw GitError(errno: errno, operation: "resolve \(path)")
    }
    defer { free(resolved) }
    return FilePath(platformString: resolved)
  }
}
