/// The settings of the plain protocol: one call of one command.
public struct PlainSettings: Sendable, Equatable {
  /// The program and its arguments, which may contain `{{prompt}}`, `{{issue_id}}`,
  /// `{{issue_file}}` and `{{worktree}}`.
  ///
  /// If no argument contains `{{prompt}}`, the command reads the prompt on standard input.
  public var command: [String]
  /// Further environment variables.
  public var environment: [String: String]
  /// The prompt, with `{{issue_id}}`, `{{issue_file}}`, `{{title}}`, `{{body}}` and `{{worktree}}`.
  public var promptTemplate: String
  /// The bounds of the call.
  public var limits: AgentLimits
  /// How long an agent whose event stream has ended may take to exit.
  public var exitWait: Duration
  var format: StepOutput.Format

  /// Settings for a command of the user's.
  public init(
    command: [String], environment: [String: String] = [:],
    promptTemplate: String = PlainSettings.defaultPrompt, limits: AgentLimits = AgentLimits()
  ) {
    self.command = command
    self.environment = environment
    self.promptTemplate = promptTemplate
    self.limits = limits
    exitWait = .seconds(60)
    format = .text
  }

  /// Settings for a known agent.
  public init(
    preset: PlainPreset, promptTemplate: String = PlainSettings.defaultPrompt,
    limits: AgentLimits = AgentLimits()
  ) {
    self.init(
      command: preset.command, environment: preset.environment, promptTemplate: promptTemplate,
      limits: limits)
    format = preset.isEventStream ? .streamJSON : .text
  }

  /// The prompt that is used when the configuration has none.
  public static let defaultPrompt = """
    Implement the issue {{issue_id}}: {{title}}

    You are in a git working tree that was made for this issue alone. Work only in this directory \
    and on the branch that is checked out: do not switch branches, do not push, do not merge, and \
    do not touch other working trees. Nobody can answer questions; where the issue leaves something \
    open, choose the simplest reasonable way and say so in the commit message.

    1. Read the issue below (its file is {{issue_file}}) and the code that it is about.
    2. Make the change, complete and no larger than needed, with tests for it.
    3. Run the project's tests and fix what you broke.
    4. Commit everything that belongs to the change with a message that says why.

    Do not change the status in the issue's file; that is done when your work has landed. If you \
    cannot finish, exit with a non-zero status and say why.

    ---
    {{body}}
    """
}
