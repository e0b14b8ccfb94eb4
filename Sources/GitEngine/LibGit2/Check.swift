internal import CLibGit2

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

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

/// Like `check`, for a call that stores objects: done again where the directory of one vanished.
///
/// libgit2 makes `objects/xx` and then moves the object into it; in between, `git gc` and `git prune` may take
/// the empty directory away. An object's name follows from its content, so a second try does the same.
func checkStored(_ operation: @autoclosure () -> String, _ call: () -> Int32) throws(GitError) {
  for _ in 0..<8 {
    guard call() < 0 else { return }
    guard let error = git_error_last(), error.pointee.klass == GIT_ERROR_OS.rawValue,
      let message = error.pointee.message,
      String(cString: message).hasSuffix(String(cString: strerror(ENOENT)))
    else { break }
  }
  try check(call(), operation())
}
