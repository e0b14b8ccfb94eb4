internal import CLibGit2

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A pipe that is closed at the end of its scope and that no other program inherits.
///
/// Neither end that this process keeps ever blocks it.
struct ProgramPipe: ~Copyable {
  private(set) var read: Int32
  private(set) var write: Int32

  init(_ operation: @autoclosure () -> String) throws(GitError) {
    var ends: [Int32] = [-1, -1]
    try system(operation()) { cgit2_pipe(&ends) }
    (read, write) = (ends[0], ends[1])
  }

  /// Makes the end that is not given to a program one that does not block.
  func keepReading() { _ = fcntl(read, F_SETFL, O_NONBLOCK) }

  /// Makes the end that is not given to a program one that does not block.
  func keepWriting() {
    _ = fcntl(write, F_SETFL, O_NONBLOCK)
    #if canImport(Darwin)
      _ = fcntl(write, F_SETNOSIGPIPE, 1)
    #endif
  }

  mutating func closeReading() {
    if read >= 0 { close(read) }
    read = -1
  }

  mutating func closeWriting() {
    let end = giveWriting()
    if end >= 0 { close(end) }
  }

  /// The writing end, for somebody else to close.
  mutating func giveWriting() -> Int32 {
    defer { write = -1 }
    return write
  }

  deinit {
    if read >= 0 { close(read) }
    if write >= 0 { close(write) }
  }
}

/// Writes without the signal that a pipe without a reader sends; -1 with `errno`, as `write` does.
func writeWithoutSignal(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  #if canImport(Darwin)
    // `keepWriting` has turned it off for the pipe.
    return write(descriptor, bytes.baseAddress, bytes.count)
  #else
    var pipe = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    var before = sigset_t()
    var waiting = sigset_t()
    sigpending(&waiting)
    let wasWaiting = sigismember(&waiting, SIGPIPE) == 1
    pthread_sigmask(SIG_BLOCK, &pipe, &before)
    let count = write(descriptor, bytes.baseAddress, bytes.count)
    let number = errno
    if count < 0, number == EPIPE, !wasWaiting {
      var now = timespec()
      while sigtimedwait(&pipe, nil, &now) == -1, errno == EINTR {}
    }
    pthread_sigmask(SIG_SETMASK, &before, nil)
    errno = number
    return count
  #endif
}

/// The last part of what a program printed.
struct ProgramText {
  /// How much is kept, at least; up to twice as much is.
  var limit: Int
  private(set) var bytes: [UInt8] = []
  /// Whether all of it is there.
  private(set) var isWhole = true

  init(limit: Int = 1 << 20) { self.limit = limit }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The last lines, for the message of an error.
  var lastWords: String {
    let lines = text.split(whereSeparator: \.isNewline)
    return String(lines.suffix(5).joined(separator: "\n").suffix(1000))
  }

  /// Takes what is there without waiting; false at the end.
  mutating func read(_ descriptor: Int32) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
      // At most as much as a program could have left behind; more is for the next time.
      for _ in 0..<16 {
        let count = readBytes(descriptor, buffer)
        guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        if bytes.count / 2 > limit {
          bytes.removeFirst(bytes.count - limit)
          isWhole = false
        }
      }
      return true
    }
  }
}

private func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
  read(descriptor, buffer.baseAddress, buffer.count)
}
