import ArgumentParser
import FoundationEssentials
import Orchestrator
import SystemPackage

/// What stands in the configuration too; a flag has precedence over the environment and the files.
struct ConfigurationOptions: ParsableArguments {
  @Option(
    name: [.customShort("C"), .customLong("config")],
    help: ArgumentHelp(
      "The project's root. (default: the current directory)", valueName: "directory"))
  var directory: String?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("How many agents run at a time.", valueName: "n"))
  var workers: Int?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Seconds that each step of an agent may take; 0 for no limit.", valueName: "s"))
  var timeout: Int?

  @Option(
    help: ArgumentHelp("Seconds that an agent may be silent; 0 for no limit.", valueName: "s"))
  var idleTimeout: Int?

  @Flag(help: "Show what the agents say while they work.")
  var streamOutput = false

  @Option(help: ArgumentHelp("Where worktrees go.", valueName: "path"))
  var worktreeBase: String?

  @Flag(
    inversion: .prefixedNo,
    help: "Leave a branch feature/… for each issue instead of landing its work.")
  var featureBranches: Bool?

  @Flag(inversion: .prefixedNo, help: "Land the issues of an epic on a branch of its own.")
  var epicBranches: Bool?

  @Flag(help: "Do not ask agents to prove first what they assume.")
  var skipLearningGate = false

  /// The project's configuration with the environment and these flags over it.
  func load(root: FilePath) throws -> Configuration {
    try Configuration.load(
      root: root, environment: ProcessInfo.processInfo.environment, flags: flags)
  }

  private var flags: [ConfigurationFlag] {
    var flags: [ConfigurationFlag] = []
    func set(_ name: String, _ key: String, _ value: ConfigurationFlag.Value?) {
      if let value { flags.append(ConfigurationFlag(name, sets: key, to: value)) }
    }
    func set(_ name: String, _ key: String, _ value: Bool?) {
      guard let value else { return }
      set(value ? "--\(name)" : "--no-\(name)", key, .bool(value))
    }
    set("--workers", "parallel.max_workers", workers.map { .integer($0) })
    set("--timeout", "parallel.timeout_per_issue", timeout.map { .integer($0) })
    set("--idle-timeout", "parallel.idle_timeout_per_issue", idleTimeout.map { .integer($0) })
    set("--worktree-base", "parallel.worktree_base", worktreeBase.map { .text($0) })
    set("stream-output", "parallel.stream_subprocess_output", streamOutput ? true : nil)
    set("feature-branches", "parallel.use_feature_branches", featureBranches)
    set("epic-branches", "parallel.epic_branches.enabled", epicBranches)
    // The gate itself is not there yet: without this flag a project that wants it is refused.
    set(
      "--skip-learning-gate", "learning_tests.enabled", skipLearningGate ? .bool(false) : nil)
    return flags
  }
}
