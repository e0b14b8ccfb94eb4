internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension AgentWork {
  /// Keeps what a round on a conflict left, beside the work itself.
  ///
  /// - Parameters:
  ///   - tip: The work, which its branch holds.
  ///   - shown: A tree that is worth nothing: the conflict as the agent got it.
  /// - Returns: A reference; `nil` when there was nothing.
  func keepRound(
    _ findings: Findings, of tip: ObjectID, unless shown: ObjectID?
  ) async throws -> ReferenceName? {
    let copy = self
    let found = try await snapshot(of: findings.files)
    return try await context.repository.transaction(at: workspace.path) { git in
      var snapshot = found
      if let found, let shown, try git.tree(of: found) == shown { snapshot = nil }
      var kept: ReferenceName?
      let branch = try git.target(of: copy.workspace.branch)
      let base = try git.target(of: copy.context.base)
      for commit in [snapshot ?? findings.head, branch, try git.autostash()] {
        guard let commit, try !git.isAncestor(commit, of: tip) else { continue }
        if let base, try git.isAncestor(commit, of: base) { continue }
        // What the first one holds needs no second name.
        if let first = kept, let target = try git.target(of: first),
          try git.isAncestor(commit, of: target)
        {
          continue
        }
        let name = try copy.keep(commit, git)
        kept = kept ?? name
      }
      return kept
    }
  }

  /// Makes the worktree again what it was at `tip`: on the branch, with nothing in progress.
  ///
  /// What is in it is kept elsewhere by now; ignored files and what was copied in stay.
  func restore(_ findings: Findings, to tip: ObjectID) async throws {
    let (workspace, signature) = (workspace, context.committer)
    try await context.repository.transaction(at: workspace.path) { git in
      func require(_ outcome: SwitchOutcome) throws {
        guard case .refused(let obstacles) = outcome else { return }
        throw GitError(
          .generic, operation: "put the worktree \(workspace.path) right again",
          message: obstacles.first.map(\.description) ?? "")
      }
      try git.removeLocksOfDeadProcesses()
      try git.forgetOperation()
      if try git.headBranch() != workspace.branch, let head = try git.head() {
        // Whatever branch of its own the agent was on stays where it is.
        try require(git.reset(to: head, .losingUncommittedWork, signature: signature))
        let tracked = try git.tree(of: head)
        try Self.removeUntracked(findings.files, besides: tracked, in: workspace.path, git)
        let message = "ll-parallel: the round is undone"
        if let old = try git.target(of: workspace.branch) {
          try git.updateReference(
            workspace.branch, to: tip, from: old, message: message, signature: signature)
        } else {
          try git.createReference(
            workspace.branch, at: tip, message: message, signature: signature)
        }
        try require(git.switchCheckout(to: .branch(workspace.branch), signature: signature))
      }
      try require(git.reset(to: tip, .losingUncommittedWork, signature: signature))
      try Self.removeUntracked(findings.files, besides: git.tree(of: tip), in: workspace.path, git)
    }
  }

  /// Removes files that a tree does not have, with the directories that they leave empty.
  private static func removeUntracked(
    _ files: [RepositoryPath], besides tree: ObjectID, in root: FilePath,
    _ git: borrowing GitSession<Writing>
  ) throws {
    for path in files where try git.entry(at: path, in: tree) == nil {
      FileTree.remove(path, in: root)
    }
  }
}
