import GitEngine
import Orchestrator
import RunSupport
import TestSupport
import Testing

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// Runs whose agents are told that their provider takes no more work.
@Suite(.serialized, .timeLimit(.minutes(2))) struct UsageLimitRunTests {
  /// BUG-001 is at its limit twice; each of the others waits for a file of its own before it ends.
  private static let agent = #"""
    echo x >> "$sandbox/calls-$id"
    if [ "$id" = BUG-001 ] && [ "$(wc -l < "$sandbox/calls-$id" | tr -d ' ')" -le 2 ]; then
      # The other agent must be at work by then: else it would rest, too.
      while [ -e "$sandbox/together" ] && [ ! -e "$sandbox/calls-BUG-002" ]; do sleep 0.01; done
      echo half > half.txt
      echo 'API Error: 429 {"type":"error","error":{"type":"rate_limit_error"}}'; exit 1
    fi
    while [ "$id" != BUG-001 ] && [ ! -e "$sandbox/go-$id" ]; do sleep 0.01; done

    """# + RunFixture.committingAgent

  private func calls(_ run: RunFixture, _ id: String) -> Int {
    let bytes = try? readFile(run.sandbox.appending("calls-\(id)"))
    return bytes?.count { $0 == UInt8(ascii: "\n") } ?? 0
  }

  @Test func theAgentsRestAndTheIssueLands() async throws {
    let issues = ["BUG-001", "BUG-002", "BUG-003"]
    try await withRunFixture(issues: issues, agent: Self.agent, ["max_workers": "2"]) { run in
      try writeFile(run.sandbox.appending("together"), "")
      let clock = ManualClock()
      let prepared = try await run.prepare(pool: AgentPool(clock: clock))
      let task = Task { try await prepared.run() }
      var sleeps = clock.sleeps.makeAsyncIterator()
      #expect(await sleeps.next() == .seconds(30))
      // The agent that works goes on; the next one has its worktree and waits.
      try writeFile(run.sandbox.appending("go-BUG-002"), "")
      #expect(await sleeps.next() == .seconds(30))
      #expect(calls(run, "BUG-001") == 1 && calls(run, "BUG-003") == 0)
      #expect(try await run.landed() == ["merge BUG-002: Sample"])
      clock.advance(by: .seconds(30))
      // Longer, since no agent has got past the limit in between.
      #expect(await sleeps.next() == .seconds(60))
      try writeFile(run.sandbox.appending("go-BUG-003"), "")
      clock.advance(by: .seconds(60))
      let outcome = try await task.value
      #expect(outcome.summary.exitCode == 0, "\(outcome.summary.issues)")
      #expect(outcome.summary.counts.landed == 3)
      #expect(calls(run, "BUG-001") == 3 && calls(run, "BUG-003") == 1)
      #expect(
        Set(outcome.log.named("parallel.worker_completed").map(\.status)) == ["success"])
      #expect(EventProof(outcome.log).violations == [])
      let said = outcome.notices.filter { $0.contains("the agents rest for") }
      #expect(said.count == 2 && said.allSatisfy { $0.hasPrefix("BUG-001: API Error: 429") })
      // It went on in the same worktree.
      #expect(await run.text("half.txt") == "half\n")
      #expect(try await run.remains() == [])
    }
  }

  @Test func aRunCanBeStoppedWhileTheAgentsRest() async throws {
    try await withRunFixture(agent: Self.agent) { run in
      let clock = ManualClock()
      let prepared = try await run.prepare(pool: AgentPool(clock: clock))
      let task = Task { try await prepared.run() }
      var sleeps = clock.sleeps.makeAsyncIterator()
      _ = await sleeps.next()
      task.cancel()
      let outcome = try await task.value
      #expect(outcome.outcome("BUG-001") == .interrupted)
      #expect(calls(run, "BUG-001") == 1)
      #expect(await run.text("half.txt", at: "refs/ll/saved/bug-001/1") == "half\n")
    }
  }

  /// Whoever asks for a day and gets no other answer leaves the issue to another run: not failed.
  @Test func aLimitWithoutAnEndIsNoFailure() async throws {
    let agent = "echo x >> \"$sandbox/calls-$id\"; echo 'Claude usage limit reached.'; exit 1"
    try await withRunFixture(agent: agent) { run in
      let outcome = try await run.run(pool: AgentPool(clock: ManualClock(jumps: true)))
      #expect(outcome.outcome("BUG-001") == .blocked && outcome.summary.exitCode == 1)
      #expect(outcome["BUG-001"]?.reason?.contains("usage limit reached") == true)
      #expect(calls(run, "BUG-001") > 10)
      #expect(try await run.remains() == [])
    }
  }
}
