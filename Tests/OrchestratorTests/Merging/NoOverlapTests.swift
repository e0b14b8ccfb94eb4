import GitEngine
import Orchestrator
import Synchronization
import RunSupport
import TestSupport
import Testing

// One after the other: the agents of all at once would starve tests that measure time.
/// Promise: set-ups of worktrees and landings never overlap, whatever the agents' timing.
@Suite(.serialized, .timeLimit(.minutes(3))) struct NoOverlapTests {
  static let issues = (1...60).map { "BUG-\(1000 + $0)" }

  /// Each agent takes a time of its own, up to 50 ms; each third one commits.
  static func agent(seed: Int) -> String {
    """
    n=${id#BUG-}
    sleep $(printf 0.%03d $(( (n * 7919 + \(seed) * 104729) % 51 )))
    echo "work of $id" > "work-$id.txt"
    [ $(( (n + \(seed)) % 3 )) != 0 ] || { git add "work-$id.txt"; git commit -q -m "work $id"; }
    """
  }

  @Test(arguments: 1...5) func sixtyIssuesLandWithoutOverlap(seed: Int) async throws {
    let settings = ["max_workers": "4"]
    try await withRunFixture(issues: Self.issues, agent: Self.agent(seed: seed), settings) { run in
      let outcome = try await run.run()
      #expect(outcome.summary.exitCode == 0)
      #expect(outcome.summary.counts.landed == 60)
      #expect(outcome.notices == [])
      #expect(EventProof(outcome.log).violations == [])
      #expect(Set(outcome.log.entries.compactMap(\.slot)) == [1, 2, 3, 4])

      // One merge commit for each issue, and nothing else on the base branch.
      #expect(
        Set(try await run.landed()) == Set(Self.issues.map { "merge \($0): Sample" }))
      #expect(try await run.landed().count == 60)
      #expect(
        try await run.repository.git("rev-list", "--first-parent", "--merges", "--count", "main")
          == "60")
      for id in Self.issues {
        #expect(run.repository.read(RepositoryPath("work-\(id).txt")) == "work of \(id)\n")
        #expect(run.repository.read(RunFixture.file(id))?.contains("status: done\n") == true)
      }
      #expect(try await run.remains() == [])
    }
  }

  /// The same run with a coordinator that answers before the landing is done: the proof must fail,
  /// or it would prove nothing.
  @Test func proofFailsWithoutTheWait() async throws {
    let issues = Array(Self.issues.prefix(12))
    try await withRunFixture(issues: issues, agent: Self.agent(seed: 1), ["max_workers": "3"]) {
      let coordinator = FireAndForgetCoordinator()
      let outcome = try await $0.run(coordinator: coordinator)
      await coordinator.drain()
      let violations = EventProof(outcome.log).violations
      #expect(violations.contains { $0.contains("queued for landing") })
      #expect(violations.contains { $0.contains("its ticket has not ended") })
    }
  }

  /// A coordinator that waits for the landing, but lets set-ups and landings meet.
  @Test func proofFailsWithoutTheGate() async throws {
    let issues = Array(Self.issues.prefix(12))
    try await withRunFixture(issues: issues, agent: Self.agent(seed: 2), ["max_workers": "4"]) {
      let outcome = try await $0.run(coordinator: UngatedCoordinator())
      #expect(EventProof(outcome.log).violations != [])
    }
  }
}

/// Queues landings and says at once that they are done; set-ups never wait.
private final class FireAndForgetCoordinator: MergeCoordination {
  private let waiting = Mutex<[MergeJob]>([])
  private let tasks = Mutex<[Task<Void, Never>]>([])

  func setUp<Value: Sendable>(
    onStart: @Sendable () -> Void, _ body: @Sendable () async throws -> Value
  ) async throws -> Value {
    onStart()
    startLandings()
    return try await body()
  }

  func land(_ job: MergeJob) async -> MergeResult {
    waiting.withLock { $0.append(job) }
    job.onQueue()
    return MergeResult(.merged)
  }

  /// Lands what nobody waited for.
  func drain() async {
    startLandings()
    for task in tasks.withLock({ $0 }) { await task.value }
  }

  private func startLandings() {
    let jobs = waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    let started = jobs.map { job in
      Task {
        job.onStart()
        job.onEnd(await job.body(), .zero)
      }
    }
    tasks.withLock { $0 += started }
  }
}

/// Waits for each landing, and for nothing else.
private struct UngatedCoordinator: MergeCoordination {
  func setUp<Value: Sendable>(
    onStart: @Sendable () -> Void, _ body: @Sendable () async throws -> Value
  ) async throws -> Value {
    onStart()
    return try await body()
  }

  func land(_ job: MergeJob) async -> MergeResult {
    job.onQueue()
    job.onStart()
    let result = await job.body()
    job.onEnd(result, .zero)
    return result
  }
}
