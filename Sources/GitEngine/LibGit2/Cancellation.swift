extension GitError.Code {
  /// The task was cancelled; the operation's documentation says what is left.
  public static let cancelled = GitError.Code(rawValue: -1011)
}

extension GitError {
  static func cancelled(_ operation: String) -> GitError {
    GitError(.cancelled, operation: operation, message: "the task was cancelled")
  }
}

/// Throws an error with the code `cancelled` when the task was cancelled.
func checkCancellation(_ operation: @autoclosure () -> String) throws(GitError) {
  if Task.isCancelled { throw .cancelled(operation()) }
}
