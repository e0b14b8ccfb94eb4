#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Waits between tries for a lock that another process holds: growing, with jitter, bounded.
///
/// Lock files of git and `flock` offer no event to wait for, so this is the one place that sleeps.
/// It blocks the calling thread; the engine calls it only on its own queues.
struct Backoff {
  private let deadline: ContinuousClock.Instant
  private var pause = Duration.milliseconds(1)

  init(upTo limit: Duration) { deadline = .now + limit }

  /// Sleeps a little; false when the time is over or the task was cancelled.
  mutating func wait() -> Bool {
    let left = ContinuousClock.now.duration(to: deadline)
    guard left > .zero, !Task.isCancelled else { return false }
    let jittered = pause * Double.random(in: 0.5...1.5)
    let time = min(jittered, left)
    usleep(UInt32(max(1, time / .microseconds(1))))
    pause = min(pause * 2, .milliseconds(100))
    return true
  }
}

/// Repeats `body` while another process holds a lock file of git, up to `limit`.
func retryingWhileLocked<Result>(
  upTo limit: Duration, _ body: () throws(GitError) -> Result
) throws(GitError) -> Result {
  var backoff = Backoff(upTo: limit)
  while true {
    do throws(GitError) { return try body() } catch {
      guard error.code == .locked, backoff.wait() else { throw error }
    }
  }
}
