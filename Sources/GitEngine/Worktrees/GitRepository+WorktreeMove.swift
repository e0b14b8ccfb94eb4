#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

extension GitRepository {
  /// Moves a linked worktree to another directory, as `git worktree move`.
  ///
  /// Its registration keeps its name. A kill between the two steps, the renaming and the note of the
  /// new place, leaves a worktree that is registered where it was; `git worktree repair` puts that
  /// right.
  ///
  /// - Parameters:
  ///   - path: The root of the worktree.
  ///   - target: Where it goes: a path that is free, on the same file system.
  /// - Returns: The worktree at its new place.
  /// - Throws: A ``GitError``. Among the codes are `notFound` when no linked worktree is there,
  ///   `locked` when it is locked, `exists` when the target is taken, `unsupported` when it holds
  ///   submodules, whose places would be wrong then.
  public nonisolated func moveWorktree(
    at path: FilePath, to target: FilePath
  ) async throws -> Worktree {
    try await transaction { git in
      let operation = "move the worktree \(path) to \(target)"
      let resolved = (try? RepositoryAccess.realPath(path)) ?? path
      guard let worktree = try git.worktrees().first(where: { $0.path == resolved }),
        let name = worktree.name, worktree.exists,
        try RepositoryAccess.leads(worktree.path.appending(".git"), to: worktree.gitDirectory)
      else {
        throw GitError(
          .notFound, operation: operation, message: "no linked worktree is registered there")
      }
      if let reason = worktree.lockReason {
        throw GitError(
          .locked, operation: operation,
          message: reason.isEmpty ? "it is locked" : "it is locked: \(reason)")
      }
      let modules = worktree.gitDirectory.appending("modules")
      guard (try? directoryNames(modules))?.isEmpty ?? true else {
        throw GitError(.unsupported, operation: operation, message: "it holds submodules")
      }
      let parent = target.removingLastComponent()
      let place = try RepositoryAccess.realPath(parent.isEmpty ? "." : parent)
        .appending(target.lastComponent?.string ?? "")
      let note = worktree.gitDirectory.appending("gitdir")
      let side = worktree.gitDirectory.appending("gitdir.new")
      try? removeFile(side)
      try writeNewFile(side, place.appending(".git").bytes + [UInt8(ascii: "\n")])
      try moveNew(worktree.path, to: place)
      do throws(GitError) { try moveFile(side, to: note) } catch {
        try? moveNew(place, to: worktree.path)
        throw error
      }
      return try Worktree(name: name, path: place, gitDirectory: worktree.gitDirectory)
    }
  }

  /// Notes the place of a worktree that was moved without its registration, as `git worktree repair`.
  ///
  /// - Parameter path: Where the worktree is now.
  /// - Returns: Whether its registration named a place where nothing is; it names `path` now.
  @discardableResult
  public nonisolated func repairWorktree(at path: FilePath) async throws -> Bool {
    guard let place = try? RepositoryAccess.realPath(path) else { return false }
    return try await transaction { git in
      for worktree in try git.worktrees() where worktree.name != nil && !worktree.exists {
        let file = place.appending(".git")
        guard try RepositoryAccess.leads(file, to: worktree.gitDirectory) else { continue }
        let side = worktree.gitDirectory.appending("gitdir.new")
        try? removeFile(side)
        try writeNewFile(side, file.bytes + [UInt8(ascii: "\n")])
        try moveFile(side, to: worktree.gitDirectory.appending("gitdir"))
        return true
      }
      return false
    }
  }
}
