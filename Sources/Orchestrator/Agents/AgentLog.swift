internal import Synchronization

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif
#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The file that keeps everything an issue's agent prints.
///
/// Lines of any size and any bytes are written as they come, so that the file can be followed. A
/// write that fails, on a full disk say, is remembered and never stops the agent.
public final class AgentLog: Sendable {
  /// The file's path.
  public let path: FilePath
  private let state: Mutex<State>

  private struct State {
    var descriptor: FileDescriptor?
    var error: Errno?
    var lostBytes = 0
    /// The source of a line whose end has not been written.
    var openLine: AgentOutput.Source?
  }

  /// Opens `<directory>/<issue>.log` for appending, and makes the directories that are missing.
  public init(directory: FilePath, issue: String) {
    // An id comes from a file's name; a separator in it must not lead anywhere else.
    let name = String(issue.map { $0 == "/" || $0 == "\0" ? "-" : $0 })
    path = directory.appending(FilePath.Component("\(name).log") ?? "issue.log")
    var opened = State()
    do throws(Errno) {
      try Self.createDirectories(directory)
      opened.descriptor = try Self.open(path)
    } catch {
      opened.error = error
    }
    state = Mutex(opened)
  }

  deinit { state.withLock { try? $0.descriptor?.close() } }

  /// What went wrong while writing, for the user; `nil` if everything was written.
  public var failure: String? {
    state.withLock { state in
      state.error.map { error in
        "The agent's output could not be written to \(path.string): \(error); "
          + "\(state.lostBytes) bytes of it are lost."
      }
    }
  }

  /// Writes lines in one go.
  public func append(_ lines: [AgentOutput]) {
    state.withLock { state in
      var bytes: [UInt8] = []
      for line in lines {
        // Two streams share the file: a piece of one must not run into a line of the other.
        if let open = state.openLine, open != line.source || !line.continuesLine {
          bytes.append(0x0A)
        }
        bytes.append(contentsOf: line.bytes)
        if line.endsLine { bytes.append(0x0A) }
        state.openLine = line.endsLine ? nil : line.source
      }
      Self.write(bytes, &state)
    }
  }

  /// Writes a line of our own, marked so that it cannot be taken for the agent's.
  public func note(_ text: String) {
    state.withLock { state in
      let start = state.openLine == nil ? "" : "\n"
      state.openLine = nil
      Self.write(Array("\(start)[ll-parallel] \(text)\n".utf8), &state)
    }
  }

  private static func write(_ bytes: [UInt8], _ state: inout State) {
    guard !bytes.isEmpty else { return }
    guard let descriptor = state.descriptor else {
      state.lostBytes += bytes.count
      return
    }
    var written = 0
    do {
      while written < bytes.count {
        written += try bytes.withUnsafeBytes {
          try descriptor.write(.init(rebasing: $0[written...]))
        }
      }
    } catch {
      state.error = state.error ?? (error as? Errno) ?? .ioError
      state.lostBytes += bytes.count - written
    }
  }

  private static func open(_ path: FilePath) throws(Errno) -> FileDescriptor {
    do {
      return try FileDescriptor.open(
        path, .writeOnly, options: [.create, .append, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch {
      throw error as? Errno ?? .ioError
    }
  }

  private static func createDirectories(_ path: FilePath) throws(Errno) {
    if path.withPlatformString({ mkdir($0, 0o755) }) == 0 || errno == EEXIST { return }
    let error = Errno(rawValue: errno)
    guard error == .noSuchFileOrDirectory, !path.removingLastComponent().isEmpty else {
      throw error
    }
    try createDirectories(path.removingLastComponent())
    if path.withPlatformString({ mkdir($0, 0o755) }) != 0, errno != EEXIST {
      throw Errno(rawValue: errno)
    }
  }
}
