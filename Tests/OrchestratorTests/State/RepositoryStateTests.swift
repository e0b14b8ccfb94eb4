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

@Suite struct RepositoryStateTests {
  private let id = String(repeating: "a", count: 40)

  private func entry(
    _ step: JournalEntry.Step, _ issue: String?, _ fill: (inout JournalEntry) -> Void = { _ in }
  ) -> JournalEntry {
    var entry = JournalEntry(step, run: "run", issue: issue)
    fill(&entry)
    return entry
  }

  private func started(_ issue: String) -> JournalEntry {
    entry(.issueStarted, issue) {
      $0.title = "Title"
      $0.file = PersistedPath(RepositoryPath(".issues/bugs/x.md"))
      $0.branch = "refs/heads/parallel/\(issue)"
      $0.worktree = PersistedPath(FilePath("/w/\(issue)"))
      $0.start = id
    }
  }

  @Test func unfinishedIssueIsLeft() throws {
    let state = RepositoryState([
      entry(.runStarted, nil), started("BUG-1"),
      entry(.agentStarted, "BUG-1") { $0.processGroup = 7 },
      entry(.agentStarted, "BUG-1") { $0.processGroup = 8 },
    ])
    let left = try #require(state["BUG-1"])
    #expect(!left.isFinished)
    #expect(left.agents.map(\.processGroup) == [7, 8])
    #expect(left.worktree == "/w/BUG-1" && left.start == ObjectID(hex: id))
    #expect(left.branch == ReferenceName("refs/heads/parallel/BUG-1"))
  }

  @Test func finishedIssueForgetsItsAgents() throws {
    let left = try #require(
      RepositoryState([
        started("BUG-1"), entry(.agentStarted, "BUG-1") { $0.processGroup = 7 },
        entry(.finished, "BUG-1") { $0.tip = id },
        entry(.publishing, "BUG-1") { $0.new = id },
      ])["BUG-1"])
    #expect(left.isFinished && left.agents == [] && left.publishing?.new == id)
  }

  @Test func unlandedIssueIsNotBeingPublished() throws {
    let left = try #require(
      RepositoryState([
        started("BUG-1"), entry(.finished, "BUG-1") { $0.tip = id },
        entry(.publishing, "BUG-1"),
        entry(.unlanded, "BUG-1") {
          $0.outcome = "deferred"
          $0.reason = "why"
        },
      ])["BUG-1"])
    #expect(left.publishing == nil && left.outcome == "deferred" && left.reason == "why")
  }

  @Test func endedIssueIsGoneAndANewStartReplacesTheOld() {
    let state = RepositoryState([
      started("BUG-1"), started("BUG-2"), entry(.finished, "BUG-2") { $0.tip = id },
      entry(.ended, "BUG-1"), started("BUG-2"), entry(.finished, "BUG-9") { $0.tip = id },
    ])
    #expect(state.leftovers.map(\.issue) == ["BUG-2"])
    #expect(state["BUG-2"]?.isFinished == false)
  }

  /// Whatever runs wrote, the shortened journal says the same.
  @Test(arguments: 0..<40) func compactionSaysTheSame(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let steps: [JournalEntry.Step] = [
      .runStarted, .agentStarted, .agentStarted, .finished, .publishing, .unlanded, .ended,
      .runFinished,
    ]
    let entries = (0..<60).map { index -> JournalEntry in
      let issue = "BUG-\(Int.random(in: 1...4, using: &random))"
      if Int.random(in: 0..<4, using: &random) == 0 { return started(issue) }
      return entry(steps.randomElement(using: &random) ?? .ended, issue) {
        $0.tip = id
        $0.reason = "\(index)"
        $0.processGroup = Int32(index)
      }
    }
    let state = RepositoryState(entries)
    #expect(RepositoryState(state.compacted()) == state)
    #expect(state.compacted().count <= entries.count)
  }
}

@Suite struct JournalTests {
  private func withState(_ body: (StateDirectory) throws -> Void) async throws {
    try await withSandbox { sandbox in
      let state = StateDirectory(commonDirectory: sandbox)
      try makeDirectories(state.path)
      try body(state)
    }
  }

  /// A landing in which everything that a record can say is said.
  private static let landing = LandingRecord(
    branch: .branch("main"), old: .zero, new: .zero,
    checkout: LandingRecord.Checkout(
      worktree: "/a checkout", stagingDirectory: "/a checkout/.git/staging", indexLockInode: .max,
      indexInode: 7,
      files: [
        LandingRecord.File(path: RepositoryPath("a b"), newInode: 1, oldInode: nil),
        LandingRecord.File(path: RepositoryPath(bytes: [0xE9]), newInode: nil, oldInode: 2),
      ]))

  @Test func readsWhatWasWritten() async throws {
    try await withState { state in
      #expect(try Journal.read(state) == [])
      let journal = try Journal(state, run: "r1")
      try journal.write(.runStarted)
      try journal.write(.issueStarted, issue: "BUG-1") { entry in
        entry.worktree = PersistedPath(RepositoryPath(bytes: [0x2F, 0xE9]))
        entry.note(Self.landing)
        entry.startTicks = .max
      }
      let entries = try Journal.read(state)
      #expect(entries.map(\.step) == [.runStarted, .issueStarted])
      #expect(entries[1].worktree?.bytes == [0x2F, 0xE9])
      #expect(entries[1].startTicks == .max && entries[1].run == "r1")
      #expect(entries[1].landing == Self.landing)
    }
  }

  /// Cut off at any byte of its last line, the journal still says everything before it, and the
  /// next line is not swallowed.
  @Test func tornLastLineIsIgnored() async throws {
    try await withState { state in
      let journal = try Journal(state, run: "r1")
      try journal.write(.runStarted)
      let first = try readFile(state.journal).count
      try journal.write(.issueStarted, issue: "BUG-1")
      let whole = try readFile(state.journal)
      for length in first..<whole.count {
        try writeFile(state.journal, Array(whole[..<length]))
        // Only the line end is missing: all that was to be said is there.
        let isSaid = length == whole.count - 1
        #expect(try Journal.read(state).count == (isSaid ? 2 : 1))
        try Journal(state, run: "r2").write(.runFinished)
        #expect(try Journal.read(state).last?.step == .runFinished)
        #expect(try Journal.read(state).count == (isSaid ? 3 : 2))
      }
    }
  }

  @Test func unknownFieldsAndStepsOfTheFutureDoNoHarm() async throws {
    try await withState { state in
      try writeFile(
        state.journal,
        """
        {"v":1,"ts":"t","run":"r","step":"issue_started","issue":"BUG-1","future":{"a":[1]}}
        {"v":1,"ts":"t","run":"r","step":"of_the_future","issue":"BUG-1"}
        {"v":1,"ts":"t","run":"r","step":"agent_started","issue":"BUG-1","process_group":4}

        """)
      let state = RepositoryState(try Journal.read(state))
      #expect(state["BUG-1"]?.agents.count == 1)
    }
  }

  @Test func compactsAndGoesOn() async throws {
    try await withState { state in
      let journal = try Journal(state, run: "r1")
      for index in 0..<10 { try journal.write(.issueStarted, issue: "BUG-\(index)") }
      try journal.compact(to: Array(try Journal.read(state).suffix(2)))
      try journal.write(.ended, issue: "BUG-8")
      #expect(try Journal.read(state).map(\.issue) == ["BUG-8", "BUG-9", "BUG-8"])
      #expect(directoryNames(state.path) == ["journal.jsonl"])
    }
  }
}
