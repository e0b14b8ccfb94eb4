internal import GitEngine

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

/// Takes care of what runs before this one left unfinished, before anything else is begun.
struct Recovery: Sendable {
  let context: RunContext

  /// Ends agents that outlived their run: nobody watches them any more.
  func endAgents(_ leftovers: [RepositoryState.Leftover]) async {
    let grace = context.configuration.parallel.timeoutKillGrace
    for leftover in leftovers {
      for entry in leftover.agents {
        guard let group = entry.processGroup else { continue }
        let process = AgentProcessStart(processGroup: group, startTicks: entry.startTicks)
        _ = await process.endLeftovers(runID: entry.run, killGrace: grace)
      }
      // The run may have died between the start of an agent and the line that tells of it.
      guard let worktree = leftover.worktree else { continue }
      for run in Set(leftover.entries.map(\.run)) {
        for process in AgentProcessStart.found(inside: worktree, runID: run) {
          _ = await process.endLeftovers(runID: run, killGrace: grace)
        }
      }
    }
  }

  /// Removes worktrees that waited for an issue; one that was on its way to an issue is the issue's.
  func emptyPool(_ state: RepositoryState) async {
    for leftover in state.leftovers {
      guard let path = leftover.worktree else { continue }
      do { try await context.repository.repairWorktree(at: path) } catch {
        context.events.publish(.notice("\(leftover.issue): \(error)"))
      }
    }
    await WorktreeRecycling(context: context).remove(state.pooled)
  }

  /// Ends rounds on conflicts that were going on: a good resolution counts, else the worktree becomes
  /// what it was before.
  func endRounds(_ leftovers: [RepositoryState.Leftover]) async {
    for leftover in leftovers {
      guard let base = leftover.round, let tip = leftover.tip else { continue }
      do {
        guard let workspace = try await WorkspaceSetup(context: context).recover(leftover),
          FileTree.kind(of: workspace.path) != nil
        else { continue }
        let work = FinishedWork(title: leftover.title, slot: 1, workspace: workspace, tip: tip)
        let ground = ConflictGround(context: context, work: work)
        let end =
          switch try await ground.end(base: base, shown: nil, problem: nil) {
          case .resolved: "the conflict is resolved"
          case .unresolved(let why, let kept):
            "\(why); " + (kept.map { "what was in the worktree is kept as \($0)" } ?? "undone")
          }
        context.events.publish(
          .notice(
            "\(leftover.issue): the last run died while its agent resolved a conflict: \(end)"))
      } catch {
        context.events.publish(
          .notice("\(leftover.issue): its worktree could not be put right: \(error)"))
      }
    }
  }

  /// Keeps what is in the worktrees of issues under references and removes the worktrees and
  /// branches; the issues can run again.
  ///
  /// - Returns: What could not be saved, with the reason; it must stay as it is.
  @discardableResult
  func keepAside(
    _ leftovers: [RepositoryState.Leftover]
  ) async -> [(leftover: RepositoryState.Leftover, reason: String)] {
    var failures: [(leftover: RepositoryState.Leftover, reason: String)] = []
    for leftover in leftovers {
      do { try await save(leftover) } catch {
        let reason = "what the last run left could not be saved: \(error)"
        context.events.publish(.notice("\(leftover.issue): \(reason)"))
        failures.append((leftover, reason))
      }
    }
    return failures
  }

  /// Does the last steps for an issue whose work stays on its branch.
  ///
  /// - Returns: Why that cannot be done; `nil` when it is.
  func finishBranch(_ leftover: RepositoryState.Leftover) async -> String? {
    do {
      guard let workspace = try await WorkspaceSetup(context: context).recover(leftover),
        let tip = leftover.tip
      else { return "the journal does not say where its work is" }
      // Only the run that died changed the branch.
      try await context.repository.transaction { try $0.removeLock(leftOn: workspace.branch) }
      let work = FinishedWork(
        title: leftover.title, slot: 1, workspace: workspace, tip: tip,
        closing: leftover.closing.map { FinishedWork.Closing(reason: $0) })
      _ = try await BranchFinish(context: context).finish(work)
      return nil
    } catch {
      return "its branch could not be completed: \(error)"
    }
  }

  /// Finished work whose landing was published before its run died: only tidying up is left.
  static func landed(
    _ state: RepositoryState, on base: ReferenceName, in repository: GitRepository
  ) async throws -> Set<String> {
    try await repository.read { git in
      guard let tip = try git.target(of: base) else { return [] }
      var landed: Set<String> = []
      for leftover in state.leftovers where leftover.isFinished {
        guard let commit = leftover.publishing?.landing?.new, try git.isAncestor(commit, of: tip)
        else { continue }
        // What somebody added to the branch since then is to be landed like any other work.
        let branch = try leftover.branch.flatMap { try git.target(of: $0) }
        let hasMore = try branch.map { try !git.isAncestor($0, of: tip) } ?? false
        if !hasMore || leftover.closing != nil { landed.insert(leftover.issue) }
      }
      return landed
    }
  }

  private func save(_ leftover: RepositoryState.Leftover) async throws {
    let setup = WorkspaceSetup(context: context)
    guard let workspace = try await setup.recover(leftover) else { return }
    try await context.repository.transaction { try $0.removeLock(leftOn: workspace.branch) }
    let worktree = try await context.repository.read { git in
      try git.worktrees().first { $0.path == workspace.path }
    }
    let work = AgentWork(context: context, workspace: workspace)
    var kept: Set<RepositoryPath>?
    var saved: ReferenceName?
    if let worktree, Self.isBeingMade(worktree) {
      // No agent has been there yet, and half of its files may be missing.
      try await context.repository.removeLeftoverWorktrees(trash: context.state.trash)
    } else if let worktree, worktree.exists {
      let findings = try await work.look()
      saved = try await work.save(findings, on: .reference)
      kept = Set(findings.files)
    } else {
      saved = try await work.saveCommits()
    }
    let obstacle = try await context.removal.removeWorktree(at: workspace.path) { [kept] path in
      kept?.contains(path) ?? true || workspace.isScratch(path)
    }
    if let obstacle {
      context.events.publish(.notice("\(leftover.issue): \(obstacle)"))
      return
    }
    // Of one that was only just begun there may be an empty directory.
    _ = workspace.path.withPlatformString { rmdir($0) }
    if let saved {
      context.events.publish(
        .notice("\(leftover.issue): what its stopped agent left is kept as \(saved)"))
    }
    try await context.removal.deleteBranch(workspace.branch)
    try context.journal.write(.ended, issue: leftover.issue) { entry in
      entry.outcome = JournalEntry.saved
    }
  }

  /// Whether the engine was stopped while it made the worktree; it locks it for that long.
  private static func isBeingMade(_ worktree: Worktree) -> Bool {
    worktree.lockReason?.hasPrefix("GitEngine: ") ?? false
  }
}
