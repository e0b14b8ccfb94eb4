internal import Subprocess
internal import Synchronization

/// Watches over one running command: reads it, stops it, and leaves nothing of its group behind.
final class ProcessSupervisor: Sendable {
  /// Why we stopped a command that would have gone on.
  enum StopReason: Sendable, Equatable { case timedOut, idleTimedOut, lingered, cancelled }

  enum End: Sendable, Equatable {
    case byItself
    case stopped(StopReason)
  }

  private enum Event: Sendable {
    case leaderExited
    case stop(StopReason)
    case expectExit(Duration?)
    /// The time for an exit that was expected is over; with the number of the expectation.
    case exitOverdue(Int)
    case graceOver
  }

  private struct Reading {
    var lastOutput = ContinuousClock.now
    /// How many bytes are still read; `nil` while the group lives and there is no limit.
    var budget: Int?
  }

  /// How long the killed may take to be seen dead.
  private static let aftermath = Duration.seconds(5)
  /// More than the pipes can hold of what a dead group wrote.
  ///
  /// A process that left the group may hold the pipe and write for ever; this ends the reading.
  private static let lastWords = 2 << 20
  /// How long what outlives a command that ended by itself gets between TERM and KILL.
  private static let orphanGrace = Duration.seconds(1)
  private static let lineLimit = 1 << 20
  /// How long after a time of silence output may still be read that came within it.
  private static let lateReading = Duration.seconds(1)

  private let limits: AgentLimits
  private let groups: AgentProcessGroups
  private let onStart: @Sendable (AgentProcessStart) async -> Void
  private let onOutput: @Sendable ([AgentOutput]) -> AgentReaction
  private let events: AsyncStream<Event>
  private let send: AsyncStream<Event>.Continuation
  private let reading = Mutex(Reading())

  init(
    limits: AgentLimits, groups: AgentProcessGroups,
    onStart: @escaping @Sendable (AgentProcessStart) async -> Void,
    onOutput: @escaping @Sendable ([AgentOutput]) -> AgentReaction
  ) {
    self.limits = limits
    self.groups = groups
    self.onStart = onStart
    self.onOutput = onOutput
    (events, send) = AsyncStream.makeStream()
  }

  /// Asks for the end of the group; may be called at any time and from anywhere.
  func stop(_ reason: StopReason) { send.yield(.stop(reason)) }

  /// Stays with the command until its group is gone.
  ///
  /// The leader is reaped after this returns, so until then the group's id cannot belong to anybody
  /// else.
  func supervise<Input>(
    _ execution: Execution<Input, SequenceOutput, SequenceOutput>
  ) async -> End {
    let leader = execution.processIdentifier.value
    let group = ProcessGroup(id: leader)
    groups.insert(group)
    defer { groups.remove(group) }
    await onStart(
      AgentProcessStart(
        processGroup: leader, startTicks: ProcessTable.entry(of: leader)?.startTicks))
    return await withTaskGroup(of: Void.self) { readers in
      readers.addTask { await self.read(execution.standardOutput, from: .standardOutput) }
      readers.addTask { await self.read(execution.standardError, from: .standardError) }
      let end = await follow(execution, group)
      reading.withLock { $0.budget = Self.lastWords }
      return end
    }
  }

  /// Reacts to what happens until the leader has exited and the rest of its group is gone.
  private func follow<Input>(
    _ execution: Execution<Input, SequenceOutput, SequenceOutput>, _ group: ProcessGroup
  ) async -> End {
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        // Signal 0 does nothing: this is a wait for the leader's exit that does not reap it.
        let wait = TeardownStep.send(
          signal: Signal(rawValue: 0), allowedDurationToNextStep: .seconds(1_000_000_000))
        await execution.teardown(using: [wait])
        self.send.yield(.leaderExited)
      }
      if let timeout = limits.timeout {
        tasks.addTask { await self.yield(.stop(.timedOut), after: timeout) }
      }
      if let idleTimeout = limits.idleTimeout {
        tasks.addTask { await self.watchSilence(idleTimeout) }
      }
      var reason: StopReason?
      var deadline: ContinuousClock.Instant?
      var expectation = 0
      for await event in events {
        switch event {
        case .expectExit(let time):
          expectation += 1
          if let time {
            tasks.addTask { [expectation] in
              await self.yield(.exitOverdue(expectation), after: time)
            }
          }
          continue
        case .exitOverdue(let number):
          if number == expectation { stop(.lingered) }
          continue
        case .stop(let why):
          // An interruption says more than a time-out that it met on the way.
          reason = why == .cancelled ? why : reason ?? why
          guard deadline == nil else { continue }
          deadline = .now + limits.killGrace
          group.send(.terminate)
          tasks.addTask { await self.yield(.graceOver, after: self.limits.killGrace) }
          continue
        case .graceOver:
          group.send(.kill)
          continue
        case .leaderExited:
          break
        }
        break
      }
      tasks.cancelAll()
      await sweep(group, stoppedUntil: deadline)
      return reason.map { .stopped($0) } ?? .byItself
    }
  }

  /// Ends what is left of the group after its leader.
  private func sweep(_ group: ProcessGroup, stoppedUntil: ContinuousClock.Instant?) async {
    if group.isAlive {
      if stoppedUntil == nil { group.send(.terminate) }
      let deadline = stoppedUntil ?? .now + min(limits.killGrace, Self.orphanGrace)
      _ = await group.waitUntilGone(deadline: deadline)
    }
    group.send(.kill)
    _ = await group.waitUntilGone(deadline: .now + Self.aftermath)
  }

  private func yield(_ event: Event, after time: Duration) async {
    guard (try? await Task.sleep(for: time)) != nil else { return }
    send.yield(event)
  }

  private func watchSilence(_ limit: Duration) async {
    while true {
      let last = reading.withLock { $0.lastOutput }
      guard (try? await Task.sleep(until: last + limit, clock: .continuous)) != nil else { return }
      // On a busy machine, or one that slept, output may be there that nobody has read yet.
      guard (try? await Task.sleep(for: min(limit, Self.lateReading))) != nil else { return }
      guard reading.withLock({ $0.lastOutput }) == last else { continue }
      send.yield(.stop(.idleTimedOut))
      return
    }
  }

  private func read(
    _ sequence: SubprocessOutputSequence, from source: AgentOutput.Source
  ) async {
    var splitter = LineSplitter(limit: Self.lineLimit)
    var iterator = sequence.makeAsyncIterator()
    // An error while reading ends the output, not the command: its exit is still waited for.
    while let buffer = try? await iterator.next() {
      var lines: [AgentOutput] = []
      buffer.withUnsafeBytes { bytes in
        splitter.append(bytes) { lines.append(AgentOutput($0, from: source)) }
      }
      if deliver(lines, size: buffer.count) { break }
    }
    splitter.finish { _ = deliver([AgentOutput($0, from: source)], size: 0) }
  }

  /// Hands lines out, one call at a time; says whether reading must end.
  private func deliver(_ lines: [AgentOutput], size: Int) -> Bool {
    reading.withLock { reading in
      reading.lastOutput = .now
      if !lines.isEmpty {
        switch onOutput(lines) {
        case .goOn: break
        case .expectExit(let time): send.yield(.expectExit(time))
        case .expectNoExit: send.yield(.expectExit(nil))
        }
      }
      reading.budget = reading.budget.map { $0 - size }
      return reading.budget.map { $0 < 0 } ?? false
    }
  }
}
