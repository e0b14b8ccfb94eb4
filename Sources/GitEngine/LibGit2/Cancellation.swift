extension GitError.Code {
  /// The task was cancelled; the operation's documentation says what is left.
  public static let cancelled = GitError.Code(rawValue: -1011)
}

extension GitError {
  static func cancelled(_ operation: String) -> GitError {
    GitError(.cancelled, operation: operation, message: "the task was cancelled")
  }
}

/// Tells other threads whether the task that made it was cancelled.
///
/// That task has to wait for the threads that ask: it must not end before the probe.
struct CancellationProbe: @unchecked Sendable {  // Never changed; any thread may ask a live task.
  private let task = withUnsafeCurrentTask { $0 }

  var isCancelled: Bool { task?.isCancelled ?? false }
}

/// Throws an error with the code `cancelled` when the task was cancelled.
func checkCancellation(_ operation: @autoclosure () -> String) throws(GitError) {
  if Task.isCancelled { throw .cancelled(operation()) }
}
