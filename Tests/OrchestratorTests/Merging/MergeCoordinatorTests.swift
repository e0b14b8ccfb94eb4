import Synchronization
import Testing

@testable import Orchestrator

@Suite(.timeLimit(.minutes(1))) struct MergeTicketTests {
  @Test func everybodyHearsOfTheEnd() async {
    let ticket = MergeTicket()
    let result = MergeResult(.merged, commit: "abc")
    await withTaskGroup(of: MergeResult.self) { group in
      for index in 0..<100 {
        group.addTask { await ticket.result }
        if index == 50 {
          group.addTask {
            ticket.complete(result); return result
          }
        }
      }
      for await heard in group { #expect(heard == result) }
    }
    #expect(await ticket.result == result, "whoever asks later hears it too")
  }

  @Test func waitingIsNotEndedByCancellation() async {
    let ticket = MergeTicket()
    let waiter = Task { await ticket.result }
    waiter.cancel()
    ticket.complete(MergeResult(.deferred))
    #expect(await waiter.value.kind == .deferred)
  }
}

/// What happened, in order, and a way to wait for it.
private final class Record: Sendable {
  private let all = Mutex<[String]>([])
  private let stream: AsyncStream<String>
  private let send: AsyncStream<String>.Continuation

  init() { (stream, send) = AsyncStream.makeStream() }

  func add(_ text: String) {
    all.withLock { $0.append(text) }
    send.yield(text)
  }

  func wait(for text: String) async { for await next in stream where next == text { return } }

  var texts: [String] { all.withLock { $0 } }
}

/// Closed until somebody opens it.
private final class Door: Sendable {
  private let stream: AsyncStream<Void>
  private let send: AsyncStream<Void>.Continuation

  init() { (stream, send) = AsyncStream.makeStream() }

  func open() { send.finish() }
  func pass() async { for await _ in stream {} }
}

@Suite(.timeLimit(.minutes(1))) struct MergeCoordinatorTests {
  private func job(_ name: String, _ record: Record, door: Door? = nil) -> MergeJob {
    MergeJob(
      onQueue: { record.add("queue \(name)") }, onStart: { record.add("start \(name)") },
      onEnd: { _, _ in record.add("end \(name)") },
      body: {
        // Not the task of whoever waits: only that may be cancelled.
        if let door { await Task { await door.pass() }.value }
        return MergeResult(.merged, commit: name)
      })
  }

  @Test func landsInTheOrderOfQueueing() async {
    let (coordinator, record, door) = (MergeCoordinator(), Record(), Door())
    var tickets = [await coordinator.queue(job("0", record, door: door))]
    for index in 1..<20 { tickets.append(await coordinator.queue(job("\(index)", record))) }
    #expect(record.texts.filter { $0.hasPrefix("start") } == ["start 0"])
    door.open()
    for (index, ticket) in tickets.enumerated() {
      #expect(await ticket.result.commit == "\(index)")
    }
    #expect(
      record.texts.filter { !$0.hasPrefix("queue") }
        == (0..<20).flatMap { ["start \($0)", "end \($0)"] })
  }

  @Test func setupWaitsForQueuedLandings() async throws {
    let (coordinator, record, door) = (MergeCoordinator(), Record(), Door())
    let ticket = await coordinator.queue(job("a", record, door: door))
    let setup = Task {
      try await coordinator.setUp(onStart: { record.add("set-up") }, { record.add("made") })
    }
    let second = await coordinator.queue(job("b", record))
    door.open()
    _ = await (ticket.result, second.result)
    try await setup.value
    #expect(
      record.texts.filter { !$0.hasPrefix("queue") }
        == ["start a", "end a", "start b", "end b", "set-up", "made"])
  }

  @Test func landingWaitsForSetups() async throws {
    let (coordinator, record, door) = (MergeCoordinator(), Record(), Door())
    let setup = Task {
      try await coordinator.setUp(onStart: { record.add("set-up") }) {
        await door.pass()
        record.add("made")
      }
    }
    await record.wait(for: "set-up")
    let ticket = await coordinator.queue(job("a", record))
    door.open()
    #expect(await ticket.result.kind == .merged)
    try await setup.value
    #expect(record.texts == ["set-up", "queue a", "made", "start a", "end a"])
  }

  @Test func failedSetupLetsOthersGo() async {
    struct Failure: Error {}
    let (coordinator, record) = (MergeCoordinator(), Record())
    await #expect(throws: Failure.self) {
      try await coordinator.setUp(onStart: {}, { throw Failure() })
    }
    #expect(await coordinator.land(job("a", record)).kind == .merged)
  }

  /// A worker that is stopped while it waits must not take the landing down with it.
  @Test func cancelledWaiterLeavesItsLandingAlone() async {
    let (coordinator, record, door) = (MergeCoordinator(), Record(), Door())
    let waiter = Task { await coordinator.land(job("a", record, door: door)) }
    await record.wait(for: "start a")
    waiter.cancel()
    #expect(!record.texts.contains("end a"))
    door.open()
    #expect(await waiter.value.commit == "a")
    #expect(record.texts.contains("end a"))
    #expect(await coordinator.land(job("b", record)).kind == .merged)
  }
}
