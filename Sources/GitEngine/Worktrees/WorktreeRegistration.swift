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

  /// The file that names the branch that was made for a worktree, until the worktree is finished.
  static let branchFile = "gitengine-branch"

  /// The directories that were made for it, innermost last; they go again when it is taken back.
  private var madeDirectories: [FilePath] = []

  /// Held by the process that is at it; a dead one does not.
  private let owner: Owner

  private final class Owner: Sendable {
    let lock: FileLock

    init(_ file: FilePath) throws(GitError) {
      do throws(Errno) {
        guard let lock = try FileLock(trying: file) else {
          throw Errno.resourceBusy
        }
        self.lock = lock
      } catch {
        throw GitError(errno: error.rawValue, operation: "lock \(file)")
      }
    }
  }

  /// Registers a worktree at `wanted`, which must be missing or an empty directory.
  ///
  /// - Parameter newBranch: A branch that will be made for it, and at which commit.
  init(
    adding wanted: FilePath, head: Head, newBranch: (name: ReferenceName, start: ObjectID)?,
    commonDirectory: FilePath
  ) throws(GitError) {
    let operation = "add the worktree \(wanted)"
    if try fileStatus(wanted) != nil {
      let empty = (try? directoryNames(wanted))?.isEmpty ?? false
      guard empty else {
        throw GitError(.exists, operation: operation, message: "the path is taken")
      }
    }
    var made = try makeDirectories(wanted.removingLastComponent())
    do throws(GitError) {
      // The parent's symbolic links are resolved, as git does it.
      let parent = try RepositoryAccess.realPath(wanted.removingLastComponent())
      path = wanted.lastComponent.map { parent.appending($0) } ?? parent
      made += try makeDirectories(path)
      let registry = commonDirectory.appending("worktrees")
      made += try makeDirectories(registry)
      (name, gitDirectory) = try Self.makeUniqueDirectory(Self.name(for: path), in: registry)
    } catch {
      Self.removeEmpty(made)
      throw error
    }
    madeDirectories = made
    let gitFile = path.appending(".git")
    do throws(GitError) {
      // The lock comes first: git never prunes a locked entry.
      let lock = gitDirectory.appending("locked")
      try writeNewFile(lock, Array(Self.unfinished.utf8))
      owner = try Owner(lock)
      if let newBranch {
        try writeNewFile(
          gitDirectory.appending(Self.branchFile),
          Array("\(newBranch.start) \(newBranch.name)\n".utf8))
      }
      try writeNewFile(
        gitDirectory.appending("gitdir"), gitFile.bytes + [UInt8(ascii: "\n")])
      try writeNewFile(gitDirectory.appending("commondir"), Array("../..\n".utf8))
      try writeNewFile(gitDirectory.appending("HEAD"), Array("\(head.fileContent)\n".utf8))
      // The last one: if somebody else was faster at this path, it is not ours to clean.
      try writeNewFile(
        gitFile, Array("gitdir: ".utf8) + gitDirectory.bytes + [UInt8(ascii: "\n")])
    } catch {
      try? removeTree(gitDirectory)
      Self.removeEmpty(made)
      throw error
    }
  }

  /// A name for the entry: what git allows in a reference, since `worktrees/NAME/HEAD` is one.
  private static func name(for path: FilePath) -> String {
    var name = ""
    for character in path.lastComponent?.string.unicodeScalars ?? "worktree".unicodeScalars {
      let isAllowed =
        character.value > 0x20 && character.value != 0x7F
        && !"~^:?*[\\".unicodeScalars.contains(character)
        && !(character == "." && (name.isEmpty || name.hasSuffix(".")))
        && !(character == "{" && name.hasSuffix("@"))
      name.unicodeScalars.append(isAllowed ? character : "-")
    }
    while name.hasSuffix(".lock") { name.removeLast(5) }
    if name.hasSuffix(".") { name = name.dropLast() + "-" }
    return name.isEmpty || name == "@" ? "worktree" : name
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

  /// Marks the worktree as complete, or as locked for another reason.
  func finish(lockReason: String?) throws(GitError) {
    try? removeFile(gitDirectory.appending(Self.branchFile))
    let lock = gitDirectory.appending("locked")
    guard let lockReason else { return try removeFile(lock) }
    let side = gitDirectory.appending("locked.new")
    try writeNewFile(side, Array((lockReason + "\n").utf8))
    try moveFile(side, to: lock)
  }

  /// Whether the process that began to add a worktree is gone.
  static func isAbandoned(_ gitDirectory: FilePath) -> Bool {
    let lock = gitDirectory.appending("locked")
    guard (try? readWholeFile(lock)) == Array(unfinished.utf8) else { return false }
    do throws(Errno) {
      guard let free = try FileLock(trying: lock) else { return false }
      _ = consume free
      return true
    } catch {
      return false
    }
  }

  /// The branch that was made for a worktree that was never finished.
  static func newBranch(
    of gitDirectory: FilePath
  ) -> (name: ReferenceName, start: ObjectID)? {
    guard let bytes = try? readWholeFile(gitDirectory.appending(branchFile)) else { return nil }
    let words = String(decoding: bytes, as: UTF8.self).split(
      separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard words.count == 2, let start = ObjectID(hex: words[0]), words[1].hasSuffix("\n") else {
      return nil
    }
    return (ReferenceName(String(words[1].dropLast())), start)
  }

  /// Removes what was written, as far as that goes; called on an error that is being thrown.
  ///
  /// A directory that was there before, empty, stays.
  func takeBack() {
    for name in (try? directoryNames(path)) ?? [] {
      try? removeTree(RepositoryPath(bytes: name).absolute(in: path))
    }
    try? removeTree(gitDirectory)
    Self.removeEmpty(madeDirectories)
  }

  private static func removeEmpty(_ directories: [FilePath]) {
    for directory in directories.reversed() { try? removeEmptyDirectory(directory) }
  }
}

extension Head {
  /// What the file HEAD holds, without the line end.
  var fileContent: String {
    switch self {
    case .branch(let name): "ref: \(name)"
    case .detached(let id): "\(id)"
    case .unreadable: ""
    }
  }
}
