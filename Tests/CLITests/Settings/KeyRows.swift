import Foundation
import GitEngine
import RunSupport
import SystemPackage
import TestSupport
import Testing

/// One row for each key of the configuration.
enum KeyRows {
  static let all = workers + agents + landing + others + issues + overlaps

  private static func last(_ key: String) -> String { String(key.split(separator: ".").last ?? "") }

  // MARK: Workers

  private static let workers: [SettingRow] = [
    SettingRow("parallel.max_workers") { lab, key in
      try lab.configure("meet 3; work", [last(key): "3"])
      try await lab.addIssues("BUG-1", "BUG-2", "BUG-3")
      #expect(try await lab.run().status == 0, "three agents were not at work together")
    },
    SettingRow("parallel.p0_sequential") { lab, key in
      func run(_ value: String, _ agent: String) async throws {
        try lab.configure(agent, [last(key): value])
        for number in 1...2 {
          try lab.repository.addIssue("BUG-\(value.count)\(number)", priority: "P0")
        }
        try await lab.commit()
        let run = try await lab.run()
        #expect(run.status == 0, "\(value): \(run.errors)")
      }
      try await run("true", "alone; work")
      try await run("false", "meet 2; work")
    },
    SettingRow("parallel.worktree_base") { lab, key in
      try lab.configure("pwd > \"$SANDBOX/place\"; work", [last(key): #""../elsewhere""#])
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run().status == 0)
      #expect(lab.notes("place")?.hasPrefix("\(lab.sandbox)/elsewhere/worker-bug-1-") == true)
    },
    SettingRow("parallel.worktree_copy_files") { lab, key in
      try lab.configure("cat conf/secret > seen.txt", [last(key): #"["conf/secret"]"#])
      try await lab.addIssues("BUG-1")
      try lab.repository.write("conf/secret", "secret\n")
      #expect(try await lab.run().status == 0)
      #expect(await lab.landed("seen.txt") == "secret")
      #expect(await lab.landed("conf/secret") == nil)
    },
    SettingRow("parallel.reuse_worktrees") { lab, key in
      for (value, count) in [("clean", 1), ("off", 2)] {
        try lab.configure(
          "stat -c %i . >> \"$SANDBOX/places-\(value)\"; work",
          [last(key): "\"\(value)\"", "max_workers": "1"])
        try await lab.addIssues("BUG-1\(count)", "BUG-2\(count)")
        #expect(try await lab.run().status == 0)
        let places = try #require(lab.notes("places-\(value)")).split(separator: "\n")
        #expect(places.count == 2 && Set(places).count == count, "\(value) \(places)")
      }
    },
    SettingRow("parallel.timeout_per_issue", "parallel.timeout_seconds") { lab, key in
      try lab.configure("while :; do echo tick; sleep 0.2; done", [last(key): "1"])
      try await lab.addIssues("BUG-1")
      let run = try await lab.run()
      #expect(run["BUG-1"]?.reason?.contains("ran longer than its time-out") == true)
    },
    SettingRow("parallel.idle_timeout_per_issue") { lab, key in
      try lab.configure("sleep 100", [last(key): "1"])
      try await lab.addIssues("BUG-1")
      let run = try await lab.run()
      #expect(run["BUG-1"]?.reason?.contains("longer than its idle time-out") == true)
    },
    SettingRow("parallel.timeout_kill_grace_seconds") { lab, key in
      try await expectShortGrace(lab, [last(key): "1"], [:])
    },
    SettingRow("automation.timeout_kill_grace_seconds") { lab, key in
      try await expectShortGrace(lab, [:], ["automation": "{\"\(last(key))\": 1}"])
    },
    SettingRow("parallel.stream_subprocess_output", "parallel.stream_output") { lab, key in
      try lab.configure("echo the agent speaks; work", [last(key): "true"])
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run().errors.contains("BUG-1 | the agent speaks"))
    },
  ]

  /// An agent that does not listen is killed long before the usual thirty seconds.
  private static func expectShortGrace(
    _ lab: Lab, _ parallel: [String: String], _ others: [String: String]
  ) async throws {
    var members = ["timeout_per_issue": "1"]
    members.merge(parallel) { $1 }
    // Its own ticks are the clock, which goes slower on a busy machine.
    let agent = """
      trap 'echo told >> "$SANDBOX/ticks"' TERM
      while :; do echo tick >> "$SANDBOX/ticks"; sleep 0.1; done
      """
    try lab.configure(agent, members, others: others)
    try await lab.addIssues("BUG-1")
    #expect(try await lab.run().outcome("BUG-1") == "failed")
    let ticks = (lab.notes("ticks") ?? "").split(separator: "\n")
    let after = ticks.drop { $0 != "told" }.count
    #expect((1..<100).contains(after), "\(after) ticks after it was told to stop")
  }

  // MARK: Agents

  private static let agents: [SettingRow] = [
    SettingRow("parallel.protocol") { lab, key in
      let agent = try lab.script("both", "echo \"$*\" > \"$SANDBOX/calls\"; work")
      try await lab.addIssues("BUG-1")
      for (value, called) in [("plain", "fixed words\n"), ("little-loops", "ready-issue BUG-1\n")] {
        try lab.configure(
          Lab.works,
          [last(key): "\"\(value)\"", "agent_command": #"["\#(agent)", "fixed words"]"#])
        try await lab.commit()
        _ = try await lab.run()
        #expect(
          lab.notes("calls")?.hasSuffix(called) == true, "\(value) \(lab.notes("calls") ?? "")")
        try await lab.repository.git("reset", "--quiet", "--hard", "HEAD^{/a project}")
      }
    },
    SettingRow("parallel.agent") { lab, key in
      try lab.script("codex", "echo \"codex $*\" > \"$SANDBOX/calls\"; cat > prompt.txt")
      try lab.repository.write(
        ".ll/ll-config.json", #"{"parallel": {"protocol": "plain", "agent": "codex"}}"#)
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run(environment: lab.searchPath).status == 0)
      #expect(lab.notes("calls")?.hasPrefix("codex exec ") == true)
      #expect(await lab.landed("prompt.txt")?.contains("BUG-1") == true)
    },
    SettingRow("parallel.agent_command") { lab, key in
      let command = #"["sh", "-c", "echo \"$1\" > \"$0\"", "{{issue_id}}.txt", "{{issue_file}}"]"#
      try lab.configure(Lab.works, [last(key): command])
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run().status == 0)
      #expect(await lab.landed("BUG-1.txt")?.hasPrefix(".issues/bugs/") == true)
    },
    SettingRow("parallel.prompt_template") { lab, key in
      try lab.configure("cat > prompt.txt", [last(key): #""Do {{issue_id}}: {{title}}""#])
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run().status == 0)
      #expect(await lab.landed("prompt.txt") == "Do BUG-1: Something to do")
    },
    SettingRow("parallel.command_prefix") { lab, key in
      try lab.configureLittleLoops([last(key): #""/my:""#])
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run().status == 0)
      #expect(lab.notes("calls")?.contains("-p /my:ready-issue BUG-1") == true)
    },
    SettingRow("parallel.ready_command") { lab, key in
      try lab.configureLittleLoops([last(key): #""check-it {{issue_id}}""#])
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run().status == 0)
      #expect(lab.notes("calls")?.contains("-p /ll:check-it BUG-1") == true)
    },
    SettingRow("parallel.manage_command") { lab, key in
      try lab.configureLittleLoops([last(key): #""do {{action}} {{issue_type}} {{issue_id}}""#])
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run().status == 0)
      #expect(lab.notes("calls")?.contains("-p /ll:do fix bugs BUG-1") == true)
    },
    SettingRow("parallel.decide_command") { lab, key in
      try lab.configureLittleLoops([last(key): #""settle {{issue_id}}""#])
      try await lab.addIssues("BUG-1", fields: ["decision_needed: true"])
      #expect(try await lab.run().status == 0)
      #expect(lab.notes("calls")?.contains("-p /ll:settle BUG-1") == true)
    },
    SettingRow("automation.ready_issue_unknown_retries") { lab, key in
      try lab.configureLittleLoops(
        ready: "say 'well, well'", others: ["automation": "{\"\(last(key))\": 2}"])
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run().outcome("BUG-1") == "failed")
      #expect(lab.notes("calls")?.split(separator: "\n").count == 3)
    },
  ]

  // MARK: Landing

  private static let landing: [SettingRow] = [
    SettingRow("parallel.base_branch") { lab, key in
      try lab.configure(Lab.works, [last(key): #""trunk""#])
      try await lab.addIssues("BUG-1")
      try await lab.repository.git("branch", "trunk")
      #expect(try await lab.run().status == 0)
      #expect(try await lab.repository.git("log", "-1", "--format=%s", "trunk").contains("BUG-1"))
      #expect(await lab.landed("BUG-1.txt") == nil)
    },
    SettingRow("parallel.remote_name") { lab, key in
      try lab.configure(Lab.works, [last(key): #""up""#])
      try await lab.addIssues("BUG-1")
      try await lab.repository.git("branch", "trunk")
      try await lab.repository.git("update-ref", "refs/remotes/up/trunk", "main")
      try await lab.repository.git(
        "symbolic-ref", "refs/remotes/up/HEAD", "refs/remotes/up/trunk")
      #expect(try await lab.run().status == 0)
      #expect(try await lab.repository.git("log", "-1", "--format=%s", "trunk").contains("BUG-1"))
    },
    SettingRow("parallel.max_merge_retries") { lab, key in
      let agent = """
        echo call >> "$SANDBOX/calls"
        if grep -q 'Resolve the merge conflicts'; then
          sed -i -e '/^<<<<<<< /d' -e '/^=======$/d' -e '/^>>>>>>> /d' src/a.txt
          git commit -q -a --no-edit
          exit 0
        fi
        sed -i 's/^a line 3$/work/' src/a.txt; git commit -q -a -m work
        cd "$SANDBOX/repo"; sed -i 's/^a line 3$/rival/' src/a.txt; git commit -q -a -m rival
        """
      for (value, outcome, calls) in [("0", "conflict", 1), ("1", "landed", 2)] {
        removeAll(lab.sandbox.appending("calls"))
        try lab.repository.write("src/a.txt", numberedLines("a"))
        try lab.configure(agent, [last(key): value])
        try await lab.addIssues("BUG-\(calls)")
        let run = try await lab.run("--only", "\(calls)")
        #expect(run.issues.first?.outcome == outcome, "\(value): \(run.errors)")
        #expect(lab.notes("calls")?.split(separator: "\n").count == calls)
      }
    },
    SettingRow("parallel.require_code_changes") { lab, key in
      for (value, outcome) in [("true", "failed"), ("false", "landed")] {
        try lab.configureLittleLoops(
          [last(key): value], work: "mkdir -p thoughts; echo thought > thoughts/x")
        try await lab.addIssues("BUG-1")
        #expect(try await lab.run().outcome("BUG-1") == outcome)
      }
    },
    SettingRow("parallel.carry_edits") { lab, key in
      for (value, outcome) in [("false", "deferred"), ("true", "landed")] {
        try lab.configure("sed -i 's/^a line 3$/work/' src/a.txt", [last(key): value])
        try await lab.addIssues("BUG-\(value.count)")
        let edited = numberedLines("a").replacing("a line 18\n", with: "mine\n")
        try lab.repository.write("src/a.txt", edited)
        let run = try await lab.run("--only", "\(value.count)")
        #expect(run.ids.count == 1 && run.issues[0].outcome == outcome, "\(run.errors)")
        try await lab.repository.git("checkout", "--quiet", "src/a.txt")
      }
    },
    SettingRow("parallel.unsigned") { lab, key in
      try lab.configure(Lab.works, [last(key): "true"])
      try await lab.addIssues("BUG-1")
      try await lab.repository.git("config", "commit.gpgSign", "true")
      try await lab.repository.git("config", "gpg.program", "/no/such/program")
      #expect(try await lab.run().status == 0)
    },
    SettingRow("parallel.use_feature_branches") { lab, key in
      try lab.configure(Lab.works, [last(key): "true"])
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run().outcome("BUG-1") == "finished")
      #expect(await lab.landed("BUG-1.txt") == nil)
    },
    SettingRow("tamper_guard.policy") { lab, key in
      let test = "def test_a():\n  assert 1\n"
      for (value, outcome, left) in [
        ("fail", "failed", test), ("revert", "landed", test), ("allow", "landed", ""),
      ] {
        try lab.repository.write("tests/test_a.py", test)
        try lab.configureLittleLoops(
          work: "work; echo > tests/test_a.py",
          others: ["tamper_guard": "{\"policy\": \"\(value)\"}"])
        try await lab.addIssues("BUG-\(value.count)\(outcome.count)")
        let run = try await lab.run("--only", "\(value.count)\(outcome.count)")
        #expect(run.issues.first?.outcome == outcome, "\(value): \(run.errors)")
        #expect(await lab.landed("tests/test_a.py") == String(left.dropLast()))
      }
    },
    SettingRow("project.test_dir") { lab, key in
      try await expectGuarded("spec/a.rb", ["project": #"{"test_dir": "spec"}"#], lab)
    },
    SettingRow("project.test_patterns") { lab, key in
      try await expectGuarded(
        "src/a_check.c", ["project": #"{"test_patterns": ["*_check.c"]}"#], lab)
    },
  ]

  /// An agent that deletes a file has taken a test away, by these settings.
  private static func expectGuarded(
    _ file: String, _ settings: [String: String], _ lab: Lab
  ) async throws {
    for (others, outcome) in [(settings, "failed"), ([:], "landed")] {
      try lab.repository.write(RepositoryPath(file), "a test\n")
      try lab.configureLittleLoops(work: "work; rm \(file)", others: others)
      try await lab.addIssues("BUG-1")
      let run = try await lab.run()
      #expect(run.outcome("BUG-1") == outcome, "\(run.errors)")
    }
  }

  // MARK: What is not there, and what means nothing

  /// Only the value at which the feature is off is taken.
  private static func refused(_ key: String, off: String, on: String) -> SettingRow {
    SettingRow(key) { lab, key in
      func object(_ value: String) -> String {
        key.split(separator: ".").dropFirst().reversed().reduce(value) { "{\"\($1)\": \($0)}" }
      }
      func configure(_ value: String) throws {
        let path = key.split(separator: ".").map(String.init)
        if path[0] == "parallel" {
          try lab.configure(
            Lab.works, [path[1]: path.count == 2 ? value : "{\"\(path[2])\": \(value)}"])
        } else {
          try lab.configure(others: [path[0]: object(value)])
        }
      }
      try configure(on)
      try await lab.addIssues("BUG-1")
      let run = try await lab.run()
      #expect(run.status == 2)
      #expect(run.errors.contains("'\(key)' is "), "\(run.errors)")
      #expect(run.errors.contains("this version does not support"), "\(run.errors)")
      try configure(off)
      #expect(try await lab.run().status == 0)
    }
  }

  /// Any value is taken and changes nothing.
  private static func ignored(_ key: String, _ value: String) -> SettingRow {
    SettingRow(key) { lab, key in
      let path = key.split(separator: ".").map(String.init)
      try lab.configure(
        Lab.works, [path[1]: path.count == 2 ? value : "{\"\(path[2])\": \(value)}"])
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run().outcome("BUG-1") == "landed")
      #expect(try await lab.repository.git("status", "--porcelain", "--ignored") == "")
      #expect(try await lab.repository.git("branch", "--format=%(refname:short)") == "main")
    }
  }

  private static let others: [SettingRow] = [
    refused("parallel.push_feature_branches", off: "false", on: "true"),
    refused("parallel.open_pr_for_feature_branches", off: "false", on: "true"),
    refused("parallel.epic_branches.enabled", off: "false", on: "true"),
    refused("learning_tests.enabled", off: "false", on: "true"),
    refused("prepatch_check.enabled", off: "false", on: "true"),
    SettingRow("notifications.on_issue") { lab, key in
      try lab.configure(
        Lab.works,
        others: [
          "notifications":
            #"{"\#(last(key))": ["sh", "-c", "cat > \"$0/told-$$\"", "\#(lab.sandbox)"]}"#
        ])
      try await lab.addIssues("BUG-1", "BUG-2")
      #expect(try await lab.run().status == 0)
      let told = directoryNames(lab.sandbox).filter { $0.hasPrefix("told-") }.compactMap {
        lab.notes($0)
      }
      #expect(told.count == 2)
      for id in ["BUG-1", "BUG-2"] {
        #expect(
          told.contains {
            $0.contains("\"id\" : \"\(id)\"") && $0.contains("\"outcome\" : \"landed\"")
          })
      }
    },
    SettingRow("notifications.on_finish") { lab, key in
      try lab.configure(
        Lab.works,
        others: [
          "notifications":
            #"{"\#(last(key))": ["sh", "-c", "cat > \"$0/told\"; echo sorry >&2; exit 5", "\#(lab.sandbox)"]}"#
        ])
      try await lab.addIssues("BUG-1")
      let run = try await lab.run()
      #expect(run.status == 0)
      #expect(lab.notes("told")?.contains("\"landed\" : 1") == true)
      #expect(
        run.errors.contains("may not have arrived: 'sh': it exited with status 5: sorry"),
        "\(run.errors)")
    },
    ignored("parallel.epic_branches.prefix", #""epos/""#),
    ignored("parallel.epic_branches.merge_to_base_on_complete", "false"),
    ignored("parallel.epic_branches.open_pr", "true"),
    ignored("parallel.epic_branches.verify_before_merge", "true"),
    ignored("parallel.epic_branches.refresh_on_reuse", #""warn""#),
    ignored("parallel.state_file", #""state.json""#),
  ]

  // MARK: Issues

  private static let issues: [SettingRow] = [
    SettingRow("issues.base_dir") { lab, key in
      try lab.configure(others: ["issues": "{\"base_dir\": \"docs/issues\"}"])
      try lab.repository.write("docs/issues/bugs/P1-BUG-7-x.md", "# BUG-7: Seven\n")
      try await lab.addIssues("BUG-1")
      #expect(try await lab.plan().ids == ["BUG-7"])
      #expect(try await lab.run().outcome("BUG-7") == "landed")
      #expect(await lab.landed("docs/issues/bugs/P1-BUG-7-x.md")?.contains("status: done") == true)
    },
    SettingRow("issues.priorities") { lab, key in
      try lab.configure(others: ["issues": #"{"priorities": ["NOW", "LATER"]}"#])
      try lab.repository.write(".issues/bugs/LATER-BUG-1-x.md", "# BUG-1: One\n")
      try lab.repository.write(".issues/bugs/NOW-BUG-2-x.md", "# BUG-2: Two\n")
      try await lab.commit()
      #expect(try await lab.plan().ids == ["BUG-2", "BUG-1"])
      #expect(try await lab.plan("--priority", "later").ids == ["BUG-1"])
    },
    SettingRow("issues.categories") { lab, key in
      let categories = #"{"chores": {"prefix": "CHORE", "dir": "chores", "action": "sweep"}}"#
      try lab.configureLittleLoops(others: ["issues": "{\"categories\": \(categories)}"])
      try lab.repository.write(".issues/chores/P1-CHORE-3-x.md", "# CHORE-3: Three\n")
      try await lab.commit()
      #expect(try await lab.run().outcome("CHORE-3") == "landed")
      #expect(lab.notes("calls")?.contains("manage-issue chores sweep CHORE-3") == true)
    },
  ]

  // MARK: Overlaps

  /// Expects two issues that name these files to overlap by some settings, and not by others.
  private static func overlaps(
    _ key: String, _ first: [String], _ second: [String], yes: String, no: String
  ) -> SettingRow {
    SettingRow(key) { lab, key in
      func add(_ id: String, _ files: [String]) throws {
        let list = files.map { "- `\($0)`\n" }.joined()
        try lab.repository.write(
          RepositoryPath(".issues/bugs/P1-\(id)-x.md"),
          "# \(id): x\n\n## Files to Modify\n\n\(list)")
      }
      try add("BUG-1", first)
      try add("BUG-2", second)
      for (value, isExpected) in [(yes, true), (no, false)] {
        try lab.configure(others: ["dependency_mapping": "{\"\(last(key))\": \(value)}"])
        try await lab.commit()
        let look = try await lab.call(["--dry-run", "--overlap-detection"])
        #expect(
          look.text.contains("BUG-1 and BUG-2 both name") == isExpected, "\(value) \(look.text)")
      }
    }
  }

  private static let overlaps: [SettingRow] = [
    overlaps(
      "dependency_mapping.overlap_min_files", ["src/x.c"], ["src/x.c"], yes: "1", no: "2"),
    overlaps(
      "dependency_mapping.overlap_min_ratio", ["a/x.c", "a/y.c", "b/u.c", "b/v.c"],
      ["a/x.c", "a/y.c", "c/u.c", "c/v.c"], yes: "0.5", no: "0.6"),
    overlaps(
      "dependency_mapping.min_directory_depth", ["src/"], ["src/x.c"], yes: "1", no: "2"),
    overlaps(
      "dependency_mapping.exclude_common_files", ["a/x.c", "a/y.c"], ["a/x.c", "a/y.c"], yes: "[]",
      no: #"["x.c"]"#),
  ]
}
