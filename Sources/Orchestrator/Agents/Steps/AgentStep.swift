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
    var duration: Duration
  }

  var name: String
  var command: AgentCommand
  var format: StepOutput.Format
  /// How long a command that has said its result may take to exit.
  var exitWait: Duration

  /// Runs the command with everything it prints going to the log.
  func run(_ environment: AgentEnvironment) async throws -> Outcome {
    environment.log.note("\(name): \(command.executable) starts")
    let collector = Collector(format: format)
    let start = ContinuousClock.now
    let exit: AgentExit
    do {
      exit = try await AgentProcess(groups: environment.groups).run(
        command, onStart: environment.onStart
      ) { lines in
        environment.log.append(lines)
        let texts = collector.take(lines)
        if let model = texts.model { environment.onModel(model) }
        for text in texts.lines { environment.onText(text) }
        return texts.isOver ? .expectExit(within: exitWait) : .goOn
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
    private let output: Mutex<StepOutput>

    init(format: StepOutput.Format) { output = Mutex(StepOutput(format: format)) }

    /// Takes lines; says what text they bring, which model they name for the first time, and whether
    /// they bring the end of the session.
    func take(_ lines: [AgentOutput]) -> (lines: [String], model: String?, isOver: Bool) {
      output.withLock { output in
        let wasOver = output.result != nil
        let known = output.model
        var texts: [String] = []
        for line in lines { texts += output.take(line) }
        let model = output.model == known ? nil : output.model
        return (texts, model, !wasOver && output.result != nil)
      }
    }

    func outcome(exit: AgentExit, duration: Duration) -> Outcome {
      output.withLock {
        Outcome(
          exit: exit, text: $0.text.text, lastLines: $0.everything.last(10), result: $0.result,
          promptTooLong: $0.promptTooLong, duration: duration)
      }
    }
  }
}

extension AgentStep.Outcome {
  /// Whether the step ended well.
  ///
  /// A session that has said a good result and then did not exit did its work.
  var succeeded: Bool {
    switch exit {
    case .exited(let status): status == 0
    case .lingered, .timedOut, .idleTimedOut: result.map { !$0.isError } ?? false
    case .signaled, .notStarted: false
    }
  }

  /// How the step ended, as the end of a sentence about it.
  var ending: String {
    switch exit {
    case .exited(let status): "exited with status \(status)"
    case .signaled(let signal): "was ended by signal \(signal)"
    case .timedOut: "was stopped: it ran longer than its time-out"
    case .idleTimedOut: "was stopped: it printed nothing for longer than its idle time-out"
    case .lingered: "was stopped: it had said its result and did not exit"
    case .notStarted(let reason): "was not started: \(reason)"
    }
  }

  /// Why the step failed, for the user: its name, its end and the last lines that it printed.
  func failure(of name: String) -> AgentResult.Outcome {
    var reason = "\(name) \(ending)"
    if case .notStarted = exit { return .failed(reason: reason) }
    if let result, result.isError, !result.message.isEmpty {
      reason += "; its result was: \(result.message.prefix(500))"
    }
    if lastLines.isEmpty {
      reason += "; it printed nothing"
    } else {
      reason += "; the last lines of its output:\n" + lastLines.joined(separator: "\n")
    }
    return .failed(reason: reason)
  }
}
