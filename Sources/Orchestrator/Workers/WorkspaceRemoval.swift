internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Takes worktrees and branches away when nothing in them is needed any more.
struct WorkspaceRemoval: Sendable {
  let repository: GitRepository
  let state: StateDirectory

  /// Removes a worktree, or says in a sentence why it is still there.
  ///
  /// - Parameter isExpendable: Says of a path that it is scratch, or kept elsewhere.
  func removeWorktree(
    at path: FilePath, isExpendable: @escaping @Sendable (RepositoryPath) -> Bool
  ) async throws -> String? {
    if WorkingDirectories.areInside(path) {
      return "the worktree \(path) stays: a process is at work in it"
    }
    let obstacle = try await repository.removeWorktree(at: path, trash: state.trash) {
      isExpendable($0.path)
    }
    switch obstacle {
    case nil, .unknown: return nil
    case .mainWorktree: return "\(path) is the main worktree"
    case .submodules: return "\(path) has submodules; remove it by hand"
    case .locked(let reason): return "the worktree \(path) stays: it is locked (\(reason))"
    case .changed(let paths):
      return "the worktree \(path) stays: it holds changes that are kept nowhere else, such as "
        + (paths.first?.description ?? "")
    }
  }

  /// Deletes one of our branches, wherever it is: the caller has kept that.
  func deleteBranch(_ branch: ReferenceName) async throws {
    try await repository.transaction { git in
      if let tip = try git.target(of: branch) { try git.deleteReference(branch, at: tip) }
    }
  }
}
