internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// The worktree in which an agent resolves a conflict: made, judged, and put right again.
struct ConflictGround: Sendable {
  let context: RunContext
  let work: FinishedWork

  /// A conflict that is in the worktree now.
  struct Conflict: Sendable {
    /// The commit of the base branch that was merged in.
    var base: ObjectID
    /// The tree that shows the conflict, with markers.
    var tree: ObjectID?
    var task: AgentTask
    var question: AgentConflict
  }

  enum Beginning {
    case begun(Conflict)
    /// The base branch has moved, and there is no conflict any more.
    case gone
    case impossible(String)
  }

  enum Ending {
    /// The commit that resolves it, and what its message says that it drops.
    case resolved(ObjectID, dropped: String?)
    /// The worktree is as before; what was in it is kept, if there was anything.
    case unresolved(String, kept: ReferenceName?)
  }

  private var agentWork: AgentWork { AgentWork(context: context, workspace: work.workspace) }

  // MARK: Beginning

  /// Merges the base branch into the worktree, as `git merge` does.
  func begin() async throws -> Beginning {
    guard agentWork.isThere else { return .impossible("its worktree is not there any more") }
    let (context, work) = (context, work)
    let found = try await context.repository.read(at: work.worktree) {
      git -> (base: ObjectID, merge: TreeMerge, report: ConflictReport)? in
      guard let base = try git.target(of: context.base) else { return nil }
      var options = MergeOptions()
      options.labels = MergeOptions.Labels(ours: "HEAD", theirs: context.base.shortName)
      options.writesConflictTree = true
      guard case .merged(let merge) = try git.mergeInDetail(base, into: work.tip, options: options),
        !merge.isClean
      else { return nil }
      let report = try ConflictReport(merge, with: base, of: work, parser: context.parser, git)
      return (base, merge, report)
    }
    guard let (base, merge, report) = found else { return .gone }
    // Written down first: a run that dies meanwhile leaves its agent and a merge in the worktree.
    try context.journal.write(.round, issue: work.issue) { $0.new = base.description }
    let started = try await context.repository.transaction(at: work.worktree) { git in
      try git.removeLocksOfDeadProcesses()
      return try git.startMerge(
        merge, of: base, into: work.tip,
        message: .merge(branch: context.base.shortName, into: work.branch.shortName))
    }
    if case .refused(let obstacles) = started {
      try context.journal.write(.finished, issue: work.issue) { $0.tip = work.tip.description }
      let first = obstacles.first.map(\.description) ?? ""
      return .impossible("the conflict cannot be shown in its worktree: \(first)")
    }
    return .begun(
      Conflict(
        base: base, tree: merge.tree, task: report.task(for: work, run: context.runID),
        question: report.question(base: context.base)))
  }

  // MARK: End

  /// Judges what is in the worktree now that the agent has ended; `nil` when it was stopped.
  func end(_ conflict: Conflict, _ outcome: AgentResult.Outcome?) async throws -> Ending {
    let problem: String? =
      switch outcome {
      case nil: "the run was stopped"
      case .finished, .close: nil
      // What the agent printed is in its log.
      case .blocked(let reason), .failed(let reason): String(reason.prefix { !$0.isNewline })
      }
    return try await end(base: conflict.base, shown: conflict.tree, problem: problem)
  }

  /// - Parameters:
  ///   - base: What was merged in.
  ///   - shown: The tree that showed the conflict, if it is known.
  ///   - problem: Why the resolution is no good, whatever it is.
  func end(base: ObjectID, shown: ObjectID?, problem: String?) async throws -> Ending {
    guard agentWork.isThere else {
      throw GitError(
        .notFound, operation: "resolve the conflict of \(work.issue)",
        message: "the agent removed its worktree")
    }
    let findings = try await agentWork.look(since: work.tip)
    if let problem = problem ?? findings.problem {
      return try await undo(findings, problem, unless: shown)
    }
    let verification = Verification(context: context, workspace: work.workspace)
    var tip = try await agentWork.complete(findings).tip
    if try await verification.putTestsBack(after: tip) {
      tip = try await agentWork.complete(agentWork.look(since: work.tip)).tip
    }
    let rest = AgentWork.Findings(head: tip, leftovers: [])
    guard tip != work.tip else {
      return try await undo(rest, "the agent ended the round without a commit")
    }
    if let problem = try await verification.problem(with: tip) {
      return try await undo(rest, problem)
    }
    let reverts = try await SilentReverts(context: context, work: work).find(base: base, in: tip)
    if let problem = reverts.problem { return try await undo(rest, problem) }
    try context.journal.write(.finished, issue: work.issue) { $0.tip = tip.description }
    return .resolved(tip, dropped: reverts.declared)
  }

  /// Keeps what there is, unless it is the conflict as it was shown, and makes the worktree again what
  /// it was before the round.
  private func undo(
    _ findings: AgentWork.Findings, _ why: String, unless shown: ObjectID? = nil
  ) async throws -> Ending {
    let kept = try await agentWork.keepRound(findings, of: work.tip, unless: shown)
    try await agentWork.restore(findings, to: work.tip)
    try context.journal.write(.finished, issue: work.issue) { $0.tip = work.tip.description }
    return .unresolved(why, kept: kept)
  }
}
