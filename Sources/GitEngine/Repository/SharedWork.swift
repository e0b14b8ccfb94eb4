internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
  internal import Dispatch
#else
  @preconcurrency internal import Dispatch
  internal import Glibc
#endif

/// Work on many numbered things, shared among one thread per core; the first error ends it.
final class SharedWork: Sendable {
  private let operation: String
  private let cancellation: CancellationProbe?
  private let isStopped = Atomic(false)
  private let next = Atomic(0)
  private let failure = Mutex<GitError?>(nil)

  /// - Parameters:
  ///   - operation: What is going on, for the error when the task is cancelled.
  ///   - isCancellable: Whether the task that makes this can end the work by being cancelled.
  init(_ operation: String, isCancellable: Bool = true) {
    self.operation = operation
    cancellation = isCancellable ? CancellationProbe() : nil
  }

  /// Throws when the task was cancelled, or another thread met an error.
  func checkStopped() throws(GitError) {
    if isStopped.load(ordering: .acquiring) || cancellation?.isCancelled ?? false {
      throw .cancelled(operation)
    }
  }

  /// Does `each` once for every number below `count`; once for each instance of this.
  ///
  /// - Parameters:
  ///   - chunk: That many neighbours stay with one thread.
  ///   - enough: How many numbers are worth another thread.
  ///   - begin: Makes what one thread has for itself; called on that thread if there is work for it.
  ///   - end: Takes it in again; called on that thread, beside others, if there was no error.
  func run<Worker: ~Copyable>(
    _ count: Int, chunk: Int, enough: Int,
    begin: @Sendable () throws(GitError) -> Worker,
    each: @Sendable (inout Worker, Int) throws(GitError) -> Void,
    end: @Sendable (consuming Worker) -> Void = { _ in }
  ) throws(GitError) {
    let cores = max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
    DispatchQueue.concurrentPerform(iterations: min(cores, count / enough + 1)) { _ in
      do throws(GitError) {
        var first = next.add(chunk, ordering: .relaxed).oldValue
        guard first < count else { return }
        var worker = try begin()
        while first < count {
          for number in first..<min(first + chunk, count) {
            try checkStopped()
            try each(&worker, number)
          }
          first = next.add(chunk, ordering: .relaxed).oldValue
        }
        end(worker)
      } catch {
        // First of all the error: once stopped, the other threads say that they were cancelled.
        failure.withLock { $0 = $0 ?? error }
        isStopped.store(true, ordering: .releasing)
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
