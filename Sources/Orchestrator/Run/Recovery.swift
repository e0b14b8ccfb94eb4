internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Takes care of what runs before this one left unfinished, before anything else is begun.
struct Recovery: Sendable {
  let context: RunContext

  /// Refuses to go on where a run died in the middle of publishing.
  func refuseInterruptedLandings(_ state: RepositoryState) throws {
    for leftover in state.leftovers {
      guard let landing = leftover.publishing, let checkout = landing.checkout?.filePath,
        let staging = landing.staging?.filePath, FileTree.kind(of: staging) != nil
      else { continue }
      throw RunRefusal.interruptedLanding(issue: leftover.issue, checkout: checkout)
    }
  }

  /// Ends the agents of issues that were being worked on, keeps what is in their worktrees, and
  /// removes those; the issues can run again.
  func saveUnfinished(_ state: RepositoryState) async throws {
    for leftover in state.leftovers where !leftover.isFinished {
      for entry in leftover.agents {
        guard let group = entry.processGroup else { continue }
        let process = AgentProcessStart(processGroup: group, startTicks: entry.startTicks)
        _ = await process.endLeftovers(
          runID: entry.run, killGrace: context.configuration.parallel.timeoutKillGrace)
      }
      do { try await save(leftover) } catch {
        context.events.publish(
          .notice("\(leftover.issue): what the last run left could not be saved: \(error)"))
      }
    }
  }

  private func save(_ leftover: RepositoryState.Leftover) async throws {
    let setup = WorkspaceSetup(context: context)
    guard let workspace = try await setup.recover(leftover) else { return }
    let work = AgentWork(context: context, workspace: workspace)
    let isRegistered = try await context.repository.read { git in
      try git.worktrees().contains { $0.path == workspace.path && $0.exists }
    }
    if isRegistered, FileTree.kind(of: workspace.path) != nil {
      let findings = try await work.look()
      let saved = try await work.save(findings, on: .reference)
      let kept = Set(findings.files)
      let obstacle = try await context.removal.removeWorktree(at: workspace.path) {
        kept.contains($0) || workspace.isScratch($0)
      }
      if let obstacle {
        context.events.publish(.notice("\(leftover.issue): \(obstacle)"))
        return
      }
      if let saved {
        context.events.publish(
          .notice("\(leftover.issue): what its stopped agent left is kept as \(saved)"))
      }
    }
    try await context.removal.deleteBranch(workspace.branch)
    try context.journal.write(.ended, issue: leftover.issue) { $0.outcome = "saved" }
  }
}
