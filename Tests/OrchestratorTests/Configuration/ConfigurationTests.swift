import Testing

@testable import Orchestrator

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

@Suite struct `Loading the configuration` {
  @Test func `without files the defaults hold and the protocol is plain`() throws {
    let configuration = try load([:])
    #expect(configuration == Configuration())
    #expect(configuration.parallel.agentProtocol == .plain)
    #expect(configuration.parallel.maxWorkers == 2)
    #expect(configuration.parallel.timeoutPerIssue == .seconds(3600))
    #expect(configuration.issues.categories.map(\.prefix) == ["BUG", "FEAT", "ENH", "EPIC"])
  }

  @Test func `the first file that exists is taken`() throws {
    let inner = try load([
      ".ll/ll-config.json": #"{"parallel": {"max_workers": 4}}"#,
      "ll-config.json": #"{"parallel": {"max_workers": 5}}"#,
    ])
    #expect(inner.parallel.maxWorkers == 4)
    #expect(inner.sources.file?.string.hasSuffix("/.ll/ll-config.json") == true)
    #expect(inner.parallel.agentProtocol == .littleLoops)
    let outer = try load(["ll-config.json": #"{"parallel": {"protocol": "plain"}}"#])
    #expect(outer.sources.file?.string.hasSuffix("/ll-config.json") == true)
    #expect(outer.parallel.agentProtocol == .plain)
  }

  @Test func `the person's own file is merged over it`() throws {
    let configuration = try load([
      "ll-config.json": """
      {"parallel": {"max_workers": 4, "base_branch": "dev", "timeout_per_issue": 9,
        "worktree_copy_files": ["a", "b"], "require_code_changes": false}}
      """,
      ".ll/ll.local.md": """
      ---
      parallel:
        max_workers: 3
        base_branch: null
        timeout_seconds: 0
        worktree_copy_files: [c]
      ---
      # Notes
      """,
    ])
    let parallel = configuration.parallel
    #expect(parallel.maxWorkers == 3)
    #expect(parallel.baseBranch == nil)
    #expect(parallel.timeoutPerIssue == nil)
    #expect(parallel.worktreeCopyFiles == ["c"])
    #expect(!parallel.requireCodeChanges)
    #expect(configuration.sources.localFile != nil)
  }

  @Test func `every key has its place`() throws {
    let configuration = try load([
      "ll-config.json": """
      {"$schema": "x", "other_tool": {"max_workers": "no"},
       "parallel": {"max_workers": 9, "p0_sequential": false, "worktree_base": "/tmp/w",
         "state_file": "s", "timeout_per_issue": 1, "max_merge_retries": 5,
         "stream_output": true, "command_prefix": "", "ready_command": "r",
         "manage_command": "m", "decide_command": "d", "worktree_copy_files": [],
         "require_code_changes": false, "use_feature_branches": false,
         "push_feature_branches": false, "open_pr_for_feature_branches": false,
         "base_branch": "dev", "remote_name": "up", "agent": "codex",
         "epic_branches": {"enabled": false, "prefix": "e/", "refresh_on_reuse": "off"},
         "agent_command": ["run", "{{prompt}}"], "prompt_template": "t",
         "reuse_worktrees": "off", "carry_edits": false, "unsigned": true,
         "idle_timeout_per_issue": 7},
       "issues": {"base_dir": "docs/issues", "priorities": ["A", "B"], "auto_commit": true,
         "categories": {"bugs": {"dir": "defects"}, "chores": {"prefix": "chore"}}},
       "project": {"src_dir": "lib", "test_dir": "spec",
         "test_patterns": ["*_spec"], "name": 3},
       "automation": {"ready_issue_unknown_retries": 3, "timeout_kill_grace_seconds": 5},
       "dependency_mapping": {"overlap_min_files": 3, "overlap_min_ratio": 1,
         "min_directory_depth": 0, "exclude_common_files": ["x"]},
       "tamper_guard": {"policy": "allow"}, "learning_tests": {"enabled": false}}
      """
    ])
    var parallel = ParallelConfiguration()
    parallel.maxWorkers = 9
    parallel.p0Sequential = false
    parallel.worktreeBase = "/tmp/w"
    parallel.timeoutPerIssue = .seconds(1)
    parallel.idleTimeoutPerIssue = .seconds(7)
    parallel.timeoutKillGrace = .seconds(5)
    parallel.maxMergeRetries = 5
    parallel.streamOutput = true
    parallel.commandPrefix = ""
    parallel.readyCommand = "r"
    parallel.manageCommand = "m"
    parallel.decideCommand = "d"
    parallel.worktreeCopyFiles = []
    parallel.requireCodeChanges = false
    parallel.baseBranch = "dev"
    parallel.remoteName = "up"
    parallel.agentProtocol = .littleLoops
    parallel.agent = "codex"
    parallel.agentCommand = ["run", "{{prompt}}"]
    parallel.promptTemplate = "t"
    parallel.reuseWorktrees = .off
    parallel.carryEdits = false
    parallel.unsigned = true
    #expect(configuration.parallel == parallel)
    #expect(configuration.issues.baseDirectory == "docs/issues")
    #expect(configuration.issues.priorities == ["A", "B"])
    #expect(configuration.issues.categories.first?.directory == "defects")
    #expect(
      configuration.issues.categories.last
        == IssueCategory(key: "chores", prefix: "CHORE", directory: "chores", action: "fix"))
    #expect(configuration.project.testDirectory == "spec")
    #expect(configuration.automation.readyIssueUnknownRetries == 3)
    #expect(configuration.overlap.minimumRatio == 1)
    #expect(configuration.tamperGuard == .allow)
  }

  @Test func `the grace period of parallel wins`() throws {
    let text = """
      {"parallel": {"timeout_kill_grace_seconds": 1},
       "automation": {"timeout_kill_grace_seconds": 2}}
      """
    #expect(try load(["ll-config.json": text]).parallel.timeoutKillGrace == .seconds(1))
  }

  @Test(arguments: [
    (#""max_workers": 0"#, "max_workers"), (#""max_workers": "2""#, "max_workers"),
    (#""max_workers": true"#, "max_workers"), (#""max_workers": 1.0"#, "max_workers"),
    (#""p0_sequential": 1"#, "p0_sequential"), (#""timeout_per_issue": -1"#, "timeout_per_issue"),
    (#""timeout_seconds": "x""#, "timeout_seconds"),
    (#""max_merge_retries": 6"#, "max_merge_retries"),
    (#""worktree_copy_files": ["../x"]"#, "worktree_copy_files"),
    (#""worktree_copy_files": ["a", 1]"#, "worktree_copy_files"),
    (#""worktree_copy_files": ["/etc/passwd"]"#, "worktree_copy_files"),
    (#""agent_command": []"#, "agent_command"), (#""agent_command": "run""#, "agent_command"),
    (#""protocol": "other""#, "protocol"), (#""worktree_base": """#, "worktree_base"),
    (#""epic_branches": true"#, "epic_branches"),
  ])
  func `a value that does not fit is an error`(member: String, key: String) {
    let error = failure("{\n\"parallel\": {\n\(member)}}")
    guard case .wrongValue? = error?.reason else {
      Testing.Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.key == "parallel.\(key)")
    #expect(error?.line == 3)
  }

  @Test(arguments: [
    (#""push_feature_branches": true"#, "push_feature_branches"),
    (#""open_pr_for_feature_branches": true"#, "open_pr_for_feature_branches"),
    (#""epic_branches": {"enabled": true}"#, "epic_branches.enabled"),
  ])
  func `a feature that is missing is refused`(member: String, key: String) {
    let error = failure("{\"parallel\": {\(member)}}")
    guard case .unsupported? = error?.reason else {
      Testing.Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.key == "parallel.\(key)")
    #expect(error?.description.contains("does not support") == true)
  }

  @Test func `an unknown key is an error with a suggestion`() {
    let error = failure("{\"parallel\": {\n\"max_worker\": 2}}")
    #expect(error?.key == "parallel.max_worker")
    #expect(error?.suggestion == "parallel.max_workers")
    #expect(
      error?.description.hasSuffix(
        "ll-config.json:2: there is no key 'parallel.max_worker'; "
          + "did you mean 'parallel.max_workers'?") == true)
    #expect(
      failure(#"{"parallel": {"zzz": 2}}"#)?.description.contains("parallel.worktree_base") == true)
    #expect(failure(#"{"parallel": {"epic_branches": {"x": 1}}}"#) != nil)
  }

  @Test(arguments: [
    (#"{"issues": {"base_dir": "../x"}}"#, "issues.base_dir"),
    (#"{"issues": {"priorities": []}}"#, "issues.priorities"),
    (#"{"issues": {"categories": {"x": {"dir": "y"}}}}"#, "issues.categories.x.prefix"),
    (#"{"issues": {"categories": {"x": {"prefix": "A-B"}}}}"#, "issues.categories.x.prefix"),
    (#"{"project": {"test_dir": 1}}"#, "project.test_dir"),
    (
      #"{"automation": {"ready_issue_unknown_retries": "1"}}"#,
      "automation.ready_issue_unknown_retries"
    ),
    (#"{"dependency_mapping": {"overlap_min_ratio": 2}}"#, "dependency_mapping.overlap_min_ratio"),
    (#"{"tamper_guard": {"policy": "x"}}"#, "tamper_guard.policy"),
    (#"{"prepatch_check": {"enabled": true}}"#, "prepatch_check.enabled"),
    (#"{"learning_tests": {"enabled": true}}"#, "learning_tests.enabled"),
    (#"{"parallel": []}"#, "parallel"),
  ])
  func `keys of other sections that we read are checked`(text: String, key: String) {
    let error = failure(text)
    #expect(error?.key == key)
    #expect(error?.line == 1)
  }

  @Test func `an error names the file that decides`() {
    let error = #expect(throws: ConfigurationError.self) {
      try load([
        "ll-config.json": #"{"parallel": {"max_workers": 2}}"#,
        ".ll/ll.local.md": "---\nparallel:\n  max_workers: many\n---\n",
      ])
    }
    #expect(error?.file?.lastComponent?.string == "ll.local.md")
    #expect(error?.line == 3)
    #expect(error?.description.contains("\"many\"") == true)
  }

  @Test func `a file that cannot be understood is an error with its place`() {
    let error = failure("{\n  \"parallel\": {,}\n}")
    #expect(error?.line == 2)
    #expect(error?.column == 16)
    #expect(failure("[]")?.reason == .malformed("it is not an object"))
    let local = #expect(throws: ConfigurationError.self) {
      try load([".ll/ll.local.md": "---\nparallel: a: b\n---\n"])
    }
    #expect(local?.line == 2)
    let directory = #expect(throws: ConfigurationError.self) {
      try load(["ll-config.json/x": ""])
    }
    guard case .unreadable? = directory?.reason else {
      Testing.Issue.record("\(String(describing: directory))")
      return
    }
  }

  // MARK: Precedence

  private static let files = [
    "ll-config.json": """
    {"parallel": {"protocol": "plain", "max_workers": 2, "remote_name": "file",
      "timeout_seconds": 20, "base_branch": "file", "agent": "file"}}
    """,
    ".ll/ll.local.md": "---\nparallel: {max_workers: 3, remote_name: local, agent: local}\n---\n",
    ".env": """
    # a comment
    export LL_PARALLEL_MAX_WORKERS=4
    LL_PARALLEL_REMOTE_NAME = "stand-in"
    LL_PARALLEL_TIMEOUT_PER_ISSUE='40'
    TOKEN=secret
    not a variable
    """,
  ]

  @Test func `a flag goes before the environment, that before .env, that before the files`() throws
  {
    let configuration = try load(
      Self.files,
      environment: [
        "LL_PARALLEL_MAX_WORKERS": "5", "LL_PARALLEL_TIMEOUT_PER_ISSUE": "50",
        "LL_PARALLEL_AGENT_COMMAND": #"["run", "{{prompt}}"]"#, "LL_PARALLEL_AGENT": "",
        "LL_PARALLEL_UNSIGNED": "true",
      ], flags: [ConfigurationFlag("--workers", sets: "parallel.max_workers", to: .integer(6))])
    let parallel = configuration.parallel
    #expect(parallel.maxWorkers == 6)
    #expect(parallel.timeoutPerIssue == .seconds(50))
    #expect(parallel.remoteName == "stand-in")
    #expect(parallel.agent == "local")
    #expect(parallel.baseBranch == "file")
    #expect(parallel.agentCommand == ["run", "{{prompt}}"])
    #expect(parallel.unsigned)
    #expect(configuration.agentEnvironment["TOKEN"] == "secret")
    #expect(configuration.agentEnvironment["LL_PARALLEL_MAX_WORKERS"] == nil)
  }

  @Test func `every value in force has a place`() throws {
    let configuration = try load(
      Self.files, environment: ["LL_PARALLEL_UNSIGNED": "true"],
      flags: [ConfigurationFlag("--workers", sets: "parallel.max_workers", to: .integer(6))])
    func place(_ key: String) -> String? {
      configuration.entries.first { $0.key == key }.map { entry in
        let path = "\(entry.origin)".split(separator: "/").last.map(String.init) ?? ""
        return "\(entry.text) \(path)"
      }
    }
    #expect(place("parallel.max_workers") == "6 --workers")
    #expect(place("parallel.unsigned") == "true environment variable LL_PARALLEL_UNSIGNED")
    #expect(place("parallel.timeout_per_issue") == "40 .env:4: LL_PARALLEL_TIMEOUT_PER_ISSUE")
    #expect(place("parallel.agent") == #""local" ll.local.md:2"#)
    #expect(place("parallel.base_branch") == #""file" ll-config.json:2"#)
    #expect(place("parallel.carry_edits") == "true default")
    #expect(place("parallel.state_file") == nil)
  }

  @Test(arguments: [
    (["LL_PARALLEL_MAX_WORKERS": "many"], "variable LL_PARALLEL_MAX_WORKERS is the text \"many\""),
    (["LL_PARALLEL_MAX_WORKERS": "0"], "LL_PARALLEL_MAX_WORKERS is 0; accepted: a whole number"),
    (["LL_PARALLEL_MAX_WORKER": "1"], "did you mean 'LL_PARALLEL_MAX_WORKERS'?"),
    (["LL_PARALLEL_EPIC_BRANCHES_ENABLED": "true"], "which this version does not support"),
  ])
  func `an error of the environment names the variable`(variables: [String: String], says: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try load([:], environment: variables)
    }
    #expect(error?.description.contains(says) == true, "\(String(describing: error))")
  }

  @Test func `an error of .env or of a flag names the line or the flag`() {
    let standIn = #expect(throws: ConfigurationError.self) {
      try load([".env": "A=1\nLL_PARALLEL_MAX_WORKERS=x\n"])
    }
    #expect(
      standIn?.description.hasSuffix(
        ".env:2: LL_PARALLEL_MAX_WORKERS: 'parallel.max_workers' is the text \"x\"; "
          + "accepted: a whole number from 1") == true, "\(String(describing: standIn))")
    let flag = #expect(throws: ConfigurationError.self) {
      try load(
        [:], flags: [ConfigurationFlag("--workers", sets: "parallel.max_workers", to: .integer(0))])
    }
    #expect(flag?.description == "--workers is 0; accepted: a whole number from 1")
  }

  @Test func `a directory called .env is none of our business`() throws {
    #expect(try load([".env/bin/activate": ""]) == Configuration())
  }

  private func load(
    _ files: [String: String], environment: [String: String] = [:],
    flags: [ConfigurationFlag] = []
  ) throws -> Configuration {
    try withProject(files) { root in
      try Configuration.load(root: root, environment: environment, flags: flags)
    }
  }

  private func failure(_ text: String) -> ConfigurationError? {
    #expect(throws: ConfigurationError.self) { try load(["ll-config.json": text]) }
  }
}

extension ConfigurationError {
  fileprivate var file: FilePath? {
    if case .file(let file, _, _) = origin { file } else { nil }
  }

  fileprivate var line: Int? {
    if case .file(_, let line, _) = origin { line } else { nil }
  }

  fileprivate var column: Int? {
    if case .file(_, _, let column) = origin { column } else { nil }
  }
}
