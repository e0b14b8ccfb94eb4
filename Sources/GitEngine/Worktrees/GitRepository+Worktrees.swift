internal import CLibGit2

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

extension GitRepository {
  /// Adds a linked worktree.
  ///
  /// The registration, and a new branch, are made in a transaction; the files are written outside
  /// of it, so a large checkout keeps nobody waiting; where the file system can, large ones share
  /// their blocks with the main worktree. A failure or a cancellation takes back
  /// worktree, registration and branch. A kill in between leaves a worktree that is locked with the
  /// reason "GitEngine: being added"; ``removeLeftoverWorktrees(trash:)`` knows it.
  ///
  /// - Parameters:
  ///   - path: Where the worktree goes: missing, or an empty directory.
  ///   - target: What it has checked out: a new branch, one that exists, or a commit.
  ///   - lockReason: Locks the worktree from the start, as `git worktree add --lock`.
  ///   - signature: Who adds it, for the reflogs.
  /// - Throws: A ``GitError``, or `CancellationError`. Among the codes are `exists` for a path or a
  ///   new branch that is taken, `conflict` for a branch that another worktree has checked out,
  ///   `notFound` for a branch that does not exist.
  public nonisolated func addWorktree(
    at path: FilePath, checkingOut target: CheckoutTarget, lockReason: String? = nil,
    signature: Signature
  ) async throws -> Worktree {
    let (registration, start) = try await transaction { git in
      try git.registerWorktree(at: path, target, signature)
    }
    do {
      try await read(at: registration.path) { git in
        try git.fillWorkingTree(from: start, blockSharing)
      }
      return try await transaction { git in
        try git.at(registration.path) {
          try $0.appendToReflog(
            of: ReferenceName("HEAD"), start, message: "", signature: signature)
        }
        try registration.finish(lockReason: lockReason)
        return try Worktree(
          name: registration.name, path: registration.path,
          gitDirectory: registration.gitDirectory)
      }
    } catch {
      // A task of its own: that this one was cancelled must not keep it from tidying up.
      await Task {
        try? await transaction { git in
          registration.takeBack()
          if case .newBranch(let branch, let start) = target {
            try git.deleteReference(branch, at: start)
          }
        }
      }.value
      throw error
    }
  }

  /// Adds a linked worktree on a new branch.
  ///
  /// Short for ``addWorktree(at:checkingOut:lockReason:signature:)``.
  public nonisolated func addWorktree(
    at path: FilePath, newBranch branch: ReferenceName, startingAt start: ObjectID,
    signature: Signature
  ) async throws -> Worktree {
    try await addWorktree(
      at: path, checkingOut: .newBranch(branch, at: start), signature: signature)
  }

  /// Removes a linked worktree if nothing in it would be lost.
  ///
  /// Its directory is renamed into `trash` (on the same file system; elsewhere it is deleted in
  /// place), so this answers at once; delete what is in there with ``deleteTrash(_:)`` when there
  /// is time. The branch stays.
  ///
  /// - Parameters:
  ///   - path: The root of the worktree.
  ///   - trash: Where the directory goes; made if it is missing.
  ///   - options: What is removed all the same.
  ///   - isExpendable: Says of a change or an untracked file that it may go: it is kept elsewhere,
  ///     or worth nothing. Ignored files are not asked about; they go.
  /// - Returns: `nil` when it is removed, else why not.
  public nonisolated func removeWorktree(
    at path: FilePath, trash: FilePath,
    _ options: WorktreeRemovalOptions = WorktreeRemovalOptions(),
    isExpendable: @Sendable (StatusEntry) -> Bool = { _ in false }
  ) async throws -> WorktreeRemovalObstacle? {
    try await transaction { git in
      let resolved = (try? RepositoryAccess.realPath(path)) ?? path
      guard let worktree = try git.worktrees().first(where: { $0.path == resolved }) else {
        return .unknown
      }
      guard worktree.name != nil else { return .mainWorktree }
      if let reason = worktree.lockReason, !options.removesLocked { return .locked(reason) }
      if worktree.exists {
        // Somebody may have removed the worktree by hand and put something else in its place.
        guard
          try RepositoryAccess.leads(worktree.path.appending(".git"), to: worktree.gitDirectory)
        else { return .unknown }
        if !options.discardsWork {
          // Their repositories are in the registration, and go with it.
          let modules = worktree.gitDirectory.appending("modules")
          guard (try? directoryNames(modules))?.isEmpty ?? true else { return .submodules }
          let changes = try git.at(worktree.path) { try $0.status() }.filter { !isExpendable($0) }
          guard changes.isEmpty else { return .changed(changes.map(\.path)) }
        }
        try discardDirectory(worktree.path, into: trash)
      }
      try WorktreeRegistration.remove(worktree.gitDirectory)
      return nil
    }
  }

  /// Removes the worktrees that a dead process left half made, with the branches made for them.
  ///
  /// They are those that ``addWorktree(at:checkingOut:lockReason:signature:)`` has locked with the
  /// reason "GitEngine: being added" and that no living process is at, in whatever container it
  /// runs. What lies in their directories goes into `trash`. A branch goes if it is still where it
  /// was made, and no other worktree has it.
  ///
  /// - Returns: What was removed.
  @discardableResult
  public nonisolated func removeLeftoverWorktrees(trash: FilePath) async throws -> [Worktree] {
    try await transaction { git in
      let leftovers = try git.leftoverWorktrees()
      for leftover in leftovers {
        let branch = WorktreeRegistration.newBranch(of: leftover.gitDirectory)
        if leftover.exists, try leftover.isOurs {
          try discardDirectory(leftover.path, into: trash)
        } else {
          try? removeEmptyDirectory(leftover.path)
        }
        try WorktreeRegistration.remove(leftover.gitDirectory)
        if let branch, try git.otherCheckout(of: branch.name, than: nil) == nil {
          try git.deleteReference(branch.name, at: branch.start)
        }
      }
      return leftovers
    }
  }

  /// Deletes what ``removeWorktree(at:trash:_:isExpendable:)`` moved into `trash`, off the cooperative pool.
  public nonisolated func deleteTrash(_ trash: FilePath) async throws {
    try await read { _ in
      guard try fileStatus(trash) != nil else { return }
      for name in try directoryNames(trash) {
        try removeTree(RepositoryPath(bytes: name).absolute(in: trash))
      }
    }
  }
}

/// Why a worktree was not removed.
public enum WorktreeRemovalObstacle: Hashable, Sendable {
  /// No worktree of this repository is registered there.
  case unknown
  /// It is the main worktree.
  case mainWorktree
  /// It is locked, with a reason that may be empty.
  case locked(String)
  /// It holds changes or untracked files, none of them ignored.
  case changed([RepositoryPath])
  /// It holds submodules, whose repositories would go with it.
  case submodules
}

/// What removing a worktree does not stop at.
public struct WorktreeRemovalOptions: Hashable, Sendable {
  /// Whether changes, untracked files and submodules go as well; **they are gone for good** when the
  /// trash is emptied.
  public var discardsWork = false
  /// Whether a locked worktree is removed.
  public var removesLocked = false

  /// The defaults: it stops at everything.
  public init() {}
}

extension Worktree {
  /// Whether the directory belongs to the registration: its `.git` leads there, or was being written
  /// for it when the process died.
  fileprivate var isOurs: Bool {
    get throws(GitError) {
      let gitFile = path.appending(".git")
      if try RepositoryAccess.leads(gitFile, to: gitDirectory) { return true }
      guard try fileStatus(gitFile)?.isRegularFile ?? false else { return false }
      let isAlone = try directoryNames(path).count == 1
      let begun = try readWholeFile(gitFile)
      return isAlone && WorktreeRegistration.gitFile(for: gitDirectory).starts(with: begun)
    }
  }
}

/// Moves a directory out of the way, or deletes it where it is when that crosses file systems.
private func discardDirectory(_ path: FilePath, into trash: FilePath) throws(GitError) {
  let name = "\(path.lastComponent?.string ?? "worktree")-\(UInt32.random(in: 0 ... .max))"
  do throws(GitError) {
    try makeDirectories(trash)
    try moveFile(path, to: trash.appending(name))
  } catch {
    // Another file system, a directory that its owner made read-only, a full disk: what is to go
    // goes where it is.
    guard error.code != .notFound else { throw error }
    try removeTree(path)
  }
}
