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

/// A filter's program while it runs: fed, read and reaped by one thread.
///
/// It has a session of its own, so it asks nothing on the terminal, and what it has started can be
/// killed with it. Whoever lets go of it without ``finish(within:)`` kills it.
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
  private var input: Int32
  private let output: Int32
  private let errors: Int32
  /// Closed when the process has ended, even if something that it started holds the others.
  private let ended: Int32
  private var isOutputOpen = true
  private var areErrorsOpen = true
  private var hasEnded = false
  private var status: Int32?
  /// The last of what it printed on standard error.
  private var said: [UInt8] = []

  /// Starts `/bin/sh -c command` in `directory`, with the environment as it is but for `variables`:
  /// those without a value are taken out.
  init(
    _ command: [UInt8], in directory: FilePath, variables: [String: FilePath?]
  ) throws(GitError) {
    let operation = "start '\(String(decoding: command, as: UTF8.self))'"
    var pipes: [Int32] = []
    do throws(GitError) {
      for _ in 0..<4 {
        var ends: [Int32] = [-1, -1]
        try system(operation) { cgit2_pipe(&ends) }
        pipes += ends
      }
      process = try Self.spawn(
        command, directory, variables, operation,
        files: [(pipes[0], 0), (pipes[3], 1), (pipes[5], 2)])
    } catch {
      for file in pipes { close(file) }
      throw error
    }
    for file in [pipes[0], pipes[3], pipes[5]] { close(file) }
    (input, output, errors, ended) = (pipes[1], pipes[2], pipes[4], pipes[6])
    for file in [input, output, errors] { _ = fcntl(file, F_SETFL, O_NONBLOCK) }
    Self.watch(process, pipes[7])
  }

  deinit {
    destroy()
    closeInput()
    for file in [output, errors, ended] { close(file) }
  }

  /// Sends bytes and hands over what comes back, until `take` says that it is enough.
  ///
  /// - Parameters:
  ///   - limit: How long the program may neither take nor give a byte.
  ///   - closesInput: Whether the input ends behind the bytes.
  func exchange(
    _ bytes: [UInt8], closesInput: Bool = false, limit: Duration, isCancelled: () -> Bool,
    take: (UnsafeRawBufferPointer) -> Bool
  ) -> Stop {
    var sent = 0
    var hasEnough = false
    var deadline = ContinuousClock.now + limit
    if bytes.isEmpty, closesInput { closeInput() }
    while true {
      if isCancelled() { return .cancelled }
      let left = deadline - .now
      guard left > .zero else { return .tookTooLong }
      let isSending = sent < bytes.count && input >= 0
      var entries = [
        pollfd(fd: isSending ? input : -1, events: Int16(POLLOUT), revents: 0),
        pollfd(fd: isOutputOpen && !hasEnough ? output : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: areErrorsOpen ? errors : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: hasEnded ? -1 : ended, events: Int16(POLLIN), revents: 0),
      ]
      // A cancelled task tells nobody who waits in poll: it is asked now and then.
      let pause = min(left, .milliseconds(40))
      _ = poll(&entries, nfds_t(entries.count), Int32((pause / .milliseconds(1)).rounded(.up)))
      if entries.contains(where: { $0.revents != 0 }) { deadline = .now + limit }
      // Looked at before the rest: what is in the pipes by then is all that counts.
      if entries[3].revents != 0 { hasEnded = true }
      if entries[0].revents != 0 {
        sent = bytes.withUnsafeBytes { send($0, from: sent) }
        if sent == bytes.count, closesInput { closeInput() }
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
      let count = cgit2_write(input, piece.baseAddress, piece.count)
      if count > 0 {
        sent += count
      } else if errno == EAGAIN {
        break
      } else if errno != EINTR {
        // It wants no more. git lets a program read as much as it likes.
        closeInput()
        return bytes.count
      }
    }
    return sent
  }

  /// Reads what is there; true when `take` has enough.
  private func readOutput(_ take: (UnsafeRawBufferPointer) -> Bool) -> Bool {
    var isEnough = false
    isOutputOpen = Self.drain(output, most: hasEnded ? .max : 1 << 20) { isEnough = take($0) }
    return isEnough
  }

  private func readErrors() {
    guard areErrorsOpen else { return }
    areErrorsOpen = Self.drain(errors, most: 1 << 20) {
      said.append(contentsOf: $0)
      if said.count > 1 << 16 { said.removeFirst(said.count - 1 << 14) }
    }
  }

  /// Takes what is there without waiting; false at the end.
  private static func drain(
    _ file: Int32, most: Int, _ take: (UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
      var taken = 0
      while taken < most {
        let count = read(file, buffer.baseAddress, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return count < 0 && errno == EAGAIN }
        take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        taken += count
      }
      return true
    }
  }

  private func closeInput() {
    if input >= 0 { close(input) }
    input = -1
  }

  /// Closes the program's input, as git does when it needs a process no more, and waits for its
  /// end; kills it when that takes too long.
  func finish(within grace: Duration) {
    guard status == nil else { return }
    closeInput()
    let stop = exchange([], closesInput: true, limit: grace, isCancelled: { false }) { _ in false }
    if stop == .ended, hasEnded { reap() } else { destroy() }
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
    readErrors()
  }

  /// Whether it ended by itself, and well.
  var hasSucceeded: Bool {
    if hasEnded, status == nil { reap() }
    return status == 0
  }

  /// How it ended, if it has, and its last words; for people.
  func epitaph() -> String {
    if hasEnded, status == nil { reap() }
    readErrors()
    let lines = String(decoding: said, as: UTF8.self).split(whereSeparator: \.isNewline)
    let words = String(lines.suffix(5).joined(separator: "\n").suffix(1000))
    var end: [String] = []
    if hasEnded, let status {
      let signal = status & 0x7f
      end.append(
        signal == 0
          ? "it ended with status \((status >> 8) & 0xff)" : "it was ended by signal \(signal)")
    }
    if !words.isEmpty { end.append(words) }
    return end.joined(separator: ": ")
  }

  /// Closes `end` once the process has ended, which leaves it to be reaped.
  private static func watch(_ process: pid_t, _ end: Int32) {
    // A queue of its own has a thread of its own, however many others wait.
    DispatchQueue(label: "git-engine filter").async {
      var information = siginfo_t()
      while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
      close(end)
    }
  }

  private static func spawn(
    _ command: [UInt8], _ directory: FilePath, _ variables: [String: FilePath?],
    _ operation: String, files: [(from: Int32, to: Int32)]
  ) throws(GitError) -> pid_t {
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
    for file in files { posix_spawn_file_actions_adddup2(&actions, file.from, file.to) }
    _ = directory.withPlatformString { cgit2_spawn_in(&actions, $0) }
    // This thread belongs to a dispatch queue, where nearly all signals are blocked.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, cgit2_spawn_flags())

    var arguments = [cString(Array("sh".utf8)), cString(Array("-c".utf8)), cString(command), nil]
    defer { for argument in arguments { free(argument) } }
    var environment = environment(with: variables)
    defer { for variable in environment { free(variable) } }
    var process: pid_t = 0
    let status = posix_spawn(
      &process, "/bin/sh", &actions, &attributes, &arguments, &environment)
    guard status == 0 else { throw GitError(errno: status, operation: operation) }
    return process
  }

  private static func environment(
    with variables: [String: FilePath?]
  ) -> [UnsafeMutablePointer<CChar>?] {
    var result: [UnsafeMutablePointer<CChar>?] = []
    var next = cgit2_environment()
    while let entry = next?.pointee {
      let name = String(cString: entry).prefix { $0 != "=" }
      if variables[String(name)] == nil { result.append(strdup(entry)) }
      next = next?.advanced(by: 1)
    }
    for case (let name, let path?) in variables {
      result.append(cString(Array("\(name)=".utf8) + path.bytes))
    }
    return result + [nil]
  }

  /// A copy with a zero behind it, to be freed.
  private static func cString(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar>? {
    strdup(bytes.map { CChar(bitPattern: $0) } + [0])
  }
}
