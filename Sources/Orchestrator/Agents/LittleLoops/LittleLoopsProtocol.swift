#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Works on an issue as little-loops does: check it, decide what it leaves open, do the work.
public struct LittleLoopsProtocol: AgentProtocol {
  private let settings: LittleLoopsSettings

  /// A protocol with these settings.
  public init(_ settings: LittleLoopsSettings = LittleLoopsSettings()) { self.settings = settings }

  /// The agent's program.
  public var executables: [String] { [settings.executable] }

  /// The stream of events says it.
  public var saysModel: Bool { true }

  /// Checks the issue and, if it is ready, has the work done.
  public func run(_ task: AgentTask, environment: AgentEnvironment) async throws -> AgentResult {
    var session = Session(settings: settings, task: task, environment: environment)
    let outcome = try await session.run()
    return AgentResult(outcome, steps: session.steps)
  }

  /// Gives the agent one round with a prompt that names the files.
  public func resolveConflicts(
    _ conflict: AgentConflict, of task: AgentTask, environment: AgentEnvironment
  ) async throws -> AgentResult {
    var session = Session(settings: settings, task: task, environment: environment)
    let prompt = ConflictPrompt.text(conflict, of: task)
    let outcome = try await session.call("resolve-conflicts", prompt: prompt)
    return AgentResult(
      outcome.succeeded
        ? .finished(corrections: [], concerns: []) : outcome.failure(of: "resolve-conflicts"),
      steps: session.steps)
  }
}

/// The calls that are made for one issue, in order.
private struct Session {
  let settings: LittleLoopsSettings
  let task: AgentTask
  let environment: AgentEnvironment
  private(set) var steps: [AgentResult.Step] = []

  init(settings: LittleLoopsSettings, task: AgentTask, environment: AgentEnvironment) {
    self.settings = settings
    self.task = task
    self.environment = environment
  }

  mutating func run() async throws -> AgentResult.Outcome {
    let name = "ready-issue"
    let prompt = settings.prompt(settings.readyCommand, for: task)
    var attempt = 0
    while true {
      let outcome = try await call(name, prompt: prompt)
      guard outcome.succeeded else { return outcome.failure(of: name) }
      let verdict = Verdict(parsing: outcome.text)
      environment.log.note("\(name): verdict \(verdict.kind.rawValue)")
      guard verdict.kind == .unknown else { return try await act(on: verdict) }
      guard attempt < settings.unknownRetries else {
        return .failed(reason: Self.unknown(outcome, attempts: attempt + 1))
      }
      attempt += 1
    }
  }

  private mutating func act(on verdict: Verdict) async throws -> AgentResult.Outcome {
    switch verdict.kind {
    case .ready, .corrected:
      if let obstacle = try await decide() { return obstacle }
      return try await manage(verdict)
    case .close:
      return .close(
        reason: verdict.closeReason ?? "ready-issue found nothing to do",
        status: verdict.closeStatus ?? "")
    case .blocked:
      return .blocked(
        reason: verdict.concerns.isEmpty
          ? "ready-issue found the issue blocked" : verdict.concerns.joined(separator: "; "))
    case .notReady, .needsReview, .unknown:
      let concerns =
        verdict.concerns.isEmpty
        ? ", and named no concern" : ":\n" + verdict.concerns.joined(separator: "\n")
      return .failed(
        reason: "ready-issue found \(task.issueID) \(verdict.kind.rawValue.lowercased())\(concerns)"
      )
    }
  }

  /// Has an open decision taken; if that fails, the work may still succeed.
  ///
  /// - Returns: How the issue ends if it goes no further.
  private mutating func decide() async throws -> AgentResult.Outcome? {
    guard task.decisionNeeded else { return nil }
    let name = "decide-issue"
    let outcome = try await call(name, prompt: settings.prompt(settings.decideCommand, for: task))
    if outcome.limit != nil { return outcome.failure(of: name) }
    if !outcome.succeeded { environment.log.note("\(name) failed; going on without it") }
    return nil
  }

  private mutating func manage(_ verdict: Verdict) async throws -> AgentResult.Outcome {
    let name = "manage-issue"
    let command = settings.prompt(settings.manageCommand, for: task)
    var files = HandOffFiles(worktree: task.worktree, issueFile: task.file)
    var prompt = command
    var isHandOver = false
    var used = 0
    // The last session that worked: one that only hands over says nothing of the work.
    var work: AgentStep.Outcome?
    while true {
      let outcome = try await call(name, prompt: prompt, continuing: isHandOver)
      if !isHandOver { work = outcome }
      let ending = files.ending(of: outcome, wasHandOver: isHandOver)
      let next: Continuation =
        outcome.limit == nil
        ? .next(after: ending, used: used, command: command, lastText: (work ?? outcome).text)
        : .done
      switch next {
      case .done:
        let last = outcome.limit == nil ? work ?? outcome : outcome
        return last.succeeded
          ? .finished(corrections: verdict.corrections, concerns: verdict.concerns)
          : last.failure(of: name)
      case .stuck(let reason):
        return .failed(reason: "\(name) did not finish: \(reason)")
      case .fresh(let text): (prompt, isHandOver) = (text, false)
      case .handOver:
        (prompt, isHandOver) = (settings.commandPrefix + Continuation.handOverCommand, true)
      case .resume: (prompt, isHandOver) = (command + " --resume", false)
      }
      files.beginSession()
      used += 1
      environment.log.note("\(name): further session \(used) of \(Continuation.limit)")
    }
  }

  mutating func call(
    _ name: String, prompt: String, continuing: Bool = false
  ) async throws -> AgentStep.Outcome {
    let step = settings.step(name, prompt: prompt, continuing: continuing, for: task)
    let outcome = try await step.run(environment)
    steps.append(AgentResult.Step(name: name, duration: outcome.duration))
    try Task.checkCancellation()
    return outcome
  }

  private static func unknown(_ outcome: AgentStep.Outcome, attempts: Int) -> String {
    let said =
      outcome.lastLines.isEmpty
      ? "it printed nothing" : "it said:\n" + outcome.lastLines.joined(separator: "\n")
    return "ready-issue gave no verdict in \(attempts) attempt\(attempts == 1 ? "" : "s") "
      + "(a VERDICT section or a 'VERDICT:' line); \(said)"
  }
}
