import GitEngine
import Orchestrator
import Synchronization
import RunSupport
import TestSupport
import Testing

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

// One after the other: the agents of all at once would starve tests that measure time.
/// Whole runs: conflicts, interruption, one run at a time, order, places for worktrees.
@Suite(.serialized, .timeLimit(.minutes(2))) struct RunTests {
  // MARK: Conflicts

  /// Waits until both agents are at work, so that they start from one commit.
  private static let meetingEditors = """
    : > "$sandbox/at-work-$id"
    while [ "$(ls "$sandbox" | grep -c at-work)" -lt 2 ]; do sleep 0.01; done
    \(RunFixture.editingAgent)
    """

  /// The second one keeps branch and worktree; what the user commits there lands on demand.
  @Test func conflictIsLandedWhenTheUserHasResolvedIt() async throws {
    let settings = ["max_merge_retries": "0"]
    try await withRunFixture(
      issues: ["BUG-001", "BUG-002"], agent: Self.meetingEditors, settings
    ) { run in
      let outcome = try await run.run()
      #expect(Set(outcome.summary.issues.map(\.outcome)) == [.landed, .conflict])
      #expect(outcome.summary.exitCode == 1)
      #expect(EventProof(outcome.log).violations == [])
      let report = try #require(outcome.summary.issues.first { $0.outcome == .conflict })
      #expect(report.paths == ["src/a.txt"])
      #expect(outcome.log.outcomes(of: report.id) == ["conflict"])
      let branch = try #require(report.branch)
      let worktree = FilePath(try #require(report.worktree))
      #expect(try await run.otherReferences() == ["refs/heads/\(branch)"])
      #expect(try await run.linkedWorktrees() == [worktree.string])
      #expect(try await run.landed().count == 1)

      // Not run again, and not landed before the user is done.
      #expect(try await run.run().outcome(report.id) == .pending)
      _ = try await Oracle.git(["merge", "-q", "main"], in: worktree, allowFailure: true)
      let early = try await run.runLandingPending()
      #expect(early.outcome(report.id) == .deferred)
      #expect(early[report.id]?.reason?.contains("merge in progress") == true)

      try writeFile(worktree.appending("src/a.txt"), "resolved\n")
      try await run.repository.git("commit", "-q", "-a", "-m", "resolved", at: worktree)
      let last = try await run.runLandingPending()
      #expect(last.outcome(report.id) == .landed && last.summary.exitCode == 0)
      #expect(run.repository.read("src/a.txt") == "resolved\n")
      #expect(try await run.landed().count == 2)
      #expect(try await run.remains() == [])
    }
  }

  // MARK: Interruption

  /// Cancels a run when a number of agents are at work, and waits for its end.
  private func cancelled(_ run: RunFixture, atWork count: Int) async throws -> RunFixture.Outcome {
    let (stream, send) = AsyncStream<Void>.makeStream()
    let counter = Counter(left: count, send: send)
    let prepared = try await run.prepare(listener: { record in
      if case .workerStarted = record.event { counter.count() }
    })
    let task = Task { try await prepared.run() }
    for await _ in stream {}
    // The agents have begun when they say so.
    for id in 1...count {
      while !pathExists(run.sandbox.appending("begun-BUG-00\(id)")) { await Task.yield() }
    }
    task.cancel()
    return try await task.value
  }

  private final class Counter: Sendable {
    private let left: Mutex<Int>
    private let send: AsyncStream<Void>.Continuation

    init(left: Int, send: AsyncStream<Void>.Continuation) {
      self.left = Mutex(left)
      self.send = send
    }

    func count() {
      left.withLock { left in
        left -= 1
        if left == 0 { send.finish() }
      }
    }
  }

  @Test func interruptedWorkIsKeptAndRunsAgain() async throws {
    let agent = """
      [ -e "$sandbox/again" ] && { \(RunFixture.committingAgent.replacing("\n", with: "; ")); exit; }
      echo half > half.txt; git add half.txt; git commit -q -m half
      echo rest > rest.txt; echo $$ > "$sandbox/pid-$id"
      : > "$sandbox/begun-$id"
      sleep 300 & wait
      """
    try await withRunFixture(issues: ["BUG-001", "BUG-002", "BUG-003"], agent: agent) { run in
      let outcome = try await cancelled(run, atWork: 2)
      #expect(outcome.summary.wasInterrupted)
      #expect(outcome.outcome("BUG-001") == .interrupted)
      #expect(outcome.outcome("BUG-002") == .interrupted)
      #expect(outcome.outcome("BUG-003") == .held)
      #expect(EventProof(outcome.log).violations == [])
      #expect(
        outcome.log.named("parallel.worker_completed").map(\.status)
          == ["interrupted", "interrupted"])
      for id in ["001", "002"] {
        let saved = "refs/ll/saved/bug-\(id)/1"
        #expect(await run.text("half.txt", at: saved) == "half\n")
        #expect(await run.text("rest.txt", at: saved) == "rest\n")
        let pid = try readFile(run.sandbox.appending("pid-BUG-\(id)")).dropLast()
        let entry = FilePath("/proc").appending(String(decoding: pid, as: UTF8.self))
        #expect(!pathExists(entry), "the agent still runs")
      }
      #expect(try await run.landed() == [])
      let kept = ["refs/ll/saved/bug-001/1", "refs/ll/saved/bug-002/1"]
      #expect(try await run.remains() == kept)

      try writeFile(run.sandbox.appending("again"), "")
      let again = try await run.run()
      #expect(again.summary.counts.landed == 3 && again.summary.exitCode == 0)
      #expect(try await run.remains() == kept)
    }
  }

  // MARK: One at a time

  @Test func secondRunIsRefusedAndHearsOfTheFirst() async throws {
    let agent = ": > \"$sandbox/begun-$id\"\nsleep 300 & wait"
    try await withRunFixture(agent: agent) { run in
      let first = try await run.prepare()
      let task = Task { try await first.run() }
      while !pathExists(run.sandbox.appending("begun-BUG-001")) { await Task.yield() }
      let worktrees = try await run.linkedWorktrees()
      await #expect {
        _ = try await run.run()
      } throws: { error in
        guard case RunRefusal.alreadyRunning(let holder?, _) = error else { return false }
        return "\(error)".contains("process \(holder.pid) on ") && !holder.runID.isEmpty
      }
      #expect(try await run.linkedWorktrees() == worktrees, "the second one did nothing")
      task.cancel()
      #expect(try await task.value.outcome("BUG-001") == .interrupted)
    }
  }

  // MARK: Failures of the repository

  @Test func threeFailuresOfTheRepositoryStopTheRun() async throws {
    let issues = (1...6).map { "BUG-00\($0)" }
    try await withRunFixture(issues: issues, ["max_workers": "1"]) { run in
      try run.repository.write(".git/worktrees", "in the way")
      let outcome = try await run.run()
      #expect(outcome.summary.stopReason?.contains("3 failures of the repository") == true)
      #expect(outcome.summary.counts.failed == 3 && outcome.summary.exitCode == 1)
      #expect(outcome.summary.issues.map(\.outcome).suffix(3) == [.held, .held, .held])
      #expect(EventProof(outcome.log).violations == [])
      try await Oracle.run("rm", [".git/worktrees"], in: run.repository.root)
      #expect(try await run.remains() == [])
      #expect(try await run.run().summary.counts.landed == 6)
    }
  }

  @Test func failuresOfAgentsDoNotStopTheRun() async throws {
    let issues = (1...5).map { "BUG-00\($0)" }
    try await withRunFixture(issues: issues, agent: "exit 1") { run in
      let outcome = try await run.run()
      #expect(outcome.summary.counts.failed == 5 && outcome.summary.stopReason == nil)
    }
  }

  /// A set-up that fails after the worktree was made leaves nothing of it.
  @Test func failedSetupLeavesNothing() async throws {
    try await withRunFixture(["worktree_copy_files": #"["conf/local"]"#]) { run in
      try run.repository.write("conf", "a file on the base branch\n")
      try await run.repository.commitAll("issues")
      try await run.repository.git("checkout", "-q", "-b", "other")
      try await run.repository.git("rm", "-q", "conf")
      try run.repository.write("conf/local", "local\n")
      try run.configure(
        agent: RunFixture.committingAgent,
        ["base_branch": #""main""#, "worktree_copy_files": #"["conf/local"]"#])
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .failed)
      #expect(outcome["BUG-001"]?.reason?.contains("worktree could not be made") == true)
      #expect(EventProof(outcome.log).violations == [])
      #expect(try await run.otherReferences() == ["refs/heads/other"])
      #expect(try await run.linkedWorktrees() == [])
    }
  }

  // MARK: Order

  @Test func p0RunsAlone() async throws {
    try await withRunFixture(issues: ["BUG-003", "BUG-004"], ["max_workers": "3"]) { run in
      try run.addIssue("BUG-005", priority: "P0")
      try run.addIssue("BUG-006", priority: "P0")
      try await run.repository.commitAll("issues")
      let outcome = try await run.run()
      #expect(outcome.summary.counts.landed == 4)
      let steps = outcome.log.entries.filter {
        ["parallel.worktree_setup_started", "parallel.worker_completed"].contains($0.event)
      }
      #expect(steps.prefix(4).map(\.issue) == ["BUG-005", "BUG-005", "BUG-006", "BUG-006"])
      #expect(EventProof(outcome.log).violations == [])
    }
  }

  @Test func dependenciesAreLandedFirst() async throws {
    let agent = """
      [ $id != BUG-001 ] || [ -e work-BUG-002.txt ] || exit 9
      \(RunFixture.committingAgent)
      """
    try await withRunFixture(issues: ["BUG-002"], agent: agent, ["max_workers": "3"]) { run in
      try run.addIssue("BUG-001", priority: "P1", fields: ["blocked_by: [BUG-002]"])
      try await run.repository.commitAll("issues")
      let outcome = try await run.run()
      #expect(outcome.summary.counts.landed == 2)
      #expect(
        try await run.landed() == ["merge BUG-002: Sample", "merge BUG-001: Sample"])
    }
  }

  @Test func whatDependsOnAFailureIsNotRun() async throws {
    let agent = "[ $id != BUG-002 ] || exit 1\n" + RunFixture.committingAgent
    try await withRunFixture(issues: ["BUG-002", "BUG-004"], agent: agent) { run in
      try run.addIssue("BUG-001", fields: ["blocked_by: [BUG-002]"])
      try run.addIssue("BUG-003", fields: ["blocked_by: [BUG-001]"])
      try await run.repository.commitAll("issues")
      let outcome = try await run.run()
      #expect(outcome.summary.issues.map(\.outcome) == [.held, .failed, .held, .landed])
      #expect(outcome["BUG-001"]?.reason == "it waits for BUG-002, which did not land")
      #expect(outcome.summary.exitCode == 1)
    }
  }

  // MARK: Places for worktrees

  @Test(arguments: ["../outside", "deep/er/base", "link", "with space [x]*"])
  func worktreesMayGoAnywhere(base: String) async throws {
    try await withRunFixture(["worktree_base": "\"\(base)\""]) { run in
      if base == "link" {
        try makeDirectories(run.sandbox.appending("real"))
        try await Oracle.run("ln", ["-s", "../real", "link"], in: run.repository.root)
        try await run.repository.commitAll("issues")
      }
      let outcome = try await run.run(listener: { record in
        if case .workerStarted(_, _, let path, _) = record.event {
          #expect(pathExists(FilePath(path).appending(".git")))
        }
      })
      #expect(outcome.outcome("BUG-001") == .landed)
      #expect(try await run.remains() == [])
    }
  }

  @Test(arguments: ["/proc/ll-worktrees", "README.md", "README.md/below"])
  func placeThatCannotBeUsedIsRefused(base: String) async throws {
    try await withRunFixture(["worktree_base": "\"\(base)\""]) { run in
      await #expect {
        _ = try await run.run()
      } throws: { error in
        if case RunRefusal.worktreeBase = error { true } else { false }
      }
      let remains = try await run.remains()
      #expect(remains == [])
    }
  }
}
