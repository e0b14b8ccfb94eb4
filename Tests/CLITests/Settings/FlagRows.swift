import Foundation
import GitEngine
import RunSupport
import SystemPackage
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One row for each flag of `ll-parallel run`.
enum FlagRows {
  static let all = selection + running + earlierWork + cleaning + output

  // MARK: Which issues

  /// Expects the plan with some arguments to hold these of four issues.
  private static func selects(
    _ flag: String, _ value: String, _ expected: [String], _ lab: Lab
  ) async throws {
    try lab.configure()
    try lab.repository.addIssue("BUG-731", priority: "P0")
    try lab.repository.addIssue(
      "FEAT-12", priority: "P1", fields: ["status: open", "labels: [ui, good first issue]"])
    try lab.repository.addIssue("BUG-732", priority: "P2")
    try lab.repository.addIssue("ENH-20", priority: "P3")
    try await lab.commit()
    let plan = try await lab.plan(flag, value)
    #expect(plan.ids == expected, "\(plan.errors)")
  }

  private static let selection: [SettingRow] = [
    SettingRow("--priority", "-p") { lab, flag in
      try await selects(flag, "p0,P2", ["BUG-731", "BUG-732"], lab)
    },
    SettingRow("--type", "-T") { lab, flag in
      try await selects(flag, "FEAT,enh", ["FEAT-12", "ENH-20"], lab)
    },
    SettingRow("--label") { lab, flag in
      try await selects(flag, "none, good first issue", ["FEAT-12"], lab)
    },
    SettingRow("--only", "-o") { lab, flag in
      try await selects(flag, "732,enh-20", ["BUG-732", "ENH-20"], lab)
    },
    SettingRow("--skip", "-s") { lab, flag in
      try await selects(flag, "732,ENH-20", ["BUG-731", "FEAT-12"], lab)
    },
    SettingRow("--max-issues", "-m") { lab, flag in
      try await selects(flag, "2", ["BUG-731", "FEAT-12"], lab)
    },
  ]

  // MARK: How

  private static let running: [SettingRow] = [
    SettingRow("--config", "-C") { lab, flag in
      try lab.configure()
      try await lab.addIssues("BUG-1")
      let elsewhere = try await lab.call(["--json", flag, "repo"], at: lab.sandbox)
      #expect(elsewhere.outcome("BUG-1") == "landed", "\(elsewhere.errors)")
    },
    SettingRow("--workers", "-w") { lab, flag in
      try lab.configure("meet 2; work", ["max_workers": "1"])
      try await lab.addIssues("BUG-1", "BUG-2")
      let run = try await lab.run(flag, "2")
      #expect(run.status == 0, "two agents were not at work together: \(run.errors)")
    },
    SettingRow("--timeout", "-t") { lab, flag in
      try lab.configure("while :; do echo tick; sleep 0.2; done")
      try await lab.addIssues("BUG-1")
      let run = try await lab.run(flag, "1")
      #expect(run["BUG-1"]?.reason?.contains("ran longer than its time-out") == true)
    },
    SettingRow("--idle-timeout") { lab, flag in
      try lab.configure("sleep 100")
      try await lab.addIssues("BUG-1")
      let run = try await lab.run(flag, "1")
      #expect(run["BUG-1"]?.reason?.contains("longer than its idle time-out") == true)
    },
    SettingRow("--stream-output") { lab, flag in
      try lab.configure("echo the agent speaks; work")
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run(flag).errors.contains("BUG-1 | the agent speaks"))
    },
    SettingRow("--worktree-base") { lab, flag in
      try lab.configure("pwd > \"$SANDBOX/place\"; work")
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run(flag, "../elsewhere").status == 0)
      #expect(lab.notes("place")?.hasPrefix("\(lab.sandbox)/elsewhere/worker-bug-1-") == true)
    },
    SettingRow("--feature-branches") { lab, flag in
      try lab.configure()
      try await lab.addIssues("BUG-1")
      let run = try await lab.run(flag)
      #expect(run.outcome("BUG-1") == "finished")
      #expect(run["BUG-1"]?.branch == "feature/bug-1-something-to-do")
      #expect(await lab.landed("BUG-1.txt") == nil)
    },
    SettingRow("--no-feature-branches") { lab, flag in
      try lab.configure(Lab.works, ["use_feature_branches": "true"])
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run(flag).outcome("BUG-1") == "landed")
    },
    SettingRow("--epic-branches") { lab, flag in
      try lab.configure()
      try await lab.addIssues("BUG-1")
      let run = try await lab.run(flag)
      #expect(run.status == 2 && run.errors.contains("\(flag) is not supported"))
    },
    SettingRow("--no-epic-branches") { lab, flag in
      try lab.configure(Lab.works, ["epic_branches": #"{"enabled": true}"#])
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run().status == 2)
      #expect(try await lab.run(flag).outcome("BUG-1") == "landed")
    },
    SettingRow("--skip-learning-gate") { lab, flag in
      try lab.configure(others: ["learning_tests": #"{"enabled": true}"#])
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run().status == 2)
      #expect(try await lab.run(flag).outcome("BUG-1") == "landed")
    },
    SettingRow("--handoff-threshold") { lab, flag in
      try lab.configure("echo \"$LL_HANDOFF_THRESHOLD\" > seen.txt")
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run(flag, "60").status == 0)
      #expect(await lab.landed("seen.txt") == "60")
    },
    SettingRow("--context-limit") { lab, flag in
      try lab.configure("echo \"$LL_CONTEXT_LIMIT\" > seen.txt")
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run(flag, "90000").status == 0)
      #expect(await lab.landed("seen.txt") == "90000")
    },
    SettingRow("--dry-run", "-n") { lab, flag in
      try lab.configure()
      try await lab.addIssues("BUG-1")
      let before = try await lab.repository.everything()
      let look = try await lab.call([flag])
      #expect(look.text.contains("BUG-1"))
      #expect(try await lab.repository.everything() == before)
    },
    SettingRow("--overlap-detection") { lab, flag in
      try lab.configure("alone; work")
      try await lab.addIssues("BUG-1", "BUG-2", body: overlapping)
      let run = try await lab.run(flag)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.errors.contains("BUG-2 starts when BUG-1 is over"))
      #expect(run.ids == ["BUG-1", "BUG-2"])
    },
    SettingRow("--warn-only") { lab, flag in
      try lab.configure("meet 2; work")
      try await lab.addIssues("BUG-1", "BUG-2", body: overlapping)
      let run = try await lab.run(flag)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.errors.contains("BUG-1 and BUG-2 both name src/menu/a.txt"))
    },
    SettingRow("--show-model") { lab, flag in
      try lab.configureLittleLoops(
        work: #"echo '{"type":"system","subtype":"init","model":"opus-9"}'; work"#)
      try await lab.addIssues("BUG-1")
      let run = try await lab.run(flag)
      #expect(run.errors.contains("BUG-1: the agent's model is opus-9"), "\(run.errors)")
      #expect(run.text.contains(#""model" : "opus-9""#))
    },
  ]

  private static let overlapping = "## Files to Modify\n- `src/menu/a.txt`\n- `src/menu/b.txt`\n"

  // MARK: What earlier runs left

  /// Makes a first run put a landing off, and then takes away what was in its way.
  private static func putOff(_ lab: Lab) async throws {
    try lab.configure("sed -i 's/^a line 3$/work/' src/a.txt; work")
    try await lab.addIssues("BUG-1")
    try lab.repository.write("src/a.txt", numberedLines("a").replacing("a line 3\n", with: "me\n"))
    #expect(try await lab.run().outcome("BUG-1") == "deferred")
    try await lab.repository.git("checkout", "--quiet", "src/a.txt")
    try lab.configure("echo again > again.txt")
    try await lab.commit()
  }

  /// Makes a first run fail.
  private static func fail(_ lab: Lab) async throws {
    try lab.configure("exit 1")
    try await lab.addIssues("BUG-1")
    #expect(try await lab.run().outcome("BUG-1") == "failed")
    try lab.configure()
    try await lab.commit()
  }

  private static let earlierWork: [SettingRow] = [
    SettingRow("--resume", "-r") { lab, flag in
      try await fail(lab)
      #expect(try await lab.run(flag).outcome("BUG-1") == "held")
    },
    SettingRow("--retry-failed") { lab, flag in
      try await fail(lab)
      #expect(try await lab.run("--resume", flag).outcome("BUG-1") == "landed")
    },
    SettingRow("--merge-pending") { lab, flag in
      try await putOff(lab)
      #expect(try await lab.run(flag).outcome("BUG-1") == "landed")
      #expect(await lab.landed("again.txt") == nil)
    },
    SettingRow("--ignore-pending") { lab, flag in
      try await putOff(lab)
      let run = try await lab.run(flag)
      #expect(run.status == 0 && run.ids == [])
    },
    SettingRow("--clean-start") { lab, flag in
      try await putOff(lab)
      #expect(try await lab.run(flag).outcome("BUG-1") == "landed")
      #expect(await lab.landed("again.txt") == "again")
      let saved = try await lab.repository.git("show", "refs/ll/saved/bug-1/1:src/a.txt")
      #expect(saved.contains("\nwork\n"))
    },
  ]

  // MARK: Clean up and exit

  private static let cleaning: [SettingRow] = [
    SettingRow("--cleanup", "-c") { lab, flag in
      try lab.configure()
      try await lab.addIssues("BUG-1")
      try await lab.repository.git(
        "worktree", "add", "-q", "-b", "parallel/x", ".worktrees/worker-x")
      let run = try await lab.call([flag])
      #expect(run.text == "removed: .worktrees/worker-x, with branch parallel/x")
      #expect(await lab.landed("BUG-1.txt") == nil, "it exits without running issues")
    },
    SettingRow("--cleanup-orphans") { lab, flag in
      try lab.configure("echo half > half.txt; kill -9 $PPID")
      try await lab.addIssues("BUG-1")
      #expect(try await lab.run().status == 128 + Int(SIGKILL))
      let run = try await lab.call([flag])
      #expect(run.text.hasPrefix("removed: .worktrees/worker-bug-1-"), "\(run.text)\(run.errors)")
      #expect(try await lab.repository.git("show", "refs/ll/saved/bug-1/1:half.txt") == "half")
    },
    SettingRow("--prune-merged-branches") { lab, flag in
      try lab.configure()
      try await lab.addIssues("BUG-1")
      try await lab.repository.git("branch", "feature/merged")
      #expect(try await lab.call([flag]).text.hasPrefix("deleted: branch feature/merged (was "))
      #expect(try await lab.repository.git("branch", "--list", "feature/*") == "")
    },
  ]

  // MARK: Output

  private static let output: [SettingRow] = [
    SettingRow("--quiet", "-q") { lab, flag in
      try lab.configure()
      try await lab.addIssues("BUG-1")
      let run = try await lab.call([flag])
      #expect(run.errors == "" && run.text.contains("landed      BUG-1"))
    },
    SettingRow("--verbose", "-v") { lab, flag in
      try lab.configure()
      try await lab.addIssues("BUG-1")
      #expect(try await lab.call([flag]).errors.contains("BUG-1: making the worktree"))
    },
    SettingRow("--json") { lab, flag in
      try lab.configure()
      try await lab.addIssues("BUG-1")
      let run = try await lab.call([flag])
      #expect(run.outcome("BUG-1") == "landed" && run.text.hasPrefix("{\n"))
    },
    SettingRow("--events") { lab, flag in
      try lab.configure()
      try await lab.addIssues("BUG-1")
      _ = try await lab.call([flag, "../events"])
      let log = try EventLog(readFile(lab.sandbox.appending("events")))
      #expect(log.outcomes(of: "BUG-1") == ["merged"])
    },
    SettingRow("--version") { lab, flag in
      let output = try await lab.call([flag])
      #expect(output.text.hasPrefix("ll-parallel "))
    },
    SettingRow("--help", "-h") { lab, flag in
      let output = try await lab.call([flag])
      #expect(output.text.contains("USAGE: ll-parallel"))
    },
  ]
}
