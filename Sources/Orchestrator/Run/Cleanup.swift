internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Takes away what earlier runs left and nobody needs: never what has not landed.
public struct Cleanup: Sendable {
  /// What to clean up.
  public struct Request: OptionSet, Sendable {
    /// The bits.
    public let rawValue: Int

    /// A request by its bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Worktrees of runs that died.
    public static let orphans = Request(rawValue: 1)
    /// All other worktrees that runs made.
    public static let worktrees = Request(rawValue: 2)
    /// Branches `feature/…` that are merged into the base branch.
    public static let mergedBranches = Request(rawValue: 4)
  }

  private let project: Project
  private let configuration: Configuration
  private let request: Request

  /// A clean-up that has not begun.
  public init(_ project: Project, _ configuration: Configuration, _ request: Request) {
    (self.project, self.configuration, self.request) = (project, configuration, request)
  }

  /// Who runs in the repository right now; beside a run nothing is cleaned up.
  public var liveRun: RunLock.Holder? { RunLock.liveHolder(in: project.state) }

  /// What would be done; writes nothing.
  public func steps() async throws -> [CleanupStep] {
    let state = RepositoryState(try Journal.read(project.state))
    let found = try await RepositoryFindings.collect(project, configuration, state)
    return try await plan(found, state).steps(request)
  }

  /// Cleans up, and returns what was done.
  ///
  /// - Parameter onNotice: Hears what is said to the user on the way.
  /// - Throws: ``RunRefusal`` when a run is at work or the repository cannot be used.
  public func run(onNotice: @escaping @Sendable (String) -> Void) async throws -> [CleanupStep] {
    let runID = RunContext.newRunID()
    let lock = try RunLock.take(in: project.state, runID: runID)
    let journal = try Journal(project.state, run: runID)
    let repair = LandingRepair(repository: project.repository, journal: journal)
    for notice in try await repair.run(journal.state) {
      onNotice(notice)
    }
    let state = journal.state
    let found = try await RepositoryFindings.collect(project, configuration, state)
    let context = makeContext(runID, found, journal, onNotice)
    var done: [CleanupStep] = []
    for step in try await plan(found, state).steps(request) {
      done.append(try await carryOut(step, state, context))
    }
    for problem in await Housekeeping(context: context).finish() { onNotice(problem) }
    _ = consume lock
    return done
  }

  private func plan(
    _ found: RepositoryFindings, _ state: RepositoryState
  ) async throws -> CleanupPlan {
    let landed = try await Recovery.landed(state, on: found.base.name, in: project.repository)
    return CleanupPlan(
      project: project, configuration: configuration, base: found.base, state: state,
      landed: landed)
  }

  private func carryOut(
    _ step: CleanupStep, _ state: RepositoryState, _ context: RunContext
  ) async throws -> CleanupStep {
    switch step {
    case .keepAside(let issue, _):
      guard let leftover = state[issue] else { return step }
      let recovery = Recovery(context: context)
      await recovery.endAgents([leftover])
      await recovery.keepAside([leftover])
    case .removeWorktree(let path, let branch):
      let leftover = state.leftovers.first { $0.worktree == path }
      let scratch: Workspace? =
        if let leftover { try await WorkspaceSetup(context: context).recover(leftover) } else {
          nil
        }
      let obstacle = try await context.removal.removeWorktree(at: path) { file in
        scratch?.isScratch(file) ?? false
      }
      if let obstacle { return .leave(path, reason: obstacle) }
      if let branch { try await context.removal.deleteBranch(.branch(branch)) }
      if let leftover {
        try context.journal.write(.ended, issue: leftover.issue) { entry in
          entry.outcome = IssueReport.Outcome.landed.rawValue
        }
      }
    case .deleteBranch(let name, let tip):
      guard let tip = ObjectID(hex: tip) else { return step }
      try await context.repository.transaction { git in
        _ = try git.deleteReference(.branch(name), at: tip)
      }
    case .leave: break
    }
    return step
  }

  private func makeContext(
    _ runID: String, _ found: RepositoryFindings, _ journal: Journal,
    _ onNotice: @escaping @Sendable (String) -> Void
  ) -> RunContext {
    let listener: RunEvents.Listener = { record in
      if case .notice(let text) = record.event { onNotice(text) }
    }
    return RunContext(
      project: project, configuration: configuration, runID: runID, base: found.base.name,
      author: found.author, committer: found.committer, signer: found.signer,
      state: project.state, journal: journal,
      events: RunEvents(runID: runID, listeners: [listener]), coordinator: MergeCoordinator(),
      agent: NoAgent(), agentGroups: AgentProcessGroups(), onAgentText: nil, stop: StopFlag())
  }
}

/// A clean-up starts no agent.
private struct NoAgent: AgentProtocol {
  var executables: [String] { [] }

  func run(_ task: AgentTask, environment: AgentEnvironment) async throws -> AgentResult {
    AgentResult(.failed(reason: "there is no agent"))
  }

  func resolveConflicts(
    _ conflict: AgentConflict, of task: AgentTask, environment: AgentEnvironment
  ) async throws -> AgentResult {
    AgentResult(.failed(reason: "there is no agent"))
  }
}
