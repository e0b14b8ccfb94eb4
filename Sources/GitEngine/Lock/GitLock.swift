#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// The lock over *sequences* of git operations on one repository.
///
/// It has two halves. Inside the process it is the serial executor of ``GitRepository``: what runs
/// there is synchronous, so nothing can come between its first and its last line. Between processes
/// it is `flock` on `gitengine.lock` in the common directory, held for one transaction.
///
/// There is no lock around single calls. A lock that covers calls and not sequences lets two
/// sequences interleave, and each then sees the other's half-done work.
final class GitLock: Sendable {
  let executor: SerialQueueExecutor
  let path: FilePath

  init(commonDirectory: FilePath) {
    path = commonDirectory.appending("gitengine.lock")
    executor = SerialQueueExecutor(label: "git-engine \(commonDirectory)")
  }

  /// Runs `body` while no other process is inside a transaction on this repository.
  ///
  /// Called on `executor` alone. The end of `patience` is an error with the code `locked` that names
  /// the lock file and, where the file says so, its holder.
  func withFileLock<Result>(
    patience: Duration, _ body: () throws -> Result
  ) throws -> Result {
    executor.checkIsolated()
    let lock = try acquire(patience)
    // A failure to write the holder's name takes nothing from the lock.
    try? lock.describe("pid \(getpid())\n")
    // Emptied again, or the next to wait, for one who writes no name, would be told ours.
    defer { try? lock.describe("") }
    return try body()
  }

  private func acquire(_ patience: Duration) throws(GitError) -> FileLock {
    var backoff = Backoff(upTo: patience)
    let operation = "lock \(path)"
    while true {
      do throws(Errno) {
        if let lock = try FileLock(trying: path) { return lock }
      } catch {
        throw GitError(
          errno: error.rawValue, operation: operation)
      }
      guard backoff.wait() else {
        if Task.isCancelled {
          throw GitError(.locked, operation: operation, message: "cancelled while waiting")
        }
        throw GitError(
          .locked, operation: operation,
          message: "another process held it for more than \(patience) (\(holder))")
      }
    }
  }

  private var holder: String {
    guard let text = try? readWholeFile(path), !text.isEmpty else { return "holder unknown" }
    return String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }
}
