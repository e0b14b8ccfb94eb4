/// The settings of the little-loops protocol.
public struct LittleLoopsSettings: Sendable, Equatable {
  /// The program of the agent.
  public var executable: String
  /// What goes before the protocol's own arguments, as where the program is only a launcher.
  public var arguments: [String]
  /// What every command starts with.
  public var commandPrefix: String
  /// The command that checks an issue.
  public var readyCommand: String
  /// The command that takes a decision that the issue asks for.
  public var decideCommand: String
  /// The command that does the work.
  public var manageCommand: String
  /// How often a check without a verdict is repeated.
  public var unknownRetries: Int
  /// The bounds of each step.
  public var limits: AgentLimits
  /// How long an agent that has said its result may take to exit.
  public var exitWait: Duration
  /// Further environment variables, such as `LL_HANDOFF_THRESHOLD`.
  public var environment: [String: String]

  /// Settings with the defaults of little-loops.
  ///
  /// The commands may contain `{{issue_id}}`, `{{issue_type}}` and `{{action}}`.
  public init(
    executable: String = "claude",
    arguments: [String] = [],
    commandPrefix: String = "/ll:",
    readyCommand: String = "ready-issue {{issue_id}}",
    decideCommand: String = "decide-issue {{issue_id}}",
    manageCommand: String = "manage-issue {{issue_type}} {{action}} {{issue_id}}",
    unknownRetries: Int = 1,
    limits: AgentLimits = AgentLimits(),
    exitWait: Duration = .seconds(60),
    environment: [String: String] = [:]
  ) {
    self.executable = executable
    self.arguments = arguments
    self.commandPrefix = commandPrefix
    self.readyCommand = readyCommand
    self.decideCommand = decideCommand
    self.manageCommand = manageCommand
    self.unknownRetries = unknownRetries
    self.limits = limits
    self.exitWait = exitWait
    self.environment = environment
  }
}

extension LittleLoopsSettings {
  /// The prompt that a command template stands for.
  func prompt(_ template: String, for task: AgentTask) -> String {
    commandPrefix
      + Template.render(
        template,
        ["issue_id": task.issueID, "issue_type": task.category, "action": task.action])
  }

  /// The step that gives the agent a prompt.
  func step(
    _ name: String, prompt: String, continuing: Bool = false, for task: AgentTask
  ) -> AgentStep {
    var arguments = arguments
    arguments += [
      "--dangerously-skip-permissions", "--verbose", "--output-format", "stream-json",
    ]
    if continuing { arguments.append("--continue") }
    arguments += ["-p", prompt.filter { $0 != "\0" }]
    var variables = [
      "CLAUDE_BASH_MAINTAIN_PROJECT_WORKING_DIR": "1",
      "DANGEROUSLY_SKIP_PERMISSIONS": "1",
      "LL_AUTOMATION": "",
      "LL_AUTOMATION_PROFILE": "",
      "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "",
    ]
    variables.merge(environment) { _, new in new }
    let command = AgentCommand(
      executable: executable, arguments: arguments,
      environment: AgentVariables.changes(for: task, extra: variables),
      workingDirectory: task.worktree, limits: limits)
    return AgentStep(name: name, command: command, format: .streamJSON, exitWait: exitWait)
  }
}
