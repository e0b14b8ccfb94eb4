extension Configuration {
  /// Every key that this program knows, in the order in which `ll-parallel config` shows them.
  ///
  /// They are read in this order, too: `automation` says how long the grace period is unless
  /// `parallel` says more.
  static let settings: [Setting] =
    automation + workers + agents + landing + otherFeatures + issueFiles + project + overlaps

  private static let automation: [Setting] = [
    .value(
      "automation.ready_issue_unknown_retries", .count(from: 0, to: 100),
      \.automation.readyIssueUnknownRetries,
      "how often an answer of ready-issue without a verdict is asked for again"),
    Setting(
      key: "automation.timeout_kill_grace_seconds",
      meaning: "the grace period, unless the key of that name in parallel says more",
      read: { value, configuration throws(Setting.Misfit) in
        let time = try ValueKind.seconds.decoded(value)
        configuration.automation.timeoutKillGrace = time
        configuration.parallel.timeoutKillGrace = time
      }, show: { ValueKind.seconds.encode($0.automation.timeoutKillGrace) }),
  ]

  private static let workers: [Setting] = [
    .value(
      "parallel.max_workers", .count(from: 1), \.parallel.maxWorkers,
      "how many issues are worked on at a time"),
    .value(
      "parallel.p0_sequential", .bool, \.parallel.p0Sequential,
      "whether issues of priority P0 run alone"),
    .value(
      "parallel.worktree_base", .path, \.parallel.worktreeBase,
      "where worktrees go, absolute or relative to the project root"),
    .value(
      "parallel.worktree_copy_files", .relativePaths, \.parallel.worktreeCopyFiles,
      "untracked files that are copied into each worktree and never landed"),
    .value(
      "parallel.reuse_worktrees", .choice, \.parallel.reuseWorktrees,
      "whether worktrees of landed issues serve others: clean, keep (with ignored files) or off"),
    .value(
      "parallel.timeout_per_issue", .limit, \.parallel.timeoutPerIssue,
      "how many seconds each step of an agent may take; 0 for no limit"),
    .value(
      "parallel.idle_timeout_per_issue", .limit, \.parallel.idleTimeoutPerIssue,
      "how many seconds an agent may be silent; 0 for no limit"),
    .value(
      "parallel.timeout_kill_grace_seconds", .seconds, \.parallel.timeoutKillGrace,
      "how many seconds an agent that was told to stop has until it is killed"),
    .value(
      "parallel.stream_subprocess_output", .bool, \.parallel.streamOutput,
      "whether the agents' output is shown while they run"),
  ]

  private static let agents: [Setting] = [
    .value(
      "parallel.protocol", .choice, \.parallel.agentProtocol,
      "how agents are spoken to; little-loops where there is a configuration file, else plain"),
    .value("parallel.agent", .text, \.parallel.agent, "the known agent that is called"),
    .value(
      "parallel.agent_command", .command, \.parallel.agentCommand,
      "the agent's program and arguments, with {{prompt}}, {{issue_id}}, {{issue_file}} and "
        + "{{worktree}}"),
    .value(
      "parallel.prompt_template", .text, \.parallel.promptTemplate,
      "the prompt of the plain protocol"),
    .value(
      "parallel.command_prefix", .text, \.parallel.commandPrefix,
      "what commands of little-loops start with"),
    .text("parallel.ready_command", \.parallel.readyCommand, "the command that checks an issue"),
    .text(
      "parallel.manage_command", \.parallel.manageCommand, "the command that works on an issue"),
    .text(
      "parallel.decide_command", \.parallel.decideCommand,
      "the command that decides what an issue leaves open"),
  ]

  private static let landing: [Setting] = [
    .value(
      "parallel.base_branch", .text, \.parallel.baseBranch,
      "the branch that work lands on; else the remote's default branch, else the current one"),
    .text(
      "parallel.remote_name", \.parallel.remoteName,
      "the remote whose HEAD names the default branch"),
    .value(
      "parallel.max_merge_retries", .count(from: 0, to: 5), \.parallel.maxMergeRetries,
      "how often an agent may try to resolve a conflict"),
    .value(
      "parallel.require_code_changes", .bool, \.parallel.requireCodeChanges,
      "whether work that changes nothing but issues and notes has failed"),
    .value(
      "parallel.carry_edits", .bool, \.parallel.carryEdits,
      "whether a landing may be merged into uncommitted edits; else it waits"),
    .value(
      "parallel.unsigned", .bool, \.parallel.unsigned,
      "whether commits may go unsigned where git is told to sign them"),
    .value(
      "parallel.use_feature_branches", .bool, \.parallel.useFeatureBranches,
      "whether work stays on a branch of its own instead of landing"),
    .value(
      "tamper_guard.policy", .choice, \.tamperGuard,
      "what happens to work of little-loops that weakens tests: fail, revert or allow"),
    .value(
      "notifications.on_issue", .command, \.notifications.onIssue,
      "a program and arguments that get the facts as JSON when an issue is over"),
    .value(
      "notifications.on_finish", .command, \.notifications.onFinish,
      "a program and arguments that get the facts as JSON when a run is over"),
  ]

  /// What the Python tool has and this one has not: taking it in silence would break a promise.
  private static let otherFeatures: [Setting] = [
    .unsupported(
      "parallel.push_feature_branches", accepted: [.bool(false)],
      "whether feature branches are pushed"),
    .unsupported(
      "parallel.open_pr_for_feature_branches", accepted: [.bool(false)],
      "whether pull requests are opened for feature branches"),
    .unsupported(
      "parallel.epic_branches.enabled", accepted: [.bool(false)],
      "whether the issues of an epic land on a branch of their own"),
    .unsupported(
      "learning_tests.enabled", accepted: [.bool(false)],
      "whether agents must first prove what they assume"),
    .unsupported(
      "prepatch_check.enabled", accepted: [.bool(false)],
      "whether new tests must fail without the change"),
    .ignored("parallel.epic_branches.prefix", "of epic branches, which are off"),
    .ignored("parallel.epic_branches.merge_to_base_on_complete", "of epic branches"),
    .ignored("parallel.epic_branches.open_pr", "of epic branches"),
    .ignored("parallel.epic_branches.verify_before_merge", "of epic branches"),
    .ignored("parallel.epic_branches.refresh_on_reuse", "of epic branches"),
    .ignored("parallel.state_file", "state is kept in the git directory"),
  ]

  private static let issueFiles: [Setting] = [
    Setting(
      key: "issues.base_dir", meaning: "the directory that holds the directories of issues",
      isText: true,
      read: { value, configuration throws(Setting.Misfit) in
        let text = try ValueKind<String>.text.decoded(value)
        guard isRelativeBelow(text) else {
          throw Setting.Misfit(found: value.summary, accepted: "a relative path without '..'")
        }
        configuration.issues.baseDirectory = text
      }, show: { .string($0.issues.baseDirectory) }),
    .value(
      "issues.priorities",
      .texts("a list of different names") { names in
        !names.isEmpty && !names.contains("") && Set(names).count == names.count
      }, \.issues.priorities, "the names of the priorities, most urgent first"),
    Setting(
      key: "issues.categories", meaning: "directories, prefixes of ids and actions of issues",
      read: { value, configuration throws(Setting.Misfit) in
        try configuration.issues.readCategories(value)
      }, show: { .object($0.issues.categoriesAsJSON) }),
  ]

  private static let project: [Setting] = [
    .text(
      "project.test_dir", \.project.testDirectory,
      "the directory of the tests that agents must not weaken"),
    .value(
      "project.test_patterns", .texts, \.project.testPatterns,
      "patterns, as in .gitignore, of test files elsewhere"),
  ]

  private static let overlaps: [Setting] = [
    .value(
      "dependency_mapping.overlap_min_files", .count(from: 1), \.overlap.minimumFiles,
      "how many files two issues must both name to overlap"),
    .value(
      "dependency_mapping.overlap_min_ratio", .fraction, \.overlap.minimumRatio,
      "the share of the shorter list that must be named by both"),
    .value(
      "dependency_mapping.min_directory_depth", .count(from: 0), \.overlap.minimumDirectoryDepth,
      "how deep a directory must lie to count"),
    .value(
      "dependency_mapping.exclude_common_files", .texts, \.overlap.excludedCommonFiles,
      "file names that do not count"),
  ]
}
