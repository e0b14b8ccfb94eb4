import RunSupport
import TestSupport
import Testing

/// The proof itself: it must see each way in which a run could break its promise.
@Suite struct EventProofTests {
  private typealias Entry = EventLog.Entry

  /// Two workers, three issues, the third in the first one's slot.
  private static let good: [(String, Int?, String?)] = [
    ("run.started", nil, nil),
    ("parallel.worktree_setup_started", 1, "BUG-1"),
    ("parallel.worktree_setup_started", 2, "BUG-2"),
    ("parallel.worktree_setup_finished", 1, "BUG-1"),
    ("parallel.worker_started", 1, "BUG-1"),
    ("parallel.merge_queued", 1, "BUG-1"),
    ("parallel.worktree_setup_finished", 2, "BUG-2"),
    ("parallel.merge_started", 1, "BUG-1"),
    ("parallel.worker_started", 2, "BUG-2"),
    ("parallel.merge_completed", 1, "BUG-1"),
    ("parallel.worker_completed", 1, "BUG-1"),
    ("parallel.worktree_setup_started", 1, "BUG-3"),
    ("parallel.worktree_setup_finished", 1, "BUG-3"),
    ("parallel.worker_started", 1, "BUG-3"),
    ("parallel.merge_queued", 2, "BUG-2"),
    ("parallel.merge_started", 2, "BUG-2"),
    ("parallel.merge_completed", 2, "BUG-2"),
    ("parallel.worker_completed", 2, "BUG-2"),
    ("parallel.worker_completed", 1, "BUG-3"),
    ("run.finished", nil, nil),
  ]

  private func violations(_ events: [(String, Int?, String?)]) -> [String] {
    let entries = events.map { name, slot, issue in
      var entry = Entry(event: name, seq: 0, runID: "r")
      (entry.slot, entry.issue) = (slot, issue)
      if name == "run.started" { entry.workers = 2 }
      return entry
    }
    return EventProof(EventLog(numbering: entries)).violations
  }

  @Test func goodLogPasses() { #expect(violations(Self.good) == []) }

  @Test(arguments: Self.good.indices) func missingEventIsSeen(_ index: Int) {
    var events = Self.good
    let removed = events.remove(at: index)
    // That an agent began is said for information only.
    #expect(violations(events).isEmpty == (removed.0 == "parallel.worker_started"))
  }

  @Test(arguments: Self.good.indices) func doubledEventIsSeen(_ index: Int) {
    var events = Self.good
    events.insert(events[index], at: index)
    #expect(violations(events).isEmpty == (events[index].0 == "parallel.worker_started"))
  }

  /// Moved to where it must not be: from an index to another.
  @Test(arguments: [
    (11, 9), (11, 8), (11, 6), (11, 10), (6, 8), (10, 8), (10, 9), (15, 14), (7, 5), (18, 11),
    (4, 3),
  ])
  func wrongOrderIsSeen(from: Int, to: Int) {
    var events = Self.good
    events.insert(events.remove(at: from), at: to)
    #expect(!violations(events).isEmpty)
  }

  @Test func gapInTheNumbersIsSeen() throws {
    let line = #"{"event":"run.started","run_id":"r","seq":2,"workers":1}"#
    let log = try EventLog(Array((line + "\n").utf8))
    #expect(EventProof(log).violations.contains { $0.contains("its number is not 1") })
  }

  @Test func slotsHaveBounds() {
    let events: [(String, Int?, String?)] = [
      ("run.started", nil, nil), ("parallel.worktree_setup_started", 3, "BUG-1"),
      ("parallel.worktree_setup_finished", 3, "BUG-1"),
      ("parallel.worker_completed", 3, "BUG-1"), ("run.finished", nil, nil),
    ]
    #expect(violations(events).contains { $0.contains("no slot 3") })
  }
}
