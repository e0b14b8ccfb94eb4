internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// The loop of one run: what is left from before, then issues while slots are free, then once more
/// what had to wait for the user's checkout.
struct RunLoop {
  private let plan: RunPlan
  private let context: RunContext
  private let onIssue: Orchestrator.IssueListener?
  private var dispatcher: Dispatcher
  private var reports: [String: IssueReport] = [:]
  private var deferred: [FinishedWork] = []
  private var repositoryFailures = 0
  private let clock = ContinuousClock.now

  /// So many failures of the repository in a row end the run.
  private static let failureLimit = 3

  init(_ plan: RunPlan, _ context: RunContext, onIssue: Orchestrator.IssueListener? = nil) {
    self.onIssue = onIssue
    self.plan = plan
    self.context = context
    dispatcher = Dispatcher(
      plan.issues.map(\.issue), dependencies: plan.dependencies,
      overlaps: plan.options.overlaps == .serialize ? plan.overlaps : .none,
      workers: plan.configuration.parallel.maxWorkers,
      p0RunsAlone: plan.configuration.parallel.p0Sequential)
  }

  mutating func run() async throws -> RunSummary {
    let housekeeping = Housekeeping(context: context)
    let recovery = Recovery(context: context)
    try housekeeping.prepare()
    try context.journal.write(.runStarted) { entry in
      entry.base = context.base.text
      entry.selection = plan.choice.recorded
    }
    context.events.publish(
      .runStarted(
        baseBranch: context.base.shortName, baseID: plan.base.tip.description,
        workers: plan.configuration.parallel.maxWorkers, issues: plan.issues.map(\.id)))
    for notice in plan.notices { context.events.publish(.notice(notice)) }
    try await takeCareOfEarlierWork(recovery)
    reportHeld(plan.dependencies)
    await context.watch?.begin()
    await workThroughQueue()
    await retryDeferred()
    return await finish(housekeeping)
  }

  // MARK: Work of earlier runs

  private mutating func takeCareOfEarlierWork(_ recovery: Recovery) async throws {
    await recovery.endAgents(plan.leftovers.leftovers)
    await recovery.emptyPool(plan.leftovers)
    await recovery.endRounds(plan.leftovers.leftovers)
    let landed = try await Recovery.landed(
      plan.leftovers, on: context.base, in: context.repository)
    for report in plan.choice.reports { reports[report.id] = report }
    for leftover in plan.leftovers.leftovers where leftover.isFinished {
      // What was asked for was done but for the last steps.
      if leftover.keepsBranch, let reason = await recovery.finishBranch(leftover) {
        var report = IssueReport(pending: leftover)
        (report.outcome, report.reason) = (.failed, reason)
        reports[leftover.issue] = report
      }
      if landed.contains(leftover.issue) { await land(leftover) }
    }
    if plan.options.earlierWork.unfinished == .startOver {
      await keepAside(plan.leftovers.leftovers.filter { !$0.isFinished }, recovery)
    }
    for issue in plan.choice.merged { await Lander(context: context).markAsDone(issue) }
    if plan.options.earlierWork.finished == .land {
      for leftover in plan.leftovers.leftovers
      where leftover.isFinished && !leftover.keepsBranch && !landed.contains(leftover.issue) {
        await land(leftover)
      }
    }
    if !context.stop.isSet { await keepAside(plan.choice.startOver, recovery) }
  }

  /// Keeps what is left of issues that are to run again; one of which that fails does not run.
  private mutating func keepAside(
    _ leftovers: [RepositoryState.Leftover], _ recovery: Recovery
  ) async {
    for (leftover, reason) in await recovery.keepAside(leftovers) {
      guard let id = IssueID(leftover.issue), dispatcher.remove(id) != nil else { continue }
      var report = IssueReport(pending: leftover)
      (report.outcome, report.reason) = (.failed, reason)
      take(IssueEnding(report: report, isRepositoryFailure: true), id: id)
    }
  }

  /// Lands finished work; if the run has been stopped meanwhile, says that it is still there.
  private mutating func land(_ leftover: RepositoryState.Leftover) async {
    guard !context.stop.isSet else {
      reports[leftover.issue] = IssueReport(pending: leftover)
      return
    }
    let clock = ContinuousClock.now
    var ending = await PendingLanding(context: context).land(leftover)
    ending.report.seconds = seconds(since: clock)
    take(ending, id: IssueID(leftover.issue))
  }

  // MARK: Issues

  private mutating func workThroughQueue() async {
    await withTaskGroup(of: (IssueID, IssueEnding).self) { group in
      startAll(in: &group)
      while let (id, ending) = await group.next() {
        take(ending, id: id)
        startAll(in: &group)
      }
    }
  }

  private mutating func startAll(in group: inout TaskGroup<(IssueID, IssueEnding)>) {
    if context.stop.isSet { dispatcher.stop() }
    var workers: [IssueWorker] = []
    while let (issue, slot) = dispatcher.next() {
      guard let planned = plan.issues.first(where: { $0.issue.id == issue.id }) else { continue }
      workers.append(IssueWorker(context: context, issue: planned, slot: slot))
    }
    // Before the workers say anything themselves: the order of events is the same each time.
    publishCounts()
    for worker in workers { group.addTask { (worker.issue.issue.id, await worker.run()) } }
  }

  /// Takes in how an issue ended; `id` frees its slot.
  private mutating func take(_ ending: IssueEnding, id: IssueID?) {
    let report = ending.report
    reports[report.id] = report
    onIssue?(report)
    if report.outcome == .deferred, let work = ending.work { deferred.append(work) }
    // Work on a branch of its own is not there yet for those who wait for it.
    let landed = report.outcome.isDone && !ending.staysOnBranch
    if let id { hold(dispatcher.end(id, landed: landed)) }
    repositoryFailures = ending.isRepositoryFailure ? repositoryFailures + 1 : 0
    if repositoryFailures >= Self.failureLimit {
      context.stop.set(
        "\(Self.failureLimit) failures of the repository in a row, the last: "
          + (report.reason ?? "unknown"))
    }
  }

  private mutating func reportHeld(_ plan: DependencyPlan) {
    hold(
      plan.states.compactMapValues { state in
        if case .held(let hold) = state { hold } else { nil }
      })
  }

  private mutating func hold(_ holds: [IssueID: DependencyPlan.Hold]) {
    for (id, hold) in holds {
      _ = dispatcher.remove(id)
      let title = plan.issues.first { $0.issue.id == id }?.issue.title ?? ""
      reports[id.description] = IssueReport(
        id: id.description, title: title, outcome: .held, reason: hold.phrase)
    }
  }

  /// Tries once more what the user's checkout was in the way of.
  private mutating func retryDeferred() async {
    for work in deferred where !context.stop.isSet {
      let ending = await WorkLanding(context: context).land(work)
      var report = ending.report
      if let first = reports[work.issue] {
        report.log = first.log
        report.agentSeconds += first.agentSeconds
        report.seconds = first.seconds
        (report.corrections, report.concerns) = (first.corrections, first.concerns)
      }
      reports[work.issue] = report
      onIssue?(report)
    }
    publishCounts()
  }

  private func publishCounts() {
    let counts = RunCounts(reports.values.map(\.outcome))
    context.events.publish(
      .queueChanged(
        pending: dispatcher.pendingCount, active: dispatcher.activeCount,
        completed: counts.landed + counts.closed + counts.finished,
        failed: counts.failed + counts.deferred,
        skipped: counts.blocked + counts.interrupted))
  }

  // MARK: End

  private func finish(_ housekeeping: Housekeeping) async -> RunSummary {
    let recycling = WorktreeRecycling(context: context)
    // In a task of its own: a cancellation that ended the run must not end this.
    await Task { await recycling.removeAll() }.value
    var reports = reports
    for issue in dispatcher.waiting where reports[issue.id.description] == nil {
      reports[issue.id.description] = IssueReport(
        id: issue.id.description, title: issue.title, outcome: .held,
        reason: context.stop.why.map { "not begun: \($0)" } ?? "it was not begun")
    }
    var summary = RunSummary(
      runID: context.runID, baseBranch: context.base.shortName, issues: ordered(reports),
      leftOut: plan.notSelected, problems: plan.problems, stopReason: context.stop.why,
      wasInterrupted: Task.isCancelled, interruptionExitCode: context.stop.exitCode, seconds: 0,
      logs: context.state.logs(run: context.runID).string)
    summary.leaks = await context.watch?.end() ?? []
    let obsolete = plan.obsolete
    let cleaning = await Task { await housekeeping.finish(forgetting: obsolete) }.value
    for problem in cleaning { context.events.publish(.notice(problem)) }
    summary.seconds = seconds(since: clock)
    context.events.publish(
      .runFinished(
        counts: summary.counts, seconds: summary.seconds, exitCode: summary.exitCode))
    return summary
  }

  /// Selected issues in their order, with those of earlier runs before them.
  private func ordered(_ reports: [String: IssueReport]) -> [IssueReport] {
    let order = plan.issues.map(\.id)
    let earlier = reports.keys.filter { !order.contains($0) }.sorted()
    return (earlier + order).compactMap { reports[$0] }
  }
}
