import Synchronization
import RunSupport
import TestSupport
import Testing

@testable import Orchestrator

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// The published form of the events: names and fields are a promise to other programs.
@Suite struct RunEventTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var event: RunEvent
    var json: String
    var testDescription: String { event.name ?? "notice" }
  }

  static let cases: [Case] = [
    Case(
      event: .runStarted(baseBranch: "main", baseID: "abc", workers: 2, issues: ["BUG-1"]),
      json: #"""
        {"base_branch":"main","base_oid":"abc","event":"run.started","issues":["BUG-1"],\#
        "mono_ns":7,"run_id":"r","seq":3,"ts":"t","workers":2}
        """#),
    Case(
      event: .setupStarted(slot: 1, issue: "BUG-1", worktree: "/w", branch: "b"),
      json: #"""
        {"branch":"b","event":"parallel.worktree_setup_started","issue_id":"BUG-1","mono_ns":7,\#
        "run_id":"r","seq":3,"slot":1,"ts":"t","worktree_path":"/w"}
        """#),
    Case(
      event: .setupFinished(
        slot: 1, issue: "BUG-1", worktree: "/w", branch: "b", baseID: "abc", seconds: 0.25,
        error: nil),
      json: #"""
        {"base_oid":"abc","branch":"b","event":"parallel.worktree_setup_finished",\#
        "issue_id":"BUG-1","mono_ns":7,"run_id":"r","seconds":0.25,"seq":3,"slot":1,"ts":"t",\#
        "worktree_path":"/w"}
        """#),
    Case(
      event: .setupFinished(
        slot: 1, issue: "BUG-1", worktree: "/w", branch: "b", baseID: "", seconds: 0.25,
        error: "why"),
      json: #"""
        {"base_oid":"","branch":"b","error":"why","event":"parallel.worktree_setup_finished",\#
        "issue_id":"BUG-1","mono_ns":7,"run_id":"r","seconds":0.25,"seq":3,"slot":1,"ts":"t",\#
        "worktree_path":"/w"}
        """#),
    Case(
      event: .workerStarted(slot: 1, issue: "BUG-1", worktree: "/w", branch: "b"),
      json: #"""
        {"branch":"b","event":"parallel.worker_started","issue_id":"BUG-1","mono_ns":7,\#
        "run_id":"r","seq":3,"slot":1,"ts":"t","worker_id":"BUG-1","worktree_path":"/w"}
        """#),
    Case(
      event: .workerCompleted(
        slot: 1, issue: "BUG-1", workerName: "w", status: .success, seconds: 1.5),
      json: #"""
        {"duration_seconds":1.5,"event":"parallel.worker_completed","issue_id":"BUG-1",\#
        "mono_ns":7,"run_id":"r","seq":3,"slot":1,"status":"success","ts":"t","worker_name":"w"}
        """#),
    Case(
      event: .mergeQueued(slot: 1, issue: "BUG-1", branch: "b"),
      json: #"""
        {"branch":"b","event":"parallel.merge_queued","issue_id":"BUG-1","mono_ns":7,\#
        "run_id":"r","seq":3,"slot":1,"ts":"t"}
        """#),
    Case(
      event: .mergeStarted(slot: 1, issue: "BUG-1", branch: "b"),
      json: #"""
        {"branch":"b","event":"parallel.merge_started","issue_id":"BUG-1","mono_ns":7,\#
        "run_id":"r","seq":3,"slot":1,"ts":"t"}
        """#),
    Case(
      event: .mergeCompleted(
        slot: 1, issue: "BUG-1", branch: "b", outcome: .alreadyMerged, commit: nil, paths: [],
        error: nil, seconds: 0.5),
      json: #"""
        {"branch":"b","commit":null,"error":null,"event":"parallel.merge_completed",\#
        "issue_id":"BUG-1","mono_ns":7,"outcome":"already_merged","paths":[],"run_id":"r",\#
        "seconds":0.5,"seq":3,"slot":1,"ts":"t"}
        """#),
    Case(
      event: .mergeCompleted(
        slot: 1, issue: "BUG-1", branch: "b", outcome: .conflict, commit: "c", paths: ["a/b"],
        error: "why", seconds: 0.5),
      json: #"""
        {"branch":"b","commit":"c","error":"why","event":"parallel.merge_completed",\#
        "issue_id":"BUG-1","mono_ns":7,"outcome":"conflict","paths":["a/b"],"run_id":"r",\#
        "seconds":0.5,"seq":3,"slot":1,"ts":"t"}
        """#),
    Case(
      event: .queueChanged(pending: 1, active: 2, completed: 3, failed: 4, skipped: 5),
      json: #"""
        {"active":2,"completed":3,"event":"parallel.queue_changed","failed":4,"mono_ns":7,\#
        "pending":1,"run_id":"r","seq":3,"skipped":5,"ts":"t"}
        """#),
    Case(
      event: .issueClosed(issue: "BUG-1", file: "f.md", reason: "why"),
      json: #"""
        {"close_reason":"why","event":"issue.closed","file_path":"f.md","issue_id":"BUG-1",\#
        "mono_ns":7,"run_id":"r","seq":3,"ts":"t"}
        """#),
    Case(
      event: .runFinished(
        counts: RunCounts([.landed, .closed, .failed, .conflict, .deferred, .held]), seconds: 2,
        exitCode: 1),
      json: #"""
        {"blocked":1,"closed":1,"completed":1,"deferred":1,"event":"run.finished","exit_code":1,\#
        "failed":2,"interrupted":0,"mono_ns":7,"run_id":"r","seconds":2,"seq":3,"ts":"t"}
        """#),
  ]

  @Test(arguments: cases) func hasThePublishedForm(_ item: Case) throws {
    let record = RunEvents.Record(
      runID: "r", sequence: 3, timestamp: "t", monotonicNanoseconds: 7, event: item.event)
    let line = try #require(record.line)
    #expect(String(decoding: line, as: UTF8.self) == item.json + "\n")
  }

  @Test func noticesAreForPeopleOnly() {
    let record = RunEvents.Record(
      runID: "r", sequence: 3, timestamp: "t", monotonicNanoseconds: 7, event: .notice("hm"))
    #expect(record.line == nil)
  }

  /// From many tasks at once: the numbers have no gap, in the order in which listeners hear them.
  @Test func numbersHaveNoGaps() async {
    let heard = Numbers()
    let events = RunEvents(
      runID: "r",
      listeners: [
        { record in
          if record.event.name != nil { heard.add(record.sequence) }
        }
      ])
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<50 {
        group.addTask {
          events.publish(.mergeQueued(slot: 1, issue: "BUG-1", branch: "b"))
          events.publish(.notice("between"))
        }
      }
    }
    #expect(heard.all == Array(1...50))
  }

  @Test func timesAreRFC3339InUTC() throws {
    let time = UTC.now(fractional: true)
    #expect(try #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#.wholeMatch(in: time) != nil)
  }

  @Test func fileGetsWholeLinesAndIsAppendedTo() async throws {
    try await withSandbox { sandbox in
      let path = sandbox.appending("events.jsonl")
      for _ in 0..<2 {
        let file = try EventFile(path)
        let events = RunEvents(runID: "r", listeners: [{ file.append($0) }])
        events.publish(.mergeQueued(slot: 1, issue: "BUG-1", branch: "b"))
        events.publish(.notice("not written"))
        #expect(!file.isBroken)
      }
      #expect(try EventLog(readFile(path)).entries.map(\.seq) == [1, 1])
    }
  }
}

private final class Numbers: Sendable {
  private let numbers = Mutex<[Int]>([])

  func add(_ number: Int) { numbers.withLock { $0.append(number) } }
  var all: [Int] { numbers.withLock { $0 } }
}
