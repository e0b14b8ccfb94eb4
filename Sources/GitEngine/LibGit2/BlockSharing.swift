internal import CLibGit2

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Has the system copy an open file into an open, empty one: where the file system can, both then
/// share their blocks until one of them changes.
///
/// - Returns: False, with nothing written, where the system cannot; also for an empty file.
/// - Throws: A ``GitError`` when it fails on the way.
package func copySharingBlocks(from source: Int32, to target: Int32) throws(GitError) -> Bool {
  var total = 0
  while true {
    let count = cgit2_copy_range(source, target, 1 << 30)
    if count < 0, errno == EINTR { continue }
    if count < 0, total > 0 { throw GitError(errno: errno, operation: "copy a file") }
    guard count > 0 else { return total > 0 }
    total += count
  }
}
