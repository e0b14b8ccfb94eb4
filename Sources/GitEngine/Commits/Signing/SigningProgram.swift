internal import CLibGit2

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

/// One run of a program that signs: started, read to its end, and never longer than allowed.
///
/// It has a session of its own: a Ctrl-C meant for this process does not reach it, and it asks
/// nothing on the terminal. Its input is a file, so nothing can block or break while it is fed.
struct SigningProgram {
  /// A path, or a name to look for in `PATH`.
  var program: String
  var arguments: [String]
  /// The file that is its standard input; empty input when left out.
  var input: FilePath?
  var directory: FilePath
  /// How long it may take.
  var patience: Duration

  /// What came of it.
  struct Outcome {
    enum End: Equatable {
      case exited(Int32)
      case signaled(Int32)
      case tookTooLong
    }
    var end: End
    var output: ProgramText
    var errors: ProgramText
  }

  /// Runs the program; throws only if it cannot be started.
  func run() throws(GitError) -> Outcome {
    var output = try Pipe("read from '\(program)'")
    var errors = try Pipe("read from '\(program)'")
    // Closed when the program has ended, even if something that it started holds the other two.
    var ended = try Pipe("wait for '\(program)'")
    let child = try start(output: output.write, errors: errors.write)
    output.closeWriting()
    errors.closeWriting()
    watch(child, ended.giveWriting())

    var outcome = Outcome(end: .tookTooLong, output: ProgramText(), errors: ProgramText())
    let isOver = readUntilEnd(output.read, errors.read, ended.read, &outcome)
    // Its session's group: also what it has started. It is not reaped yet, so the id is its own.
    if !isOver { kill(-child, SIGKILL) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) == -1, errno == EINTR {}
    if isOver {
      let signal = status & 0x7f
      outcome.end = signal == 0 ? .exited((status >> 8) & 0xff) : .signaled(signal)
    }
    return outcome
  }

  /// Reads both outputs until the program has ended; false if that takes too long.
  private func readUntilEnd(
    _ output: Int32, _ errors: Int32, _ ended: Int32, _ outcome: inout Outcome
  ) -> Bool {
    let deadline = ContinuousClock.now + patience
    var entries = [output, errors, ended].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    while true {
      let left = max(0, (deadline - .now) / .milliseconds(1))
      let count = poll(&entries, nfds_t(entries.count), Int32(min(left.rounded(.up), 1e9)))
      if count == 0 { return false }
      // The end is looked at first: what is in the pipes by then is all that counts.
      let isOver = count > 0 && entries[2].revents != 0
      if entries[0].revents != 0 || isOver, !outcome.output.read(output) { entries[0].fd = -1 }
      if entries[1].revents != 0 || isOver, !outcome.errors.read(errors) { entries[1].fd = -1 }
      if isOver { return true }
      if ContinuousClock.now > deadline { return false }
    }
  }

  /// Closes `end` once the process has ended, which leaves it to be reaped.
  private func watch(_ child: pid_t, _ end: Int32) {
    // A queue of its own has a thread of its own, however many others wait.
    DispatchQueue(label: "git-engine signing").async {
      var information = siginfo_t()
      while waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
      close(end)
    }
  }

  private func start(output: Int32, errors: Int32) throws(GitError) -> pid_t {
    var child: pid_t = 0
    var status = spawn(program, [program] + arguments, output, errors, &child)
    if status == ENOEXEC {
      // A script without a first line that names its interpreter: git gives it to the shell.
      status = spawn("/bin/sh", ["sh", program] + arguments, output, errors, &child)
    }
    guard status == 0 else {
      throw GitError(
        .signing, operation: "start '\(program)'", message: String(cString: strerror(status)))
    }
    return child
  }

  private func spawn(
    _ file: String, _ arguments: [String], _ output: Int32, _ errors: Int32, _ child: inout pid_t
  ) -> Int32 {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }

    let source = input ?? "/dev/null"
    _ = source.withPlatformString {
      posix_spawn_file_actions_addopen(&actions, 0, $0, O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    _ = directory.withPlatformString { cgit2_spawn_in(&actions, $0) }
    // This thread belongs to a dispatch queue, where nearly all signals are blocked.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, cgit2_spawn_flags())

    var strings = arguments.map { strdup($0) } + [nil]
    defer { for string in strings { free(string) } }
    return posix_spawnp(&child, file, &actions, &attributes, &strings, cgit2_environment())
  }
}

/// The last part of what a program printed.
struct ProgramText {
  static let limit = 1 << 20
  private(set) var bytes: [UInt8] = []
  /// Whether all of it is there.
  private(set) var isWhole = true

  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Takes what is there without waiting; false at the end.
  fileprivate mutating func read(_ descriptor: Int32) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
      // At most as much as a program could have left behind; more is for the next time.
      for _ in 0..<16 {
        let count = readBytes(descriptor, buffer)
        guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        if bytes.count > 2 * Self.limit {
          bytes.removeFirst(bytes.count - Self.limit)
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

/// A pipe that is closed at the end of its scope and that no other program inherits.
private struct Pipe: ~Copyable {
  let read: Int32
  private(set) var write: Int32

  init(_ operation: @autoclosure () -> String) throws(GitError) {
    var ends: [Int32] = [-1, -1]
    try system(operation()) { cgit2_pipe(&ends) }
    (read, write) = (ends[0], ends[1])
    _ = fcntl(read, F_SETFL, O_NONBLOCK)
  }

  mutating func closeWriting() { close(giveWriting()) }

  mutating func giveWriting() -> Int32 {
    defer { write = -1 }
    return write
  }

  deinit {
    close(read)
    if write >= 0 { close(write) }
  }
}
