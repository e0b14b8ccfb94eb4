#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif
#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Makes the file that a command reads as its standard input.
///
/// A file, not a pipe: nobody has to feed it while the command runs, and a command that exits
/// without reading does not make a write fail.
enum StandardInputFile {
  static func open(_ input: AgentCommand.StandardInput) throws -> FileDescriptor {
    switch input {
    case .empty:
      return try FileDescriptor.open("/dev/null", .readOnly, options: .closeOnExec)
    case .bytes(let bytes):
      do {
        return try temporaryFile(bytes)
      } catch let error as Errno {
        throw AgentStartProblem(
          "The prompt could not be written to a temporary file in \(directory): \(error).")
      }
    }
  }

  private static var directory: String {
    guard let value = getenv("TMPDIR"), value.pointee != 0 else { return "/tmp" }
    return String(cString: value)
  }

  /// A file without a name that holds the bytes and is read from its start.
  private static func temporaryFile(_ bytes: [UInt8]) throws -> FileDescriptor {
    var template = "\(directory)/ll-parallel-XXXXXX".utf8CString
    let raw = template.withUnsafeMutableBufferPointer { buffer -> Int32 in
      guard let name = buffer.baseAddress else { return -1 }
      let raw = mkstemp(name)
      if raw >= 0 {
        _ = fcntl(raw, F_SETFD, FD_CLOEXEC)
        unlink(name)
      }
      return raw
    }
    guard raw >= 0 else { throw Errno(rawValue: errno) }
    let descriptor = FileDescriptor(rawValue: raw)
    do {
      try descriptor.writeAll(bytes)
      try descriptor.seek(offset: 0, from: .start)
      return descriptor
    } catch {
      try? descriptor.close()
      throw error
    }
  }
}
