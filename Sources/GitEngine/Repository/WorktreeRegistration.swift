#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// The files by which git knows a linked worktree, written as `git worktree add` writes them.
///
/// libgit2's own call is not used: when it fails or is killed it leaves a half-made worktree that
/// blocks a second try and survives `git worktree prune`. Here the entry is locked, with a reason,
/// from its first moment until the worktree is filled, and every failure takes it back.
struct WorktreeRegistration {
  let name: String
  let path: FilePath
  let gitDirectory: FilePath

  /// The reason in the lock of a worktree that is not filled yet.
  static let unfinished = "GitEngine: being added"

  /// Registers a worktree at `path`, which must be missing or an empty directory.
  init(
    adding path: FilePath, checkingOut branch: ReferenceName, commonDirectory: FilePath
  ) throws(GitError) {
    let operation = "add the worktree \(path)"
    if try fileStatus(path) != nil {
      let empty = (try? directoryNames(path))?.isEmpty ?? false
      guard empty else {
        throw GitError(.exists, operation: operation, message: "the path is taken")
      }
    }
    let registry = commonDirectory.appending("worktrees")
    try makeDirectories(registry)
    let wanted = path.lastComponent?.string ?? "worktree"
    (name, gitDirectory) = try Self.makeUniqueDirectory(wanted, in: registry)
    self.path = path
    do throws(GitError) {
      // The lock comes first: git never prunes a locked entry.
      try writeNewFile(gitDirectory.appending("locked"), Array(Self.unfinished.utf8))
      try writeNewFile(
        gitDirectory.appending("gitdir"), path.appending(".git").bytes + [UInt8(ascii: "\n")])
      try writeNewFile(gitDirectory.appending("commondir"), Array("../..\n".utf8))
      try writeNewFile(gitDirectory.appending("HEAD"), Array("ref: \(branch)\n".utf8))
      try makeDirectories(path)
      try writeNewFile(
        path.appending(".git"), Array("gitdir: ".utf8) + gitDirectory.bytes + [UInt8(ascii: "\n")])
    } catch {
      takeBack()
      throw error
    }
  }

  private static func makeUniqueDirectory(
    _ wanted: String, in registry: FilePath
  ) throws(GitError) -> (String, FilePath) {
    for number in 0..<1000 {
      let name = number == 0 ? wanted : "\(wanted)\(number)"
      let directory = registry.appending(name)
      do throws(GitError) {
        try makeDirectory(directory)
        return (name, directory)
      } catch {
        guard error.code == .exists else { throw error }
      }
    }
    throw GitError(
      .exists, operation: "register the worktree '\(wanted)'",
      message: "a thousand worktrees have that name")
  }

  /// Marks the worktree as complete.
  func finish() throws(GitError) { try removeFile(gitDirectory.appending("locked")) }

  /// Removes what was written, as far as that goes; called on an error that is being thrown.
  func takeBack() {
    try? removeTree(path)
    try? removeTree(gitDirectory)
  }
}
