internal import CLibGit2

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

extension GitRepository {
  /// Adds a linked worktree on a new branch that starts at `start`.
  ///
  /// The branch and the registration are made in a transaction; the files are written outside of
  /// it, so a large checkout keeps nobody waiting. A failure or a cancellation takes back worktree,
  /// registration and branch. A kill in between leaves a worktree that is locked with the reason
  /// "GitEngine: being added".
  ///
  /// - Parameters:
  ///   - path: Where the worktree goes: missing, or an empty directory.
  ///   - branch: The new branch; an error with the code `exists` when there is one.
  ///   - start: The commit that is checked out.
  ///   - signature: Who makes the branch, for its reflog.
  public nonisolated func addWorktree(
    at path: FilePath, newBranch branch: ReferenceName, startingAt start: ObjectID,
    signature: Signature
  ) async throws -> Worktree {
    let registration = try await transaction { git in
      try git.createReference(
        branch, at: start, message: "branch: Created from \(start)", signature: signature)
      do {
        let made = try WorktreeRegistration(
          adding: path, checkingOut: branch, commonDirectory: git.commonDirectory)
        do {
          try made.copySettings(from: git)
        } catch {
          made.takeBack()
          throw error
        }
        return made
      } catch {
        _ = try? git.deleteReference(branch, at: start)
        throw error
      }
    }
    do {
      try await read(at: registration.path) { git in try git.fillWorkingTree(from: start) }
      return try await transaction { git in
        try registration.finish()
        return try Worktree(
          name: registration.name, path: registration.path,
          gitDirectory: registration.gitDirectory)
      }
    } catch {
      // A task of its own: that this one was cancelled must not keep it from tidying up.
      await Task {
        try? await transaction { git in
          registration.takeBack()
          try git.deleteReference(branch, at: start)
        }
      }.value
      throw error
    }
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
  ///   - isExpendable: Says of a change or an untracked file that it may go: it is kept elsewhere,
  ///     or worth nothing. Ignored files are not asked about; they go.
  /// - Returns: `nil` when it is removed, else why not.
  public nonisolated func removeWorktree(
    at path: FilePath, trash: FilePath,
    isExpendable: @Sendable (StatusEntry) -> Bool = { _ in false }
  ) async throws -> WorktreeRemovalObstacle? {
    try await transaction { git in
      let resolved = (try? RepositoryAccess.realPath(path)) ?? path
      guard let worktree = try git.worktrees().first(where: { $0.path == resolved }) else {
        return .unknown
      }
      guard worktree.name != nil else { return .mainWorktree }
      if let reason = worktree.lockReason { return .locked(reason) }
      if worktree.exists {
        // Somebody may have removed the worktree by hand and put something else in its place.
        guard
          try RepositoryAccess.leads(worktree.path.appending(".git"), to: worktree.gitDirectory)
        else { return .unknown }
        let changes = try git.at(worktree.path) { try $0.status() }.filter { !isExpendable($0) }
        guard changes.isEmpty else { return .changed(changes.map(\.path)) }
        try discardDirectory(worktree.path, into: trash)
      }
      try WorktreeRegistration.remove(worktree.gitDirectory)
      return nil
    }
  }

  /// Deletes what ``removeWorktree(at:trash:isExpendable:)`` moved into `trash`, off the cooperative pool.
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
}

/// Moves a directory out of the way, or deletes it where it is when that crosses file systems.
private func discardDirectory(_ path: FilePath, into trash: FilePath) throws(GitError) {
  try makeDirectories(trash)
  let name = "\(path.lastComponent?.string ?? "worktree")-\(UInt32.random(in: 0 ... .max))"
  do throws(GitError) { try moveFile(path, to: trash.appending(name)) } catch {
    // Another file system, or a directory that its owner made read-only.
    guard error.isCrossDevice || error.isPermissionDenied else { throw error }
    try removeTree(path)
  }
}
