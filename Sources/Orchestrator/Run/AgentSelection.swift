#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Chooses the agent that the configuration describes.
enum AgentSelection {
  /// The agent, or the reason why it cannot be started.
  static func agent(
    for configuration: Configuration, in root: FilePath
  ) throws -> any AgentProtocol {
    let agent = try make(configuration)
    if let problem = agent.startProblem(in: root) { throw RunRefusal.agent(problem.description) }
    return agent
  }

  private static func make(_ configuration: Configuration) throws -> any AgentProtocol {
    let parallel = configuration.parallel
    let limits = AgentLimits(
      timeout: parallel.timeoutPerIssue, idleTimeout: parallel.idleTimeoutPerIssue,
      killGrace: parallel.timeoutKillGrace)
    if parallel.agentProtocol == .littleLoops {
      if let other = parallel.agent, other != "claude" {
        throw RunRefusal.agent(
          "the little-loops protocol speaks to claude, not to '\(other)'; "
            + "set \"parallel\": {\"protocol\": \"plain\"} to run it, or remove \"agent\"")
      }
      if let command = parallel.agentCommand, command.contains(where: { $0.contains("{{") }) {
        throw RunRefusal.agent(
          "parallel.agent_command has placeholders, which the little-loops protocol does not fill: "
            + "it is the program, with arguments that go before its own")
      }
      return LittleLoopsProtocol(
        LittleLoopsSettings(
          executable: parallel.agentCommand?.first ?? "claude",
          arguments: Array(parallel.agentCommand?.dropFirst() ?? []),
          commandPrefix: parallel.commandPrefix, readyCommand: parallel.readyCommand,
          decideCommand: parallel.decideCommand, manageCommand: parallel.manageCommand,
          unknownRetries: configuration.automation.readyIssueUnknownRetries, limits: limits,
          environment: configuration.agentEnvironment))
    }
    var settings = try plainSettings(parallel, limits)
    settings.environment.merge(configuration.agentEnvironment) { preset, _ in preset }
    return PlainProtocol(settings)
  }

  private static func plainSettings(
    _ parallel: ParallelConfiguration, _ limits: AgentLimits
  ) throws -> PlainSettings {
    let template = parallel.promptTemplate ?? PlainSettings.defaultPrompt
    if let command = parallel.agentCommand {
      return PlainSettings(command: command, promptTemplate: template, limits: limits)
    }
    let name = parallel.agent ?? "claude"
    guard let preset = PlainPreset.named(name) else {
      throw RunRefusal.agent(
        "no agent is known by the name '\(name)'; known: "
          + PlainPreset.all.map(\.name).joined(separator: ", ")
          + "; for another one set \"parallel\": {\"agent_command\": [\"program\", \"argument\", …]}"
      )
    }
    return PlainSettings(preset: preset, promptTemplate: template, limits: limits)
  }
}
