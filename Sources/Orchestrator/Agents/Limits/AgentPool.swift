internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Lets the agents of a run rest together while their provider takes no more work.
///
/// A rest ends nothing that runs: it holds back what would start.
public final class AgentPool: Sendable {
  private let policy = Mutex(RestPolicy())
  /// The time since the pool was made.
  private let elapsed: @Sendable () -> Duration
  private let sleep: @Sendable (Duration) async throws -> Void
  private let secondsSince1970: @Sendable () -> Int

  /// Makes a pool whose agents may start.
  ///
  /// - Parameters:
  ///   - clock: Measures the rests.
  ///   - secondsSince1970: The clock on the wall, for limits that end at a moment; `nil` for the
  ///     machine's.
  public init(
    clock: any Clock<Duration> = ContinuousClock(),
    secondsSince1970: (@Sendable () -> Int)? = nil
  ) {
    (elapsed, sleep) = Self.measures(clock)
    self.secondsSince1970 = secondsSince1970 ?? { time(nil) }
  }

  private static func measures<C: Clock>(
    _ clock: C
  ) -> (@Sendable () -> Duration, @Sendable (Duration) async throws -> Void)
  where C.Duration == Duration {
    let start = clock.now
    return (
      { start.duration(to: clock.now) },
      { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
    )
  }

  /// Waits until no rest is on.
  ///
  /// - Returns: Which rest was the last one, for ``rest(after:turn:since:)``.
  /// - Throws: `CancellationError` when the task is cancelled.
  func turn() async throws -> Int {
    while true {
      try Task.checkCancellation()
      let (until, number) = policy.withLock { ($0.until, $0.number) }
      guard elapsed() < until else { return number }
      try await sleep(until)
    }
  }

  /// An agent that started in this turn did its work.
  func succeeded(turn: Int) { policy.withLock { $0.succeeded(turn: turn) } }

  /// Begins or prolongs a rest.
  ///
  /// - Parameter turn: The turn in which the agent was started that got the answer.
  /// - Returns: How long the rest is from now, and how much of that the answer does not explain.
  func rest(after limit: UsageLimit, turn: Int) -> (length: Duration, unexplained: Duration) {
    let now = elapsed()
    let said = limit.reset?.wait(now: secondsSince1970())
    let length = policy.withLock { $0.rest(said: said, turn: turn, now: now) } - now
    return (length, max(.zero, length - (said ?? .zero)))
  }
}

/// Decides how long agents rest; a pure value.
///
/// As long as the answer says, and a little longer. Where it says nothing, or what it says has not
/// helped three times, the rests grow, up to half an hour.
struct RestPolicy {
  /// When the rest ends.
  private(set) var until = Duration.zero
  /// How many rests there were.
  private(set) var number = 0
  /// How many in a row no agent got past.
  private var inARow = 0

  private static let shortest = Duration.seconds(30)
  private static let longest = Duration.seconds(1800)
  /// A clock of theirs may be behind ours.
  private static let margin = Duration.seconds(2)

  mutating func rest(said: Duration?, turn: Int, now: Duration) -> Duration {
    if turn == number {
      inARow += 1
      number += 1
      let growing = min(Self.shortest * (1 << min(inARow - 1, 10)), Self.longest)
      let least = said == nil || inARow > 3 ? growing : .zero
      until = max(until, now + max(said.map { $0 + Self.margin } ?? .zero, least))
    } else if let said {
      // An agent that was started before this rest: news is only a later end.
      until = max(until, now + said + Self.margin)
    }
    return max(until, now)
  }

  mutating func succeeded(turn: Int) {
    if turn == number { inARow = 0 }
  }

  /// How long a step waits all in all, beside what answers explain, before its issue is left for
  /// another run.
  ///
  /// Words among an agent's last lines may have been meant otherwise.
  static func patience(isCertain: Bool) -> Duration {
    isCertain ? .seconds(86_400) : .seconds(3600)
  }
}
