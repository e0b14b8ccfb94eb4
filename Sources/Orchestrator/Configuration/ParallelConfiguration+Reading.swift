#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension ParallelConfiguration {
  /// Changes what the section sets; a key that does not exist is an error.
  mutating func read(_ section: inout ConfigurationSection) throws(ConfigurationError) {
    try readWorkers(&section)
    try readAgents(&section)
    try readLanding(&section)
    try readUnsupported(&section)
    // The place of the Python tool's state; ours lies in the git directory.
    section.ignore("state_file")
    try section.rejectUnknownKeys()
  }

  private mutating func readWorkers(
    _ section: inout ConfigurationSection
  ) throws(ConfigurationError) {
    maxWorkers = try section.integer("max_workers", in: 1...Int.max) ?? maxWorkers
    p0Sequential = try section.bool("p0_sequential") ?? p0Sequential
    if let base = try section.text("worktree_base") {
      guard !base.isEmpty, !base.utf8.contains(0) else {
        throw section.wrong("an empty text", "worktree_base", "a path")
      }
      worktreeBase = FilePath(base)
    }
    if let seconds = try section.seconds("timeout_per_issue") {
      timeoutPerIssue = seconds == 0 ? nil : .seconds(seconds)
    }
    if let seconds = try section.seconds("idle_timeout_per_issue") {
      idleTimeoutPerIssue = seconds == 0 ? nil : .seconds(seconds)
    }
    if let seconds = try section.seconds("timeout_kill_grace_seconds") {
      timeoutKillGrace = .seconds(seconds)
    }
    streamOutput = try section.bool("stream_subprocess_output") ?? streamOutput
    section.ignore("stream_output", "timeout_seconds")
    worktreeCopyFiles = try section.relativePaths("worktree_copy_files") ?? worktreeCopyFiles
  }

  private mutating func readAgents(
    _ section: inout ConfigurationSection
  ) throws(ConfigurationError) {
    agentProtocol = try section.choice("protocol", of: AgentProtocol.self) ?? agentProtocol
    agent = try section.nonEmptyText("agent")
    agentCommand = try section.texts("agent_command")
    if agentCommand?.first?.isEmpty ?? false || agentCommand?.isEmpty ?? false {
      throw section.wrong(
        "without a program", "agent_command", "a list: the program, then its arguments")
    }
    promptTemplate = try section.nonEmptyText("prompt_template")
    commandPrefix = try section.text("command_prefix") ?? commandPrefix
    readyCommand = try section.nonEmptyText("ready_command") ?? readyCommand
    manageCommand = try section.nonEmptyText("manage_command") ?? manageCommand
    decideCommand = try section.nonEmptyText("decide_command") ?? decideCommand
  }

  private mutating func readLanding(
    _ section: inout ConfigurationSection
  ) throws(ConfigurationError) {
    baseBranch = try section.nonEmptyText("base_branch")
    remoteName = try section.nonEmptyText("remote_name") ?? remoteName
    maxMergeRetries = try section.integer("max_merge_retries", in: 0...5) ?? maxMergeRetries
    requireCodeChanges = try section.bool("require_code_changes") ?? requireCodeChanges
    carryEdits = try section.bool("carry_edits") ?? carryEdits
    unsigned = try section.bool("unsigned") ?? unsigned
  }

  /// Keys whose features do not exist yet: taking them in silence would break a promise.
  private func readUnsupported(
    _ section: inout ConfigurationSection
  ) throws(ConfigurationError) {
    try section.unsupported("use_feature_branches", accepted: [.bool(false)])
    try section.unsupported("push_feature_branches", accepted: [.bool(false)])
    try section.unsupported("open_pr_for_feature_branches", accepted: [.bool(false)])
    try section.unsupported("reuse_worktrees", accepted: [.bool(false), .string("off")])
    var epics = try section.section("epic_branches")
    try epics.unsupported("enabled", accepted: [.bool(false)])
    // They say how epic branches behave, which are off.
    epics.ignore(
      "prefix", "merge_to_base_on_complete", "open_pr", "verify_before_merge",
      "refresh_on_reuse")
    try epics.rejectUnknownKeys()
  }
}

extension ConfigurationSection {
  /// A text; the empty one counts as not set.
  mutating func nonEmptyText(_ key: String) throws(ConfigurationError) -> String? {
    guard let text = try text(key), !text.isEmpty else { return nil }
    return text
  }

  /// A list of paths that stay below the project root.
  mutating func relativePaths(_ key: String) throws(ConfigurationError) -> [String]? {
    guard let paths = try texts(key) else { return nil }
    for path in paths where !Self.staysInside(path) {
      throw wrong("a list with \"\(path)\"", key, "relative paths without '..'")
    }
    return paths
  }

  /// Whether the path is relative and does not leave the directory it starts from.
  static func staysInside(_ path: String) -> Bool {
    let components = path.utf8.split(separator: UInt8(ascii: "/"))
    return !components.isEmpty && path.utf8.first != UInt8(ascii: "/") && !path.utf8.contains(0)
      && !components.contains { $0.elementsEqual("..".utf8) }
  }
}
