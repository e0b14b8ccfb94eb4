#if canImport(Darwin)
  internal import Darwin
  internal import Dispatch
#else
  @preconcurrency internal import Dispatch
  internal import Glibc
#endif
internal import Synchronization

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Brings what was written to the disk itself, so that a power failure leaves it whole: as far as the
/// file system honours `fsync`.
enum Flush {
  /// Flushes a file's content; false when there is no such file.
  static func file(_ path: FilePath) throws(GitError) -> Bool {
    try flush(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
  }

  /// Flushes the names in a directory; false when there is no such directory.
  @discardableResult
  static func directory(_ path: FilePath) throws(GitError) -> Bool {
    try flush(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
  }

  /// Flushes an open file.
  static func descriptor(_ file: Int32, _ path: FilePath) throws(GitError) {
    #if canImport(Darwin)
      // Anything less stays in the drive's own memory.
      if fcntl(file, F_FULLFSYNC) == 0 { return }
    #endif
    try system("flush \(path)") {
      // Some file systems have nothing to flush for directories, and say so.
      fsync(file) == 0 || errno == EINVAL || errno == ENOTSUP ? 0 : -1
    }
  }

  private static func flush(_ path: FilePath, _ flags: Int32) throws(GitError) -> Bool {
    var file: Int32 = -1
    do throws(GitError) {
      try system("flush \(path)") {
        file = path.withPlatformString { open($0, flags) }
        return file < 0 ? -1 : 0
      }
    } catch {
      guard error.code == .notFound || error.isNotDirectory else { throw error }
      return false
    }
    defer { close(file) }
    try descriptor(file, path)
    return true
  }

  /// Flushes many files at once, so that the file system can put their journals together; gives the
  /// positions of those that are not there.
  static func files(_ paths: [FilePath]) throws(GitError) -> [Int] {
    let outcome = Mutex<(missing: [Int], error: GitError?)>(([], nil))
    DispatchQueue.concurrentPerform(iterations: paths.count) { number in
      do throws(GitError) {
        if try !file(paths[number]) { outcome.withLock { $0.missing.append(number) } }
      } catch {
        outcome.withLock { $0.error = error }
      }
    }
    return try outcome.withLock { outcome throws(GitError) in
      if let error = outcome.error { throw error }
      return outcome.missing
    }
  }
}
