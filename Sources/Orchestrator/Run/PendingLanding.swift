internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Lands work that an earlier run finished, with whatever the user committed to it meanwhile.
struct PendingLanding: Sendable {
  let context: RunContext

  func land(_ leftover: RepositoryState.Leftover) async -> IssueEnding {
    do {
      guard let workspace = try await WorkspaceSetup(context: context).recover(leftover) else {
        return failed(leftover, "the journal does not say where its work is")
      }
      let found = try await context.repository.transaction { git in
        // Only the run that finished the work changed its branch, and that run has ended.
        try git.removeLock(leftOn: workspace.branch)
        return try git.target(of: workspace.branch)
      }
      guard let tip = found else {
        try context.journal.write(.ended, issue: leftover.issue) { $0.outcome = "gone" }
        if let commit = try await landedCommit(of: leftover) {
          var landed = ending(leftover, leftover.closing == nil ? .landed : .closed, nil)
          (landed.report.commit, landed.report.branch) = (commit.description, nil)
          landed.report.worktree = nil
          return landed
        }
        return failed(leftover, "its branch \(workspace.branch.shortName) is gone")
      }
      var kept: Set<RepositoryPath> = []
      if leftover.closing != nil {
        kept = try await keepChanges(in: workspace)
      } else if let obstacle = try await obstacle(in: workspace) {
        return ending(leftover, .deferred, obstacle)
      }
      let work = FinishedWork(
        title: leftover.title, slot: 1, workspace: workspace, tip: tip,
        closing: leftover.closing.map { FinishedWork.Closing(reason: $0) }, keptElsewhere: kept)
      return await WorkLanding(context: context).land(work)
    } catch {
      return failed(leftover, "\(error)")
    }
  }

  /// The commit that brought the work to the base branch before its run died.
  private func landedCommit(of leftover: RepositoryState.Leftover) async throws -> ObjectID? {
    guard let commit = leftover.publishing?.landing?.new else { return nil }
    let base = context.base
    return try await context.repository.read { git in
      guard let tip = try git.target(of: base), try git.isAncestor(commit, of: tip) else {
        return nil
      }
      return commit
    }
  }

  /// What the user has not finished in the worktree of a conflict.
  private func obstacle(in workspace: Workspace) async throws -> String? {
    guard FileTree.kind(of: workspace.path) != nil else { return nil }
    let findings = try await AgentWork(context: context, workspace: workspace).look()
    if let problem = findings.problem {
      return "its worktree \(workspace.path) is not ready: \(problem)"
    }
    guard let first = findings.leftovers.first else { return nil }
    return "its worktree \(workspace.path) has uncommitted changes, such as \(first); "
      + "commit them there"
  }

  /// Keeps what is in the worktree of an issue that is closed without work; returns those paths.
  private func keepChanges(in workspace: Workspace) async throws -> Set<RepositoryPath> {
    guard FileTree.kind(of: workspace.path) != nil else { return [] }
    let work = AgentWork(context: context, workspace: workspace)
    let findings = try await work.look()
    _ = try await work.save(findings, on: .reference)
    return Set(findings.files)
  }

  private func failed(_ leftover: RepositoryState.Leftover, _ reason: String) -> IssueEnding {
    ending(leftover, .failed, reason)
  }

  private func ending(
    _ leftover: RepositoryState.Leftover, _ outcome: IssueReport.Outcome, _ reason: String?
  ) -> IssueEnding {
    var report = IssueReport(
      id: leftover.issue, title: leftover.title, outcome: outcome, reason: reason)
    report.branch = leftover.branch?.shortName
    report.worktree = leftover.worktree?.string
    return IssueEnding(report: report)
  }
}
