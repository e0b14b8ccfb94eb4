#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// The section `parallel`: how agents are run and their work is landed.
public struct ParallelConfiguration: Hashable, Sendable {
  /// How the run speaks with an agent.
  public enum AgentProtocol: String, Hashable, Sendable, CaseIterable {
    /// The commands and verdicts of little-loops.
    case littleLoops = "little-loops"
    /// One call with one prompt.
    case plain
  }

  // Workers

  /// How many issues are worked on at a time, at least 1.
  public var maxWorkers = 2
  /// Whether issues of priority P0 run alone.
  public var p0Sequential = true
  /// Where worktrees go, absolute or relative to the project root.
  public var worktreeBase: FilePath = ".worktrees"
  /// The longest an agent's step may take; `nil` for no limit.
  public var timeoutPerIssue: Duration? = .seconds(3600)
  /// The longest an agent may be silent; `nil` for no limit.
  public var idleTimeoutPerIssue: Duration?
  /// How long an agent that was told to stop may take before it is killed.
  public var timeoutKillGrace: Duration = .seconds(30)
  /// Whether the agents' output is shown while they run.
  public var streamOutput = false
  /// Untracked files that are copied into each worktree, relative to the project root.
  public var worktreeCopyFiles = [".claude/settings.local.json", ".env", ".ll/ll.local.md"]

  // Agents

  /// How the run speaks with an agent: `littleLoops` where a configuration file exists.
  public var agentProtocol = AgentProtocol.plain
  /// Whether worktrees whose issues have landed serve others.
  public var reuseWorktrees = WorktreeReuse.clean
  /// The name of the preset that says how to call the agent, if one is set.
  public var agent: String?
  /// The agent's own argument array, if one is set; never empty.
  public var agentCommand: [String]?
  /// The template of the plain protocol's prompt, if one is set.
  public var promptTemplate: String?
  /// What little-loops commands start with.
  public var commandPrefix = "/ll:"
  /// The command that checks an issue.
  public var readyCommand = "ready-issue {{issue_id}}"
  /// The command that works on an issue.
  public var manageCommand = "manage-issue {{issue_type}} {{action}} {{issue_id}}"
  /// The command that decides what an issue leaves open.
  public var decideCommand = "decide-issue {{issue_id}}"

  // Landing

  /// The branch that work lands on; `nil` to find it.
  public var baseBranch: String?
  /// The remote whose `HEAD` names the base branch.
  public var remoteName = "origin"
  /// How often an agent may try to resolve a conflict, 0 to 5.
  public var maxMergeRetries = 2
  /// Whether work that changes nothing but issue files counts as failed.
  public var requireCodeChanges = true
  /// Whether a landing may be merged into the user's uncommitted edits; else it is deferred.
  public var carryEdits = true
  /// Whether work stays on a branch of its own instead of landing.
  public var useFeatureBranches = false
  /// Whether commits may go unsigned where `commit.gpgSign` asks for signatures.
  public var unsigned = false

  /// The defaults.
  public init() {}
}

/// The key `parallel.reuse_worktrees`: what becomes of the worktree of an issue that has landed.
public enum WorktreeReuse: String, Hashable, Sendable, CaseIterable {
  /// It serves another issue, without the files that are ignored.
  case clean
  /// It serves another issue, with the files that are ignored, such as what was built.
  case keep
  /// It is removed.
  case off
}
