internal import CLibGit2

/// Throws when `status` is a libgit2 error; otherwise returns it, since some calls return counts.
///
/// The message is read from the calling thread's error state, so nothing may come between the
/// libgit2 call and this one.
@discardableResult
func check(_ status: Int32, _ operation: @autoclosure () -> String) throws(GitError) -> Int32 {
  guard status < 0 else { return status }
  throw GitError(status: status, operation: operation())
}

/// Like `check`, with "does not exist" as an answer: false.
func checkFound(_ status: Int32, _ operation: @autoclosure () -> String) throws(GitError) -> Bool {
  guard status != GIT_ENOTFOUND.rawValue else {
    git_error_clear()
    return false
  }
  try check(status, operation())
  return true
}
