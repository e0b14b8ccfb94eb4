internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Queues finished work for its landing, waits for that ticket, and tidies up behind it.
struct WorkLanding: Sendable {
  let context: RunContext

  /// Lands some work and removes its worktree and branch if it landed.
  ///
  /// Conflicts are given to the agent, as long as it has rounds left; each ends in a landing of its
  /// own.
  func land(_ work: FinishedWork) async -> IssueEnding {
    var work = work
    var rounds = ConflictRounds(context: context)
    var result = await context.coordinator.land(job(for: work))
    while result.kind == .conflict, let next = await rounds.next(work) {
      work = next
      work.mayHoldScratch = true
      result = await context.coordinator.land(job(for: work))
    }
    let (last, played) = (work, rounds)
    // In a task of its own: what has landed is tidied up even if the run is being stopped.
    return await Task { [result] in await finish(last, result, after: played) }.value
  }

  private func finish(
    _ work: FinishedWork, _ result: MergeResult, after rounds: ConflictRounds
  ) async -> IssueEnding {
    var report = IssueReport(
      id: work.issue, title: work.title, outcome: work.outcome(of: result), reason: result.reason)
    report.commit = result.commit
    report.paths = result.paths
    report.carried = result.carried
    report.saved = result.saved ?? rounds.saved?.text
    report.agentSeconds = rounds.agentSeconds
    if rounds.count > 0 { report.log = context.agentLog(work.issue).path.string }
    if result.kind == .conflict, let problem = rounds.problem {
      report.reason = (result.reason.map { "\($0); " } ?? "") + "the last round: \(problem)"
    }
    do {
      if result.isLanded {
        try await tidyUp(work, &report)
      } else {
        report.branch = work.branch.shortName
        if FileTree.kind(of: work.worktree) != nil { report.worktree = work.worktree.string }
        // What was noted about the landing is still needed.
        guard !result.isCutOff else { return ending(report, work, result) }
        try context.journal.write(.unlanded, issue: work.issue) { entry in
          entry.outcome = result.kind.rawValue
          entry.reason = report.reason
        }
      }
    } catch {
      context.events.publish(.notice("\(work.issue): \(error)"))
    }
    return ending(report, work, result)
  }

  private func ending(
    _ report: IssueReport, _ work: FinishedWork, _ result: MergeResult
  ) -> IssueEnding {
    IssueEnding(
      report: report, work: result.isLanded ? nil : work,
      isRepositoryFailure: result.isRepositoryFailure)
  }

  private func job(for work: FinishedWork) -> MergeJob {
    let events = context.events
    let (slot, issue, branch) = (work.slot, work.issue, work.branch.shortName)
    let lander = Lander(context: context)
    return MergeJob(
      onQueue: { events.publish(.mergeQueued(slot: slot, issue: issue, branch: branch)) },
      onStart: { events.publish(.mergeStarted(slot: slot, issue: issue, branch: branch)) },
      onEnd: { result, duration in
        events.publish(
          .mergeCompleted(
            slot: slot, issue: issue, branch: branch, outcome: result.kind, commit: result.commit,
            paths: result.paths, error: result.reason, seconds: duration / .seconds(1)))
      },
      body: { await lander.land(work) })
  }

  private func tidyUp(
    _ work: FinishedWork, _ report: inout IssueReport
  ) async throws {
    if let closing = work.closing {
      report.reason = closing.reason
      context.events.publish(
        .issueClosed(issue: work.issue, file: work.file.description, reason: closing.reason))
    }
    let removal = context.removal
    if try await !WorktreeRecycling(context: context).keep(work) {
      let obstacle = try await removal.removeWorktree(
        at: work.worktree, isExpendable: work.isScratch)
      if let obstacle {
        report.worktree = work.worktree.string
        context.events.publish(.notice("\(work.issue): \(obstacle)"))
      }
    }
    if report.worktree == nil { try await removal.deleteBranch(work.branch) }
    try context.journal.write(.ended, issue: work.issue) { $0.outcome = report.outcome.rawValue }
  }
}

extension FinishedWork {
  fileprivate func outcome(of result: MergeResult) -> IssueReport.Outcome {
    switch result.kind {
    case .merged, .alreadyMerged: closing == nil ? .landed : .closed
    case .conflict: .conflict
    case .deferred: .deferred
    case .failed: .failed
    }
  }
}
