#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// An advisory lock between processes (`flock`), released when the value goes out of scope or the
/// process dies.
///
/// The file stays: deleting it would let two processes lock two files of one name.
public struct FileLock: ~Copyable, Sendable {
  private let descriptor: FileDescriptor

  /// Tries once; `nil` when somebody else holds the lock.
  ///
  /// The file is created if it is missing. A file system without `flock` answers
  /// `Errno.notSupported`.
  public init?(trying path: FilePath) throws(Errno) {
    let descriptor: FileDescriptor
    do {
      descriptor = try FileDescriptor.open(
        path, .readWrite, options: [.create, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch {
      throw (error as? Errno) ?? .ioError
    }
    while flock(descriptor.rawValue, LOCK_EX | LOCK_NB) != 0 {
      let error = Errno(rawValue: errno)
      if error == .interrupted { continue }
      try? descriptor.close()
      if error == .wouldBlock { return nil }
      throw error
    }
    self.descriptor = descriptor
  }

  deinit {
    // Not by closing alone: a child that was just forked has the file open until it becomes another
    // program, and would hold the lock for that long.
    _ = flock(descriptor.rawValue, LOCK_UN)
    try? descriptor.close()
  }

  /// Replaces the content of the lock file: who holds it, for people and for other processes.
  public func describe(_ text: String) throws {
    try descriptor.resize(to: 0)
    try descriptor.writeAll(toAbsoluteOffset: 0, Array(text.utf8))
  }
}
