#if canImport(Darwin)
  internal import Darwin
  internal import Dispatch
#else
  @preconcurrency internal import Dispatch
  internal import Glibc
#endif

/// A filter's program while it runs: fed, read and reaped by one thread.
///
/// Whoever lets go of it without ``finish(within:)`` kills it, with all that it has started.
final class FilterChild {
  /// Why an exchange is over.
  enum Stop: Equatable {
    /// All that was wanted has come.
    case enough
    /// Nothing more can come: the program ended, or closed its output.
    case ended
    case tookTooLong
    case cancelled
  }

  private let process: pid_t
  private var input: ProgramPipe
  private var output: ProgramPipe
  private var errors: ProgramPipe
  /// Closed when the process has ended, even if something that it started holds the others.
  private var ended: ProgramPipe
  private var isOutputOpen = true
  private var areErrorsOpen = true
  private var hasEnded = false
  private var status: Int32?
  /// The last of what it printed on standard error.
  private var said = ProgramText(limit: 1 << 14)

  /// How often a task is asked whether it was cancelled: nothing wakes one that waits in C.
  private static let breath: Duration = .milliseconds(40)

  init(_ command: ProgramCommand) throws(GitError) {
    let operation = "start '\(command.program)'"
    var input = try ProgramPipe(operation)
    var output = try ProgramPipe(operation)
    var errors = try ProgramPipe(operation)
    var ended = try ProgramPipe(operation)
    input.keepWriting()
    output.keepReading()
    errors.keepReading()
    process = try command.start(input: input.read, output: output.write, errors: errors.write)
    input.closeReading()
    output.closeWriting()
    errors.closeWriting()
    Self.watch(process, ended.giveWriting())
    self.input = input
    self.output = output
    self.errors = errors
    self.ended = ended
  }

  deinit { destroy() }

  /// Closes `end` once the process has ended, which leaves it to be reaped.
  private static func watch(_ process: pid_t, _ end: Int32) {
    // A queue of its own has a thread of its own, however many others wait.
    DispatchQueue(label: "git-engine filter").async {
      var information = siginfo_t()
      while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
      close(end)
    }
  }

  /// Sends bytes and hands over what comes back, until `take` says that it is enough.
  ///
  /// - Parameters:
  ///   - closesInput: Whether the input ends behind the bytes; then the program's own end is waited
  ///     for.
  ///   - limit: How long the program may neither take nor give a byte.
  func exchange(
    _ bytes: [UInt8], closesInput: Bool = false, limit: Duration, isCancelled: () -> Bool,
    take: (UnsafeRawBufferPointer) -> Bool
  ) -> Stop {
    var sent = 0
    var hasEnough = false
    var deadline = ContinuousClock.now + limit
    if bytes.isEmpty, closesInput { input.closeWriting() }
    while true {
      if isCancelled() { return .cancelled }
      let left = deadline - .now
      guard left > .zero else { return .tookTooLong }
      let isSending = sent < bytes.count && input.write >= 0
      var entries = [
        pollfd(fd: isSending ? input.write : -1, events: Int16(POLLOUT), revents: 0),
        pollfd(
          fd: isOutputOpen && !hasEnough ? output.read : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: areErrorsOpen ? errors.read : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: hasEnded ? -1 : ended.read, events: Int16(POLLIN), revents: 0),
      ]
      let pause = min(left, Self.breath)
      let count = poll(
        &entries, nfds_t(entries.count), Int32((pause / .milliseconds(1)).rounded(.up)))
      guard count > 0 else { continue }
      deadline = .now + limit
      // Looked at before the rest: what is in the pipes by then is all that counts.
      if entries[3].revents != 0 { hasEnded = true }
      if entries[0].revents != 0 {
        sent = bytes.withUnsafeBytes { send($0, from: sent) }
        if sent == bytes.count, closesInput { input.closeWriting() }
      }
      if entries[2].revents != 0 || hasEnded { readErrors() }
      if entries[1].revents != 0 || hasEnded, isOutputOpen, !hasEnough {
        hasEnough = readOutput(take)
      }
      // What it did not read yet would meet the next request.
      if hasEnough, sent == bytes.count { return .enough }
      // A command may close its output long before it ends; a process cannot answer without.
      if hasEnded || !isOutputOpen && !closesInput { return .ended }
    }
  }

  private func send(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    var sent = start
    while sent < bytes.count {
      let piece = UnsafeRawBufferPointer(rebasing: bytes[sent...].prefix(1 << 16))
      let count = writeWithoutSignal(input.write, piece)
      if count > 0 {
        sent += count
      } else if errno == EAGAIN {
        break
      } else if errno != EINTR {
        // It wants no more. git lets a program read as much as it likes.
        input.closeWriting()
        return bytes.count
      }
    }
    return sent
  }

  /// Reads what is there; true when `take` has enough.
  private func readOutput(_ take: (UnsafeRawBufferPointer) -> Bool) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
      var isEnough = false
      // Bounded while more can come, so that the task is asked again.
      var rounds = hasEnded ? Int.max : 16
      while rounds > 0, !isEnough {
        let count = read(output.read, buffer.baseAddress, buffer.count)
        if count < 0, errno == EINTR { continue }
        if count < 0, errno == EAGAIN { break }
        guard count > 0 else {
          isOutputOpen = false
          break
        }
        isEnough = take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        rounds -= 1
      }
      return isEnough
    }
  }

  private func readErrors() {
    if areErrorsOpen { areErrorsOpen = said.read(errors.read) }
  }

  /// Closes the program's input, as git does when it needs a process no more, and waits for its
  /// end; kills it when that takes too long.
  func finish(within grace: Duration) {
    guard status == nil else { return }
    input.closeWriting()
    if hasEnded { return reap() }
    let stop = exchange([], closesInput: true, limit: grace, isCancelled: { false }) { _ in false }
    if stop == .ended { reap() } else { destroy() }
  }

  /// Kills the program and what it started, as far as that stayed in its group.
  func destroy() {
    guard status == nil else { return }
    // Not reaped yet, so the id is still its own.
    kill(-process, SIGKILL)
    reap()
  }

  private func reap() {
    var raw: Int32 = 0
    while waitpid(process, &raw, 0) == -1, errno == EINTR {}
    status = raw
  }

  /// Whether it ended by itself, and well.
  var hasSucceeded: Bool {
    if hasEnded, status == nil { reap() }
    return status == 0
  }

  /// How it ended, if it has, and its last words; for people.
  ///
  /// One that closed its pipes is about to end, or else will be killed: it gets a moment.
  func epitaph() -> String {
    if !hasEnded, !isOutputOpen {
      var end = pollfd(fd: ended.read, events: Int16(POLLIN), revents: 0)
      hasEnded = poll(&end, 1, 1000) > 0
    }
    if hasEnded, status == nil { reap() }
    readErrors()
    var parts: [String] = []
    if hasEnded, let status {
      let signal = status & 0x7f
      parts.append(
        signal == 0
          ? "it ended with status \((status >> 8) & 0xff)" : "it was ended by signal \(signal)")
    }
    if !said.lastWords.isEmpty { parts.append(said.lastWords) }
    return parts.joined(separator: ": ")
  }
}
