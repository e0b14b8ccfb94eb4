internal import GitEngine

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// One thing that a clean-up does or leaves alone.
public enum CleanupStep: Hashable, Sendable {
  /// What is in the worktree of an issue whose run died is kept under a reference; it goes.
  case keepAside(issue: String, worktree: FilePath)
  /// A worktree goes in which there is nothing that is not somewhere else, perhaps with its branch.
  case removeWorktree(FilePath, branch: String?)
  /// A branch goes that the base branch contains.
  case deleteBranch(String, at: String)
  /// A worktree stays.
  case leave(FilePath, reason: String)
}

/// Finds out what there is to clean up; writes nothing.
struct CleanupPlan: Sendable {
  let project: Project
  let configuration: Configuration
  let base: BaseBranch
  let state: RepositoryState
  /// The issues of which only branch and worktree are left.
  let landed: Set<String>

  func steps(_ request: Cleanup.Request) async throws -> [CleanupStep] {
    try await project.repository.read(at: project.root) { git in
      let worktrees = try git.worktrees()
      var steps: [CleanupStep] = []
      if request.contains(.orphans) { steps += orphans(worktrees) }
      if request.contains(.worktrees) { steps += try others(worktrees, git) }
      if request.contains(.mergedBranches) { steps += try mergedBranches(worktrees, git) }
      return steps
    }
  }

  /// What runs that died left, as their journal tells it.
  private func orphans(_ worktrees: [Worktree]) -> [CleanupStep] {
    state.leftovers.compactMap { leftover in
      guard let path = leftover.worktree else { return nil }
      if !leftover.isFinished { return .keepAside(issue: leftover.issue, worktree: path) }
      if landed.contains(leftover.issue) {
        return .removeWorktree(path, branch: leftover.branch?.shortName)
      }
      guard worktrees.contains(where: { $0.path == FileTree.resolved(path) }) else { return nil }
      return .leave(path, reason: "\(leftover.issue) is finished and has not landed")
    }
  }

  /// Worktrees of ours that no leftover needs any more.
  private func others<Access>(
    _ worktrees: [Worktree], _ git: borrowing GitSession<Access>
  ) throws -> [CleanupStep] {
    let base = FileTree.resolved(project.root.pushing(configuration.parallel.worktreeBase))
    let needed = Set(state.leftovers.compactMap(\.worktree).map { FileTree.resolved($0) })
    return try worktrees.compactMap { worktree in
      let path = worktree.path
      guard worktree.name != nil, path.removingLastComponent() == base,
        path.lastComponent?.string.hasPrefix("worker-") ?? false, !needed.contains(path)
      else { return nil }
      if let reason = try reasonToLeave(worktree, git) { return .leave(path, reason: reason) }
      return .removeWorktree(path, branch: try containedBranch(of: worktree, git))
    }
  }

  /// What would be lost with a worktree, or who wants it to stay.
  private func reasonToLeave<Access>(
    _ worktree: Worktree, _ git: borrowing GitSession<Access>
  ) throws -> String? {
    if let lock = worktree.lockReason { return "it is locked\(lock.isEmpty ? "" : ": \(lock)")" }
    if case .detached(let commit) = worktree.head {
      let isKept = try git.references().contains { try git.isAncestor(commit, of: $0.target) }
      if !isKept { return "no branch has the commit \(commit.short) that is checked out there" }
    }
    guard worktree.exists else { return nil }
    let changes = try git.at(worktree.path) { try $0.status() }
    return changes.first.map { "it holds changes that are kept nowhere else, such as \($0.path)" }
  }

  /// The branch of a worktree, if we made it and the base branch contains it.
  private func containedBranch<Access>(
    of worktree: Worktree, _ git: borrowing GitSession<Access>
  ) throws -> String? {
    guard case .branch(let branch) = worktree.head, branch.shortName.hasPrefix("parallel/"),
      let tip = try git.target(of: branch), try git.isAncestor(tip, of: base.tip)
    else { return nil }
    return branch.shortName
  }

  private func mergedBranches<Access>(
    _ worktrees: [Worktree], _ git: borrowing GitSession<Access>
  ) throws -> [CleanupStep] {
    var used = Set(worktrees.compactMap(\.operation?.branch) + [base.name])
    for case .branch(let branch) in worktrees.map(\.head) { used.insert(branch) }
    used.formUnion(state.leftovers.compactMap(\.branch))
    return try git.references(under: ReferenceName.branch("feature/").text).compactMap { branch in
      guard !used.contains(branch.name), try git.isAncestor(branch.target, of: base.tip) else {
        return nil
      }
      return .deleteBranch(branch.name.shortName, at: branch.target.description)
    }
  }
}
