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

/// Ends a program that does not end: the test then fails and says where it hung, instead of
/// hanging with it.
enum Watchdog {
  /// Far more than any program of the tests takes on a slow machine; `LL_WATCHDOG` takes other seconds.
  static let limit = Duration.seconds(
    getenv("LL_WATCHDOG").flatMap { Int(String(cString: $0)) } ?? 600)

  /// What marks the programs of one call, and all that they start, by their environment.
  struct Mark: Sendable {
    static let name = "LL_TEST_CALL"
    let value = "\(getpid())-\(UInt64.random(in: 0 ... .max))"
    fileprivate var entry: String { "\(Self.name)=\(value)" }
  }

  /// Runs `body`, which waits for the end of programs.
  ///
  /// - Parameters:
  ///   - name: The program, for the error.
  ///   - mark: What is in the programs' environment.
  ///   - limit: When they are ended.
  static func watch<Value>(
    _ name: String, _ mark: Mark, atMost limit: Duration = limit, _ body: () async throws -> Value
  ) async throws -> Value {
    let alarm = Task {
      try await Task.sleep(for: limit)
      let marked = processes(withEnvironment: mark.entry)
      let found = description(of: marked + children(of: getpid()))
      // There is nothing that could be ended so that `body` returns.
      guard !marked.isEmpty else { fatalError("waiting for '\(name)' hangs; processes:\n\(found)") }
      for process in marked { kill(process, SIGKILL) }
      return found
    }
    let result: Result<Value, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    alarm.cancel()
    if let found = try? await alarm.value {
      throw OracleError(
        description: "'\(name)' did not end within \(limit); the processes then were:\n\(found)")
    }
    return try result.get()
  }

  private static func children(of parent: Int32) -> [Int32] {
    directoryNames("/proc").compactMap { Int32($0) }.filter {
      status(of: $0).contains("PPid:\t\(parent)\n")
    }
  }

  private static func status(of process: Int32) -> String {
    text("/proc/\(process)/status")
  }

  private static func text(_ path: String) -> String {
    String(decoding: (try? readFile(FilePath(path))) ?? [], as: UTF8.self)
  }

  /// For each process what it is, its state, and for each of its threads where it waits.
  private static func description(of processes: [Int32]) -> String {
    processes.map { process in
      let command = text("/proc/\(process)/cmdline").replacing("\0", with: " ")
      let facts = status(of: process).split(separator: "\n")
        .filter { $0.hasPrefix("State:") || $0.hasPrefix("PPid:") }.joined(separator: " ")
      let threads = directoryNames(FilePath("/proc/\(process)/task")).map { thread in
        let place = "/proc/\(process)/task/\(thread)"
        return "  \(thread) \(text(place + "/wchan")) \(text(place + "/syscall"))"
      }
      return "\(process) \(command) \(facts)\n" + threads.joined(separator: "\n")
    }.joined(separator: "\n")
  }
}
