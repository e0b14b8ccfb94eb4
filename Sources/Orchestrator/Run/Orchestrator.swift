internal import GitEngine

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// Carries out one run: holds the repository's run lock, works through the plan, reports.
public struct Orchestrator: Sendable {
  private let plan: RunPlan
  private let coordinator: any MergeCoordination
  private let listeners: [RunEvents.Listener]
  private let onAgentText: AgentTextListener?
  private let pool: AgentPool
  private let ownFiles: [FilePath]
  private let onIssue: IssueListener?
  private let stop = StopFlag()
  /// The agents' processes, for an immediate end.
  public let agents = AgentProcessGroups()

  /// Called with the slot, the issue and a line of its agent's text.
  public typealias AgentTextListener = @Sendable (Int, String, String) -> Void

  /// Called with what became of an issue, once for each time that it ends: a deferred landing that is
  /// tried again ends twice.
  public typealias IssueListener = @Sendable (IssueReport) -> Void

  /// A run that has not begun.
  ///
  /// - Parameters:
  ///   - plan: What is to be done.
  ///   - coordinator: Keeps set-ups and landings apart.
  ///   - listeners: Hear of every event.
  ///   - onAgentText: Hears what the agents say.
  ///   - onIssue: Hears how each issue ended.
  ///   - pool: Holds the agents back while their provider takes no more work.
  ///   - ownFiles: Files that the listeners write, absolute: in the checkout they are nobody's leak.
  public init(
    _ plan: RunPlan, coordinator: any MergeCoordination = MergeCoordinator(),
    listeners: [RunEvents.Listener] = [], onAgentText: AgentTextListener? = nil,
    onIssue: IssueListener? = nil, pool: AgentPool = AgentPool(), ownFiles: [FilePath] = []
  ) {
    self.onIssue = onIssue
    self.pool = pool
    self.ownFiles = ownFiles
    self.onAgentText = onAgentText
    self.plan = plan
    self.coordinator = coordinator
    self.listeners = listeners
  }

  /// Runs the plan.
  ///
  /// Cancelling the task stops it: nothing new begins, the agents are ended, a landing that is
  /// being published is finished, what agents left is kept, and the summary says so.
  ///
  /// - Throws: ``RunRefusal`` before anything was changed, or an error of the state directory.
  public func run() async throws -> RunSummary {
    // Before anything is written, and before the lock: somebody may have to type a passphrase.
    try await plan.checkSigner()
    let runID = RunContext.newRunID()
    let lock = try RunLock.take(in: plan.project.state, runID: runID)
    let journal = try Journal(plan.project.state, run: runID)
    let repairs = try await LandingRepair(repository: plan.project.repository, journal: journal)
      .run(journal.state)
    // Another run may have ended after the planning: what counts is what is so under the lock. By
    // an old plan, an issue that just landed would land again.
    let plan = try await repairs.isEmpty ? plan.refreshed() : plan.remade()
    let (kept, problem) = keepEvents(runID)
    let context = makeContext(plan, runID, journal, listeners: kept)
    if let problem { context.events.publish(.notice(problem)) }
    for repair in repairs { context.events.publish(.notice(repair)) }
    let summary = try await withTaskCancellationHandler {
      var loop = RunLoop(plan, context, onIssue: onIssue)
      return try await loop.run()
    } onCancel: {
      stop.set("interrupted")
    }
    _ = consume lock
    return summary
  }

  /// Says which exit status the run ends with because somebody stopped it; the task that runs it is
  /// cancelled after that.
  public func willBeInterrupted(by cause: String, exitCode: Int) {
    stop.set("interrupted by \(cause)", exitCode: exitCode)
  }

  /// The listeners with one before them that keeps the events for `status` and for later.
  ///
  /// Without it the run goes on as well.
  private func keepEvents(_ runID: String) -> ([RunEvents.Listener], problem: String?) {
    let place = plan.project.state.events(run: runID)
    do {
      try FileTree.makeDirectories(place.removingLastComponent())
      let file = try EventFile(place)
      return ([{ file.append($0) }] + listeners, nil)
    } catch {
      return (listeners, "the run's events cannot be kept in \(place): \(error)")
    }
  }

  private func makeContext(
    _ plan: RunPlan, _ runID: String, _ journal: Journal, listeners: [RunEvents.Listener]
  ) -> RunContext {
    var context = RunContext(
      project: plan.project, configuration: plan.configuration, runID: runID,
      base: plan.base.name, author: plan.author, committer: plan.committer, signer: plan.signer,
      state: plan.project.state, journal: journal,
      events: RunEvents(runID: runID, listeners: listeners), coordinator: coordinator,
      agent: plan.agent, agentGroups: agents, agentPool: pool, onAgentText: onAgentText,
      showsModel: plan.options.showsModel, stop: stop)
    context.watch = CheckoutWatch(plan.project, base: plan.base.name, ownFiles: ownFiles)
    return context
  }
}
