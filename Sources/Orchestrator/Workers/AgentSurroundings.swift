internal import Synchronization

extension RunContext {
  /// What an issue's agent needs from its surroundings, with everything that it prints in `log`.
  func agentEnvironment(
    _ issue: String, slot: Int, log: AgentLog, model: AgentModel
  ) -> AgentEnvironment {
    let context = self
    return AgentEnvironment(
      log: log, groups: agentGroups, pool: agentPool,
      onStart: { start in
        // Not being able to write it down is no reason to stop an agent that runs.
        try? context.journal.write(.agentStarted, issue: issue) { entry in
          entry.processGroup = start.processGroup
          entry.startTicks = start.startTicks
        }
      },
      onText: { context.onAgentText?(slot, issue, $0) },
      onRest: { context.events.publish(.notice("\(issue): \($0)")) },
      onModel: { name in
        guard model.take(name), context.showsModel else { return }
        context.events.publish(.notice("\(issue): the agent's model is \(name)"))
      })
  }

  /// The log of an issue's agent in this run.
  func agentLog(_ issue: String) -> AgentLog {
    AgentLog(directory: state.logs(run: runID), issue: issue)
  }
}

/// The model that an issue's agent uses, as its sessions say.
final class AgentModel: Sendable {
  private let last = Mutex<String?>(nil)

  var name: String? { last.withLock { $0 } }

  /// Takes a name in; false if it is known.
  func take(_ name: String) -> Bool {
    last.withLock { last in
      defer { last = name }
      return last != name
    }
  }
}
