internal import Synchronization

/// A clock that a test moves on by hand.
public final class ManualClock: Clock, Sendable {
  /// A moment of it.
  public struct Instant: InstantProtocol {
    fileprivate var offset: Duration

    /// A later moment.
    public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    /// The time from this moment to another one.
    public func duration(to other: Instant) -> Duration { other.offset - offset }
    /// Whether a moment is before another one.
    public static func < (one: Instant, other: Instant) -> Bool { one.offset < other.offset }
  }

  private struct State {
    var now = Instant(offset: .zero)
    var sleepers: [Int: (until: Instant, continuation: CheckedContinuation<Void, any Error>)] = [:]
    var nextID = 0
  }

  private let state = Mutex(State())
  private let send: AsyncStream<Duration>.Continuation
  /// How long each sleep is to be, when it begins.
  public let sleeps: AsyncStream<Duration>
  private let jumps: Bool

  /// A clock at its beginning.
  ///
  /// - Parameter jumps: Whether each sleep moves it on to its own end, instead of waiting.
  public init(jumps: Bool = false) {
    self.jumps = jumps
    (sleeps, send) = AsyncStream.makeStream()
  }

  /// The present moment.
  public var now: Instant { state.withLock { $0.now } }
  /// It has no steps.
  public var minimumResolution: Duration { .zero }

  /// Waits until a test has moved the clock that far.
  public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let length = state.withLock { state -> Duration? in
          if Task.isCancelled { return nil }
          let length = state.now.duration(to: deadline)
          if jumps { state.now = max(state.now, deadline) }
          if state.now < deadline { state.sleepers[id] = (deadline, continuation) }
          return length
        }
        guard let length else { return continuation.resume(throwing: CancellationError()) }
        if jumps || length <= .zero { continuation.resume() }
        send.yield(length)
      }
    } onCancel: {
      let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Moves the clock on and wakes whoever slept no longer than that.
  public func advance(by duration: Duration) {
    let woken = state.withLock { state in
      state.now = state.now.advanced(by: duration)
      let due = state.sleepers.filter { $0.value.until <= state.now }
      for id in due.keys { state.sleepers[id] = nil }
      return due.values.map(\.continuation)
    }
    for continuation in woken { continuation.resume() }
  }
}
