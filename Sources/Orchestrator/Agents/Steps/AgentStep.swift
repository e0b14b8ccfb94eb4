internal import Synchronization

/// One call of an agent: a command, how its output is read, and what came of it.
struct AgentStep: Sendable {
  /// What came of a step.
  struct Outcome: Sendable {
    var exit: AgentExit
    /// The agent's text, its end if it is very long.
    var text: String
    /// The last lines of both streams.
    var lastLines: [String]
    var result: StepOutput.Result?
    var promptTooLong: Bool
    /// Set when the provider took no more work, and the step gave up on that.
    var limit: UsageLimit?
    var duration: Duration
  }

  var name: String
  var command: AgentCommand
  var format: StepOutput.Format
  /// How long a command that has said its result may take to exit.
  var exitWait: Duration

  /// Runs the command with everything it prints going to the log.
  ///
  /// When the agent's provider takes no more work, all agents of the run rest, and the command is run
  /// again in the same worktree; that is no failure. The bounds in time are those of each run.
  func run(_ environment: AgentEnvironment) async throws -> Outcome {
    var patience: Duration?
    var duration = Duration.zero
    while true {
      let turn = try await environment.pool.turn()
      var outcome = try await attempt(environment)
      duration += outcome.duration
      outcome.duration = duration
      guard let limit = outcome.limit else {
        if outcome.succeeded { environment.pool.succeeded(turn: turn) }
        return outcome
      }
      let rest = environment.pool.rest(after: limit, turn: turn)
      let left =
        (patience ?? RestPolicy.patience(isCertain: limit.isCertain)) - rest.unexplained
      guard left >= .zero else { return outcome }
      patience = left
      let text =
        "\(limit.message); the agents rest for \(rest.length.inWords), then it goes on"
      environment.log.note("\(name): \(text)")
      environment.onRest(text)
    }
  }

  private func attempt(_ environment: AgentEnvironment) async throws -> Outcome {
    environment.log.note("\(name): \(command.executable) starts")
    let collector = Collector(format: format)
    let start = ContinuousClock.now
    let exit: AgentExit
    do {
      exit = try await AgentProcess(groups: environment.groups).run(
        command, onStart: environment.onStart
      ) { lines in
        environment.log.append(lines)
        let taken = collector.take(lines)
        if let model = taken.model { environment.onModel(model) }
        for text in taken.lines { environment.onText(text) }
        return switch taken.session {
        case .goesOn: .goOn
        case .isOver: .expectExit(within: exitWait)
        case .goesOnAgain: .expectNoExit
        }
      }
    } catch {
      environment.log.note("\(name): interrupted")
      throw error
    }
    let outcome = collector.outcome(exit: exit, duration: .now - start)
    environment.log.note("\(name): \(outcome.ending)")
    return outcome
  }

  private final class Collector: Sendable {
    struct Taken {
      enum Session { case goesOn, isOver, goesOnAgain }

      /// The lines of text for people.
      var lines: [String] = []
      /// The model, where they name another one than before.
      var model: String?
      /// What some lines tell of the session: nothing new, its end, or that the end was none.
      var session = Session.goesOn
    }

    private let output: Mutex<StepOutput>

    init(format: StepOutput.Format) { output = Mutex(StepOutput(format: format)) }

    func take(_ lines: [AgentOutput]) -> Taken {
      output.withLock { output in
        let (wasOver, events) = (output.result != nil, output.eventCount)
        let known = output.model
        var taken = Taken()
        for line in lines { taken.lines += output.take(line) }
        taken.model = output.model == known ? nil : output.model
        if output.result == nil {
          taken.session = wasOver ? .goesOnAgain : .goesOn
        } else if output.eventCount > events {
          // Each event begins the wait anew: a session that talks on is not to be cut off.
          taken.session = .isOver
        }
        return taken
      }
    }

    func outcome(exit: AgentExit, duration: Duration) -> Outcome {
      output.withLock { output in
        output.finish()
        var outcome = Outcome(
          exit: exit, text: output.text.text, lastLines: output.everything.last(10),
          result: output.result, promptTooLong: output.promptTooLong, duration: duration)
        switch exit {
        case .exited, .lingered:
          outcome.limit = UsageLimit(in: output, succeeded: outcome.succeeded)
        case .signaled, .timedOut, .idleTimedOut, .notStarted: break
        }
        return outcome
      }
    }
  }
}

extension AgentStep.Outcome {
  /// Whether the step ended well.
  ///
  /// A session that has said a good result and then did not exit did its work. One whose result is
  /// an error did not, whatever its status.
  var succeeded: Bool {
    switch exit {
    case .exited(let status): status == 0 && !(result?.isError ?? false)
    case .lingered, .timedOut, .idleTimedOut: result.map { !$0.isError } ?? false
    case .signaled, .notStarted: false
    }
  }

  /// How the step ended, as the end of a sentence about it.
  var ending: String {
    switch exit {
    case .exited(0) where result?.isError == true: "ended with an error"
    case .exited(let status): "exited with status \(status)"
    case .signaled(let signal): "was ended by signal \(signal)"
    case .timedOut: "was stopped: it ran longer than its time-out"
    case .idleTimedOut: "was stopped: it printed nothing for longer than its idle time-out"
    case .lingered: "was stopped: it had said its result and did not exit"
    case .notStarted(let reason): "was not started: \(reason)"
    }
  }

  /// Why the step failed, for the user: its name, its end and the last lines that it printed.
  ///
  /// A limit is no failure of the issue, which is still to do.
  func failure(of name: String) -> AgentResult.Outcome {
    if let limit { return .blocked(reason: "\(name) got no answer but: \(limit.message)") }
    var reason = "\(name) \(ending)"
    if case .notStarted = exit { return .failed(reason: reason) }
    if let result, result.isError, !result.message.isEmpty {
      reason += "; its result was: \(result.message.prefix(500))"
    }
    if lastLines.isEmpty {
      reason += "; it printed nothing"
    } else {
      reason += "\nthe last lines of its output:\n" + lastLines.joined(separator: "\n")
    }
    return .failed(reason: reason)
  }
}

extension Duration {
  /// "45 s", "5 min", "2 h 3 min".
  var inWords: String {
    let seconds = Int((self / .seconds(1)).rounded(.up))
    if seconds < 120 { return "\(seconds) s" }
    let minutes = (seconds + 59) / 60
    return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}
