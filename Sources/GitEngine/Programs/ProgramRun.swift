#if canImport(Darwin)
  internal import Darwin
  internal import Dispatch
#else
  @preconcurrency internal import Dispatch
  internal import Glibc
#endif
#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// One run of a program: started, fed, read to its end, and never longer than allowed.
///
/// When it takes too long, or the task is cancelled, it is killed with all that it has started.
struct ProgramRun {
  enum Input {
    case nothing
    case file(FilePath)
    case bytes([UInt8])
    /// An open descriptor; it stays open.
    case descriptor(Int32)
  }

  var command: ProgramCommand
  var input: Input = .nothing
  /// How long it may take.
  var patience: Duration
  /// How much of its output is kept, at least; of its errors it is a megabyte.
  var outputLimit = 1 << 20

  /// What came of it.
  struct Outcome {
    enum End: Equatable {
      case exited(Int32)
      case signaled(Int32)
      case tookTooLong
      case cancelled
    }
    var end: End
    var output: ProgramText
    var errors: ProgramText
  }

  /// How often a task is asked whether it was cancelled: nothing wakes one that waits in C.
  private static let breath: Duration = .milliseconds(50)

  /// Runs the program; throws only if it cannot be started.
  func run() throws(GitError) -> Outcome {
    switch input {
    case .nothing: try run(reading: "/dev/null")
    case .file(let path): try run(reading: path)
    case .descriptor(let descriptor): try run(descriptor, feeding: nil)
    case .bytes(let bytes):
      try run(feeding: bytes)
    }
  }

  private func run(reading path: FilePath) throws(GitError) -> Outcome {
    let file: FileDescriptor
    do {
      file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
    } catch {
      throw GitError(errno: (error as? Errno)?.rawValue ?? EIO, operation: "read \(path)")
    }
    defer { try? file.close() }
    return try run(file.rawValue, feeding: nil)
  }

  private func run(feeding bytes: [UInt8]) throws(GitError) -> Outcome {
    let pipe = try ProgramPipe("write to '\(command.program)'")
    pipe.keepWriting()
    return try run(pipe.read, feeding: Feed(bytes: bytes, pipe: pipe))
  }

  /// What is still to be written to the program.
  private struct Feed: ~Copyable {
    let bytes: [UInt8]
    var pipe: ProgramPipe
    var written = 0

    init(bytes: [UInt8], pipe: consuming ProgramPipe) {
      self.bytes = bytes
      self.pipe = pipe
    }

    /// Writes what fits; closes the pipe behind the last byte, or if nobody reads any more.
    mutating func write() {
      while written < bytes.count {
        let count = bytes.withUnsafeBytes {
          writeWithoutSignal(pipe.write, UnsafeRawBufferPointer(rebasing: $0[written...]))
        }
        if count < 0, errno == EINTR { continue }
        if count < 0, errno == EAGAIN { return }
        guard count > 0 else { break }
        written += count
      }
      pipe.closeWriting()
    }
  }

  private func run(
    _ input: Int32, feeding feed: consuming Feed?
  ) throws(GitError) -> Outcome {
    var output = try ProgramPipe("read from '\(command.program)'")
    var errors = try ProgramPipe("read from '\(command.program)'")
    // Closed when the program has ended, even if something that it started holds the other two.
    var ended = try ProgramPipe("wait for '\(command.program)'")
    output.keepReading()
    errors.keepReading()
    let child = try command.start(input: input, output: output.write, errors: errors.write)
    output.closeWriting()
    errors.closeWriting()
    feed?.pipe.closeReading()
    watch(child, ended.giveWriting())

    var outcome = Outcome(
      end: .tookTooLong, output: ProgramText(limit: outputLimit), errors: ProgramText())
    let stop = exchange(&feed, output.read, errors.read, ended.read, &outcome)
    // Its session's group: also what it has started. It is not reaped yet, so the id is its own.
    if stop != nil { kill(-child, SIGKILL) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) == -1, errno == EINTR {}
    let signal = status & 0x7f
    outcome.end = stop ?? (signal == 0 ? .exited((status >> 8) & 0xff) : .signaled(signal))
    return outcome
  }

  /// Writes and reads until the program has ended; answers why it is to be stopped before that.
  private func exchange(
    _ feed: inout Feed?, _ output: Int32, _ errors: Int32, _ ended: Int32, _ outcome: inout Outcome
  ) -> Outcome.End? {
    let deadline = ContinuousClock.now + patience
    var entries = [output, errors, ended].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    entries.append(pollfd(fd: feed?.pipe.write ?? -1, events: Int16(POLLOUT), revents: 0))
    while true {
      let left = min(max(.zero, deadline - .now), Self.breath)
      let count = poll(
        &entries, nfds_t(entries.count), Int32((left / .milliseconds(1)).rounded(.up)))
      // The end is looked at first: what is in the pipes by then is all that counts.
      let isOver = count > 0 && entries[2].revents != 0
      if count > 0 {
        if entries[0].revents != 0 || isOver, !outcome.output.read(output) { entries[0].fd = -1 }
        if entries[1].revents != 0 || isOver, !outcome.errors.read(errors) { entries[1].fd = -1 }
        if entries[3].revents != 0, !isOver {
          feed?.write()
          entries[3].fd = feed?.pipe.write ?? -1
        }
      }
      if isOver { return nil }
      if Task.isCancelled { return .cancelled }
      if ContinuousClock.now > deadline { return .tookTooLong }
    }
  }

  /// Closes `end` once the process has ended, which leaves it to be reaped.
  private func watch(_ child: pid_t, _ end: Int32) {
    // A queue of its own has a thread of its own, however many others wait.
    DispatchQueue(label: "git-engine program").async {
      var information = siginfo_t()
      while waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
      close(end)
    }
  }
}
