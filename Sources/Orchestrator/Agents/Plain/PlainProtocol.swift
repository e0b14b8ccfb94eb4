#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Works on an issue with one call of any command; its exit status is the only answer.
public struct PlainProtocol: AgentProtocol {
  private let settings: PlainSettings

  /// A protocol with these settings.
  public init(_ settings: PlainSettings) { self.settings = settings }

  /// The agent's program.
  public var executables: [String] { [settings.command.first ?? ""] }

  /// A stream of events says it; a text does not.
  public var saysModel: Bool { settings.format == .streamJSON }

  /// Calls the command with the prompt for the issue.
  public func run(_ task: AgentTask, environment: AgentEnvironment) async throws -> AgentResult {
    let prompt = Template.render(
      settings.promptTemplate,
      [
        "issue_id": task.issueID, "issue_file": task.file, "title": task.title, "body": task.body,
        "worktree": task.worktree.string,
      ])
    return try await call("agent", prompt: prompt, task: task, environment: environment)
  }

  /// Calls the command with a prompt that names the conflicts.
  public func resolveConflicts(
    _ conflict: AgentConflict, of task: AgentTask, environment: AgentEnvironment
  ) async throws -> AgentResult {
    let prompt = ConflictPrompt.text(conflict, of: task)
    return try await call("agent (conflicts)", prompt: prompt, task: task, environment: environment)
  }

  private func call(
    _ name: String, prompt: String, task: AgentTask, environment: AgentEnvironment
  ) async throws -> AgentResult {
    let step = AgentStep(
      name: name, command: settings.command(prompt: prompt, for: task), format: settings.format,
      exitWait: settings.exitWait)
    let outcome = try await step.run(environment)
    return AgentResult(
      outcome.succeeded
        ? .finished(corrections: [], concerns: []) : outcome.failure(of: name),
      steps: [AgentResult.Step(name: name, duration: outcome.duration)])
  }
}

extension PlainSettings {
  /// The command for one issue, with its placeholders filled.
  func command(prompt: String, for task: AgentTask) -> AgentCommand {
    let values = [
      "prompt": prompt, "issue_id": task.issueID, "issue_file": task.file,
      "worktree": task.worktree.string,
    ]
    let usesArgument = command.dropFirst().contains { Template.mentions("prompt", in: $0) }
    return AgentCommand(
      executable: command.first ?? "",
      // A zero byte would end an argument early.
      arguments: command.dropFirst().map { Template.render($0, values).filter { $0 != "\0" } },
      environment: AgentVariables.changes(for: task, extra: environment),
      workingDirectory: task.worktree,
      standardInput: usesArgument ? .empty : .bytes(Array(prompt.utf8)),
      limits: limits)
  }
}
