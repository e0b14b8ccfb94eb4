internal import Synchronization

/// Takes the events of a run in and hands each, numbered, to everybody who listens.
///
/// Publishing is synchronous and the numbers have no gaps, so the order of the numbers is the order
/// in which things happened. Listeners are called one event at a time and must not block for long.
public final class RunEvents: Sendable {
  /// An event with its number and its times.
  public struct Record: Hashable, Sendable {
    /// The run.
    public var runID: String
    /// From 1, without gaps, over the events that are published.
    public var sequence: Int
    /// The moment by the wall clock, RFC 3339 in UTC.
    public var timestamp: String
    /// The moment by a clock that never jumps.
    public var monotonicNanoseconds: Int64
    /// What happened.
    public var event: RunEvent
  }

  /// Called with each event, in order.
  public typealias Listener = @Sendable (Record) -> Void

  private struct State {
    var sequence = 0
  }

  private let runID: String
  private let listeners: [Listener]
  private let state = Mutex(State())
  private let start = ContinuousClock.now

  /// Starts the numbering.
  public init(runID: String, listeners: [Listener]) {
    self.runID = runID
    self.listeners = listeners
  }

  /// Publishes an event to all listeners before it returns.
  public func publish(_ event: RunEvent) {
    state.withLock { state in
      if event.name != nil { state.sequence += 1 }
      let record = Record(
        runID: runID, sequence: state.sequence, timestamp: UTC.now(fractional: true),
        monotonicNanoseconds: Int64(start.duration(to: .now) / .nanoseconds(1)), event: event)
      for listener in listeners { listener(record) }
    }
  }
}
