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

/// A directory that is kept open to look at many files below it: the way to it is walked once.
final class OpenDirectory: Sendable {
  let path: FilePath
  private let descriptor: Int32

  init(_ path: FilePath) throws(GitError) {
    self.path = path
    descriptor = path.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw GitError(errno: errno, operation: "look at \(path)") }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// What `lstat` says of a file; `nil` when nothing is there (or a parent is not a directory).
  func status(of file: RepositoryPath) throws(GitError) -> stat? {
    var result = stat()
    while file.withCString({ fstatat(descriptor, $0, &result, AT_SYMLINK_NOFOLLOW) }) != 0 {
      let number = errno
      if number == EINTR { continue }
      if isAbsence(number) { return nil }
      throw GitError(errno: number, operation: "look at \(file.absolute(in: path))")
    }
    return result
  }
}
