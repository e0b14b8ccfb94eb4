internal import GitEngine

/// Gives an agent the conflicts of its work, round by round.
///
/// Between two landings of one issue: the gate is open meanwhile, the slot stays with the issue. Every
/// round ends in a new landing: of the resolution if it is good, else of the work as it was, which may
/// by then merge cleanly all the same.
struct ConflictRounds: Sendable {
  let context: RunContext
  private(set) var count = 0
  /// How long the agent worked, in seconds.
  private(set) var agentSeconds = 0.0
  /// Why the last round brought nothing.
  private(set) var problem: String?
  /// What rounds that brought nothing left.
  private(set) var saved: ReferenceName?
  /// Set when the worktree could not be put right again.
  private var isOver = false

  init(context: RunContext) { self.context = context }

  private var limit: Int { context.configuration.parallel.maxMergeRetries }

  /// Has one round played, if there is one left.
  ///
  /// - Returns: The work to land next; `nil` when there is nothing more to try.
  mutating func next(_ work: FinishedWork) async -> FinishedWork? {
    guard count < limit, !isOver, work.closing == nil, !context.stop.isSet else { return nil }
    let ground = ConflictGround(context: context, work: work)
    count += 1
    do {
      guard let conflict = try await begin(ground) else { return isOver ? nil : work }
      context.events.publish(
        .notice(
          "\(work.issue): the agent gets its conflict with \(context.base.shortName), "
            + "round \(count) of \(limit)"))
      let outcome = await askAgent(conflict, work)
      // In a task of its own: what a stopped agent left must be kept all the same.
      let ending = try await Task { try await ground.end(conflict, outcome) }.value
      return take(ending, work)
    } catch {
      problem = "\(error)"
      isOver = true
      return nil
    }
  }

  /// Puts the conflict into the worktree; `nil` when there is none any more, or nobody can be asked.
  private mutating func begin(_ ground: ConflictGround) async throws -> ConflictGround.Conflict? {
    switch try await Task(operation: { try await ground.begin() }).value {
    case .begun(let conflict): return conflict
    case .gone: return nil
    case .impossible(let why):
      (problem, isOver) = (why, true)
      return nil
    }
  }

  private mutating func askAgent(
    _ conflict: ConflictGround.Conflict, _ work: FinishedWork
  ) async -> AgentResult.Outcome? {
    let log = context.agentLog(work.issue)
    let clock = ContinuousClock.now
    var question = conflict.question
    question.lastProblem = problem
    context.watch?.agentStarts(work.issue, in: work.worktree)
    // A protocol throws only when it was cancelled; its processes are gone then.
    let result = try? await context.agent.resolveConflicts(
      question, of: conflict.task,
      environment: context.agentEnvironment(
        work.issue, slot: work.slot, log: log, model: AgentModel()))
    agentSeconds += seconds(since: clock)
    await context.watch?.agentEnded(work.issue)
    return result?.outcome
  }

  private mutating func take(
    _ ending: ConflictGround.Ending, _ work: FinishedWork
  ) -> FinishedWork? {
    switch ending {
    case .resolved(let tip, let dropped):
      problem = nil
      if let dropped {
        context.events.publish(
          .notice("\(work.issue): its resolution says that it drops what was there: \(dropped)"))
      }
      var resolved = work
      resolved.tip = tip
      return resolved
    case .unresolved(let why, let kept):
      problem = why
      saved = kept ?? saved
      context.events.publish(.notice("\(work.issue): round \(count) brought nothing: \(why)"))
      if let kept {
        context.events.publish(.notice("\(work.issue): what that round left is kept as \(kept)"))
      }
      return work
    }
  }
}
