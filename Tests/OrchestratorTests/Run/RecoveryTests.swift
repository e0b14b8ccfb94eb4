import GitEngine
import RunSupport
import TestSupport
import Testing

@testable import Orchestrator

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

// One after the other: the agents of all at once would starve tests that measure time.
/// What a run that died left behind is found again by the next one.
@Suite(.serialized, .timeLimit(.minutes(2))) struct RecoveryTests {
  /// The state that a run has when it is killed while the agent of BUG-001 works.
  private struct Dead {
    let run: RunFixture
    let branch = ReferenceName.branch("parallel/bug-001-x")
    var path: FilePath
    var start: ObjectID

    /// - Parameter base: The worktree base as the configuration has it.
    init(_ run: RunFixture, base: FilePath = ".worktrees") async throws {
      self.run = run
      path = run.repository.root.pushing(base).appending("worker-bug-001-x")
      start = try await run.repository.id("main")
      try writeFile(run.repository.root.appending(".git/info/exclude"), "/.worktrees/\n")
      try await run.repository.git(
        "worktree", "add", "-q", "-b", branch.shortName, path.string, "main")
      try write(.runStarted)
      try write(.issueStarted) { entry in
        entry.title = "Sample"
        entry.file = PersistedPath(RunFixture.file("BUG-001"))
        entry.branch = branch.text
        entry.worktree = PersistedPath(path)
        entry.start = start.description
      }
    }

    func write(
      _ step: JournalEntry.Step, _ fill: (inout JournalEntry) -> Void = { _ in }
    ) throws {
      let state = StateDirectory(commonDirectory: run.repository.root.appending(".git"))
      try makeDirectories(state.path)
      try Journal(state, run: "dead").write(
        step, issue: step == .runStarted ? nil : "BUG-001", fill)
    }

    /// Lets the agent commit something and leave something.
    func work() async throws {
      try writeFile(path.appending("half.txt"), "half\n")
      try await run.repository.git("add", "half.txt", at: path)
      try await run.repository.git("commit", "-q", "-m", "half", at: path)
      try writeFile(path.appending("rest.txt"), "rest\n")
      try writeFile(path.appending("src/b.txt"), "changed\n")
    }
  }

  /// The run died after the agent had been started and before the journal said so.
  @Test func anAgentThatNoJournalKnowsOfIsEnded() async throws {
    try await withRunFixture { run in
      let dead = try await Dead(run)
      let started = try await Oracle.run(
        "sh", ["-c", "setsid sleep 1000 > /dev/null 2>&1 & echo $!"], in: dead.path,
        environment: ["LL_RUN_ID": "dead"])
      let process = try #require(Int32(started.text))
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed)
      #expect(ProcessTable.entry(of: process)?.isAlive != true)
    }
  }

  /// Everything that the dead run's agent had is kept, and the issue runs again.
  @Test(arguments: [".worktrees", "../outside", "link/base"])
  func unfinishedWorkIsKept(base: String) async throws {
    let settings = ["worktree_base": "\"\(base)\""]
    try await withRunFixture(agent: RunFixture.committingAgent, settings) { run in
      if base.hasPrefix("link") {
        try makeDirectories(run.sandbox.appending("real"))
        try await Oracle.run("ln", ["-s", "../real", "link"], in: run.repository.root)
        try await run.repository.commitAll("issues")
      }
      let dead = try await Dead(run, base: FilePath(base))
      try await dead.work()
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed)
      let saved = "refs/ll/saved/bug-001/1"
      #expect(try await run.otherReferences() == [saved])
      #expect(await run.text("half.txt", at: saved) == "half\n")
      #expect(await run.text("rest.txt", at: saved) == "rest\n")
      #expect(await run.text("src/b.txt", at: saved) == "changed\n")
      #expect(await run.text("half.txt") == nil)
      #expect(try await run.linkedWorktrees() == [])
      #expect(outcome.notices.contains { $0.contains("is kept as refs/ll/saved/bug-001") })
      try await run.repository.git("fsck", "--strict", "--no-dangling")
    }
  }

  /// Somebody deleted the worktree; its commits are still on the branch, and stay reachable.
  @Test(arguments: [true, false]) func commitsOfALostWorktreeAreKept(prunes: Bool) async throws {
    try await withRunFixture { run in
      let dead = try await Dead(run)
      try await dead.work()
      try await Oracle.run("rm", ["-rf", dead.path.string], in: run.sandbox)
      if prunes { try await run.repository.git("worktree", "prune") }
      #expect(try await run.run().outcome("BUG-001") == .landed)
      #expect(try await run.otherReferences() == ["refs/ll/saved/bug-001/1"])
      #expect(await run.text("half.txt", at: "refs/ll/saved/bug-001/1") == "half\n")
      #expect(try await run.linkedWorktrees() == [])
    }
  }

  @Test func nothingIsLeftOfAnIssueThatWasJustBegun() async throws {
    try await withRunFixture { run in
      _ = try await Dead(run)
      #expect(try await run.run().outcome("BUG-001") == .landed)
      #expect(try await run.remains() == [])
    }
  }

  /// Killed while the worktree was being made: it is locked as the engine locks it then.
  @Test func worktreeThatWasBeingMadeIsTakenAway() async throws {
    try await withRunFixture { run in
      let dead = try await Dead(run)
      try await run.repository.git(
        "worktree", "lock", "--reason", "GitEngine: being added", dead.path.string)
      try await Oracle.run("rm", [".git/worktrees/worker-bug-001-x/index"], in: run.repository.root)
      try await Oracle.run("rm", ["-r", "src"], in: dead.path)
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed)
      #expect(try await run.remains() == [], "\(outcome.notices)")
    }
  }

  /// Finished and verified, but the run died before the landing.
  @Test func finishedWorkIsReportedAndLandedOnDemand() async throws {
    try await withRunFixture(agent: "exit 1") { run in
      let dead = try await Dead(run)
      try await dead.work()
      try await run.repository.git("add", "-A", at: dead.path)
      try await run.repository.git("commit", "-q", "-m", "rest", at: dead.path)
      let tip = try await run.repository.id(dead.branch.text)
      try dead.write(.finished) { $0.tip = tip.description }

      let first = try await run.run()
      #expect(first.outcome("BUG-001") == .pending && first.summary.exitCode == 1)
      #expect(try await run.repository.id(dead.branch.text) == tip)
      let second = try await run.runLandingPending()
      #expect(second.outcome("BUG-001") == .landed && second.summary.exitCode == 0)
      #expect(await run.text("rest.txt") == "rest\n")
      #expect(try await run.remains() == [])
    }
  }

  @Test func finishedWorkThatIsIgnoredStays() async throws {
    try await withRunFixture { run in
      let dead = try await Dead(run)
      try await dead.work()
      let tip = try await run.repository.id(dead.branch.text)
      try dead.write(.finished) { $0.tip = tip.description }
      var options = RunOptions()
      options.earlierWork = EarlierWork(choice: .ignore)
      let outcome = try await run.run(options)
      #expect(outcome.summary.issues == [] && outcome.summary.exitCode == 0)
      #expect(try await run.repository.id(dead.branch.text) == tip)
      #expect(try await run.linkedWorktrees() == [dead.path.string])
    }
  }

  /// Killed between the landing and the removal of branch and worktree: the next run tidies up.
  @Test func landedWorkIsTidiedUp() async throws {
    try await withRunFixture(agent: "exit 1") { run in
      let dead = try await Dead(run)
      try await dead.work()
      try await run.repository.git("checkout", "-q", ".", at: dead.path)
      try await Oracle.run("rm", ["rest.txt"], in: dead.path)
      let old = try await run.repository.id("main")
      try dead.write(.finished) { $0.tip = dead.start.description }
      let done = RunFixture.issueText("BUG-001", fields: ["completed_at: 2026-01-01T00:00:00Z"])
      try run.repository.write(
        RunFixture.file("BUG-001"),
        done.replacing("status: open", with: "status: done") + "\n## Resolution\n\nLanded.\n")
      try await run.repository.git("merge", "-q", "--no-ff", "--no-commit", dead.branch.shortName)
      try await run.repository.commitAll("merge BUG-001: Sample")
      let new = try await run.repository.id("main")
      try dead.write(.publishing) { entry in
        entry.note(LandingRecord(branch: .branch("main"), old: old, new: new))
      }
      let outcome = try await run.run()
      #expect(outcome.summary.exitCode == 0)
      #expect(try await run.repository.id("main") == new, "it is landed exactly once")
      #expect(try await run.remains() == [])
    }
  }

  /// A run that was planned while another one worked acts on what that one left, not on what it saw.
  @Test func planFromBeforeTheOtherRunsEndIsNotActedOn() async throws {
    try await withRunFixture { run in
      let other = try await Dead(run)
      try await other.work()
      // Sees an issue that is being worked on. It fails, its branch is kept, its run ends.
      let late = try await run.prepare()
      let tip = try await run.repository.id(other.branch.text)
      try await run.repository.git("worktree", "remove", "--force", other.path.string)
      try other.write(.ended) { $0.outcome = "failed" }
      #expect(try await late.run().outcome("BUG-001") == .landed)
      #expect(try await run.otherReferences() == [other.branch.text])
      #expect(try await run.repository.id(other.branch.text) == tip)
    }
  }

  @Test func planFromBeforeTheOtherRunLandedItDoesNotRunItAgain() async throws {
    try await withRunFixture { run in
      let late = try await run.prepare()
      #expect(try await run.run().outcome("BUG-001") == .landed)
      let outcome = try await late.run()
      #expect(outcome.summary.issues == [] && outcome.summary.exitCode == 0)
      #expect(try await run.landed().count == 1)
    }
  }
}
