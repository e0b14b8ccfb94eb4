internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Takes one issue through its whole way: worktree, agent, verification, landing, removal.
///
/// It returns when the issue's slot is free: after its last ticket has ended.
struct IssueWorker: Sendable {
  let context: RunContext
  let issue: PlannedIssue
  let slot: Int

  func run() async -> IssueEnding {
    let clock = ContinuousClock.now
    var ending: IssueEnding
    var name = issue.id
    do {
      let workspace = try await setUp()
      name = workspace.name
      ending = await work(in: workspace)
    } catch  where error is CancellationError || (error as? GitError)?.code == .cancelled {
      ending = IssueEnding(
        report: report(.interrupted, "the run was stopped before its agent began"))
    } catch {
      ending = IssueEnding(
        report: report(.failed, "its worktree could not be made: \(error)"),
        isRepositoryFailure: true)
    }
    ending.report.seconds = seconds(since: clock)
    context.events.publish(
      .workerCompleted(
        slot: slot, issue: issue.id, workerName: name, status: ending.report.workerStatus,
        seconds: ending.report.seconds))
    return ending
  }

  private func report(_ outcome: IssueReport.Outcome, _ reason: String) -> IssueReport {
    IssueReport(id: issue.id, title: issue.issue.title, outcome: outcome, reason: reason)
  }

  // MARK: Set-up

  private func setUp() async throws -> Workspace {
    let setup = WorkspaceSetup(context: context)
    let place = try await setup.choosePlace(for: issue)
    let (events, slot, id) = (context.events, slot, issue.id)
    let (path, branch) = (place.path.string, place.branch.shortName)
    return try await context.coordinator.setUp {
      events.publish(.setupStarted(slot: slot, issue: id, worktree: path, branch: branch))
    } _: {
      let clock = ContinuousClock.now
      var base = ""
      var failure: String?
      defer {
        events.publish(
          .setupFinished(
            slot: slot, issue: id, worktree: path, branch: branch, baseID: base,
            seconds: seconds(since: clock), error: failure))
      }
      do {
        try Task.checkCancellation()
        let workspace = try await setup.make(issue, at: place)
        base = workspace.start.description
        return workspace
      } catch {
        failure = "\(error)"
        // Taken back already; only the journal still knows of it.
        try? context.journal.write(.ended, issue: id) { $0.outcome = JournalEntry.notStarted }
        throw error
      }
    }
  }

  // MARK: Agent

  private func work(in workspace: Workspace) async -> IssueEnding {
    context.events.publish(
      .workerStarted(
        slot: slot, issue: issue.id, worktree: workspace.path.string,
        branch: workspace.branch.shortName))
    let log = context.agentLog(issue.id)
    let clock = ContinuousClock.now
    let model = AgentModel()
    context.watch?.agentStarts(issue.id, in: workspace.path)
    // A protocol throws only when it was cancelled; its processes are gone then.
    let result = try? await context.agent.run(
      task(in: workspace),
      environment: context.agentEnvironment(issue.id, slot: slot, log: log, model: model))
    let agentSeconds = seconds(since: clock)
    await context.watch?.agentEnded(issue.id)
    if let failure = log.failure { context.events.publish(.notice(failure)) }
    var ending: IssueEnding
    // In a task of its own: what a stopped agent left must be kept all the same.
    switch await Task(operation: { await conclude(result?.outcome, workspace) }).value {
    case .ended(let how): ending = how
    // In this task: an agent that works on conflicts can be stopped.
    case .finished(let work): ending = await WorkLanding(context: context).land(work)
    }
    ending.report.log = log.path.string
    ending.report.agentSeconds += agentSeconds
    ending.report.model = context.showsModel ? model.name : nil
    if case .finished(let corrections, let concerns) = result?.outcome {
      (ending.report.corrections, ending.report.concerns) = (corrections, concerns)
    }
    return ending
  }

  private func task(in workspace: Workspace) -> AgentTask {
    AgentTask(
      issueID: issue.id, category: issue.issue.category.key, action: issue.issue.category.action,
      file: issue.issue.file.description, title: issue.issue.title,
      body: String(decoding: issue.issue.text, as: UTF8.self), worktree: workspace.path,
      runID: context.runID, decisionNeeded: issue.issue.decisionNeeded)
  }

  /// What is to be done when the agent has ended.
  private enum Conclusion {
    case ended(IssueEnding)
    case finished(FinishedWork)
  }

  /// What to do with the worktree, by what came of the agent; `nil` when it was stopped.
  private func conclude(
    _ outcome: AgentResult.Outcome?, _ workspace: Workspace
  ) async -> Conclusion {
    func abandon(
      _ findings: AgentWork.Findings, _ outcome: IssueReport.Outcome, _ reason: String,
      keep place: AgentWork.SavePlace
    ) async throws -> Conclusion {
      .ended(try await self.abandon(workspace, findings, outcome, reason, keep: place))
    }
    do {
      let work = AgentWork(context: context, workspace: workspace)
      guard work.isThere else { return .ended(try await bury(workspace)) }
      let findings = try await work.look()
      switch outcome {
      case nil:
        return try await abandon(findings, .interrupted, "the run was stopped", keep: .reference)
      case .blocked(let reason):
        return try await abandon(findings, .blocked, reason, keep: .reference)
      case .failed(let reason):
        return try await abandon(findings, .failed, reason, keep: .branch)
      case .close(let reason, _):
        _ = try await work.save(findings, on: .reference)
        // What the agent changed is kept by now, as it is not landed.
        return try await finish(
          workspace, tip: workspace.start, closing: .init(reason: reason),
          keptElsewhere: Set(findings.files))
      case .finished:
        if let problem = findings.problem {
          return try await abandon(findings, .failed, problem, keep: .branch)
        }
        var (tip, hasScratch) = try await work.complete(findings)
        hasScratch = hasScratch || findings.hasScratch
        let verification = Verification(context: context, workspace: workspace)
        if try await verification.putTestsBack(after: tip) {
          (tip, hasScratch) = (try await work.complete(work.look()).tip, true)
        }
        if let problem = try await verification.problem(with: tip) {
          let rest = AgentWork.Findings(head: tip, leftovers: [])
          return try await abandon(rest, .failed, problem, keep: .branch)
        }
        return try await finish(workspace, tip: tip, mayHoldScratch: hasScratch)
      }
    } catch {
      var report = report(.failed, "\(error)")
      report.branch = workspace.branch.shortName
      report.worktree = workspace.path.string
      return .ended(IssueEnding(report: report, isRepositoryFailure: true))
    }
  }

  /// Ends an issue whose work is not landed: keeps what there is and removes the worktree.
  private func abandon(
    _ workspace: Workspace, _ findings: AgentWork.Findings, _ outcome: IssueReport.Outcome,
    _ reason: String, keep place: AgentWork.SavePlace
  ) async throws -> IssueEnding {
    var report = report(outcome, reason)
    let work = AgentWork(context: context, workspace: workspace)
    let saved = try await work.save(findings, on: place)
    let kept = Set(findings.files)
    let obstacle = try await context.removal.removeWorktree(at: workspace.path) {
      kept.contains($0) || workspace.isScratch($0)
    }
    if let obstacle {
      context.events.publish(.notice("\(issue.id): \(obstacle)"))
      report.worktree = workspace.path.string
    }
    switch place {
    case .branch:
      report.branch = workspace.branch.shortName
    case .reference:
      report.saved = saved?.text
      if obstacle == nil { try await context.removal.deleteBranch(workspace.branch) }
    }
    try context.journal.write(.ended, issue: issue.id) { entry in
      entry.outcome = outcome.rawValue
      entry.reason = reason
      entry.branch = place == .branch ? workspace.branch.text : nil
    }
    return IssueEnding(report: report)
  }

  /// Ends an issue whose agent removed its own worktree: what it committed is on the branch.
  private func bury(_ workspace: Workspace) async throws -> IssueEnding {
    var report = report(.failed, "the agent removed its worktree")
    _ = try await context.removal.removeWorktree(at: workspace.path) { _ in false }
    report.branch = workspace.branch.shortName
    try context.journal.write(.ended, issue: issue.id) { entry in
      entry.outcome = report.outcome.rawValue
      entry.reason = report.reason
      entry.branch = workspace.branch.text
    }
    return IssueEnding(report: report)
  }

  /// Writes down that the work is complete, and leaves it on its branch if that is asked for.
  private func finish(
    _ workspace: Workspace, tip: ObjectID, closing: FinishedWork.Closing? = nil,
    keptElsewhere: Set<RepositoryPath> = [], mayHoldScratch: Bool = true
  ) async throws -> Conclusion {
    let finished = FinishedWork(
      title: issue.issue.title, slot: slot, workspace: workspace, tip: tip, closing: closing,
      keptElsewhere: keptElsewhere, mayHoldScratch: mayHoldScratch)
    try context.journal.write(.finished, issue: issue.id) { entry in
      entry.tip = tip.description
      entry.closing = closing?.reason
      entry.keepsBranch = context.keepsBranches ? true : nil
    }
    guard context.keepsBranches else { return .finished(finished) }
    return .ended(try await BranchFinish(context: context).finish(finished))
  }
}
