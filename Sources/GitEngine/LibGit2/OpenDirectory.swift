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

  /// Why files cannot be put into a directory below it; `nil` when they can.
  func whyUnwritable(_ directory: RepositoryPath) -> String? {
    let name: RepositoryPath = directory.bytes.isEmpty ? "." : directory
    guard name.withCString({ faccessat(descriptor, $0, W_OK | X_OK, 0) }) != 0 else { return nil }
    return String(cString: strerror(errno))
  }

  /// Removes the files in it, on all cores where there are many; directories stay.
  func removeFiles() throws(GitError) {
    var names: [RepositoryPath] = []
    lseek(descriptor, 0, SEEK_SET)
    try DirectoryReader().list(descriptor) { (name, length, kind) throws(GitError) in
      if kind == .directory || kind == .unknown { return }
      names.append(RepositoryPath(bytes: UnsafeBufferPointer(start: name, count: length)))
    }
    let found = names
    try SharedWork("empty \(path)", isCancellable: false).run(
      found.count, chunk: 16, enough: 64
    ) {
    } each: { (_: inout Void, number: Int) throws(GitError) in
      try system("remove \(found[number].absolute(in: path))") {
        found[number].withCString { unlinkat(descriptor, $0, 0) }
      }
    }
  }
}
