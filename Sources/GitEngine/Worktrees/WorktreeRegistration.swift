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

/// The files by which git knows a linked worktree, written as `git worktree add` writes them.
///
/// libgit2's own call is not used: when it fails or is killed it leaves a half-made worktree that
/// blocks a second try and survives `git worktree prune`. Here the entry is locked, with a reason,
/// from its first moment until the worktree is filled, and every failure takes it back.
///
/// The entry comes whole and goes whole, by renaming: `git gc`, `git worktree` and whoever else
/// reads all entries stops with an error at one that has no `commondir` yet, and deletes one that
/// has no `gitdir` any more.
struct WorktreeRegistration {
  let name: String
  let path: FilePath
  let gitDirectory: FilePath

  /// The reason in the lock of a worktree that is not filled yet.
  static let unfinished = "GitEngine: being added"

  typealias NewBranch = (name: ReferenceName, start: ObjectID)

  /// The file that names the branch that was made for a worktree, until the worktree is finished.
  static let branchFile = "gitengine-branch"

  /// The directories that were made for it, innermost last; they go again when it is taken back.
  private var madeDirectories: [FilePath] = []

  /// Held by the process that is at it; a dead one does not.
  private let owner: WorktreeOwner

  /// Registers a worktree at `wanted`, which must be missing or an empty directory.
  ///
  /// - Parameter newBranch: A branch that will be made for it, and at which commit.
  init(
    adding wanted: FilePath, head: Head, newBranch: NewBranch?,
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
      let entry = try Self.makeEntry(head, newBranch, at: path, commonDirectory)
      do throws(GitError) {
        owner = try WorktreeOwner(entry.appending("locked"))
        (name, gitDirectory) = try Self.moveIn(entry, as: Self.name(for: path), in: registry)
      } catch {
        try? removeTree(entry)
        throw error
      }
    } catch {
      Self.removeEmpty(made)
      throw error
    }
    madeDirectories = made
    do throws(GitError) {
      // If somebody else was faster at this path, it is not ours to clean.
      try writeNewFile(path.appending(".git"), Self.gitFile(for: gitDirectory))
    } catch {
      Self.discard(gitDirectory)
      Self.removeEmpty(made)
      throw error
    }
  }

  /// Writes the entry's files into a directory where nobody looks.
  private static func makeEntry(
    _ head: Head, _ newBranch: NewBranch?, at path: FilePath, _ commonDirectory: FilePath
  ) throws(GitError) -> FilePath {
    let entry = hiddenPlace(in: commonDirectory)
    try makeDirectory(entry)
    do throws(GitError) {
      let gitFile = path.appending(".git")
      try writeNewFile(entry.appending("locked"), Array(unfinished.utf8))
      try writeNewFile(entry.appending("gitdir"), gitFile.bytes + [UInt8(ascii: "\n")])
      try writeNewFile(entry.appending("commondir"), Array("../..\n".utf8))
      try writeNewFile(entry.appending("HEAD"), Array("\(head.fileContent)\n".utf8))
      if let newBranch {
        try writeNewFile(
          entry.appending(branchFile), Array("\(newBranch.start) \(newBranch.name)\n".utf8))
      }
    } catch {
      try? removeTree(entry)
      throw error
    }
    return entry
  }

  /// What the `.git` file of a worktree holds.
  static func gitFile(for gitDirectory: FilePath) -> [UInt8] {
    Array("gitdir: ".utf8) + gitDirectory.bytes + [UInt8(ascii: "\n")]
  }

  private static func hiddenPlace(in commonDirectory: FilePath) -> FilePath {
    commonDirectory.appending(
      "\(SideFiles.registration)\(getpid())-\(UInt32.random(in: 0 ... .max))")
  }

  /// Removes an entry, all at once for whoever reads the registry.
  static func remove(_ gitDirectory: FilePath) throws(GitError) {
    let registry = gitDirectory.removingLastComponent()
    let place = hiddenPlace(in: registry.removingLastComponent())
    do throws(GitError) {
      try moveFile(gitDirectory, to: place)
      try removeTree(place)
    } catch {
      // Where that cannot be done, bit by bit is better than not at all.
      guard error.code != .notFound else { throw error }
      try removeTree(gitDirectory)
    }
    // The last one takes the registry with it, as in git.
    try? removeEmptyDirectory(registry)
  }

  private static func discard(_ gitDirectory: FilePath) { try? remove(gitDirectory) }

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

  private static func moveIn(
    _ entry: FilePath, as wanted: String, in registry: FilePath
  ) throws(GitError) -> (String, FilePath) {
    for number in 0..<1000 {
      let name = number == 0 ? wanted : "\(wanted)\(number)"
      let directory = registry.appending(name)
      do throws(GitError) {
        try moveNew(entry, to: directory)
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

  /// Removes what was written, as far as that goes; called on an error that is being thrown.
  ///
  /// A directory that was there before, empty, stays.
  func takeBack() {
    for name in (try? directoryNames(path)) ?? [] {
      try? removeTree(RepositoryPath(bytes: name).absolute(in: path))
    }
    Self.discard(gitDirectory)
    Self.removeEmpty(madeDirectories)
  }

  private static func removeEmpty(_ directories: [FilePath]) {
    for directory in directories.reversed() { try? removeEmptyDirectory(directory) }
  }
}
