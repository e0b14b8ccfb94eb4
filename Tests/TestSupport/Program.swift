internal import Subprocess

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

/// The program under test: the built `ll-parallel`, run as people run it.
public enum Program {
  /// The program's file, beside the test bundle.
  public static func executable() throws -> FilePath {
    try BuildProducts.nearest("ll-parallel") {
      $0.withPlatformString { access($0, X_OK) } == 0 && !isDirectory($0)
    }
  }

  /// Runs the program to its end, whatever its exit status, without the user's git configuration.
  public static func run(
    _ arguments: [String] = [], in directory: FilePath, environment: [String: String] = [:]
  ) async throws -> Oracle.Output {
    try await Oracle.run(
      executable().string, arguments, in: directory,
      environment: isolation.merging(environment) { $1 }, allowFailure: true)
  }

  /// What keeps the configuration of the machine's user out.
  public static let isolation = ["HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent"]

  /// The program while it runs.
  public struct Running: Sendable {
    /// Its process.
    public let process: Int32
    /// What it has printed so far.
    public let standardOutput: FilePath
    /// What it has said on standard error so far.
    public let standardError: FilePath

    /// Sends it a signal.
    public func send(_ signal: Int32) { _ = kill(process, signal) }

    /// Waits until it has said something on standard error.
    public func waitFor(message: String) async throws {
      try await wait(for: "'\(message)' on standard error") {
        String(decoding: (try? readFile(standardError)) ?? [], as: UTF8.self).contains(message)
      }
    }
  }

  /// Starts the program, calls `body` beside it, and waits for its end.
  ///
  /// If `body` throws, the program is killed.
  public static func start<Value: Sendable>(
    _ arguments: [String] = [], in directory: FilePath, environment: [String: String] = [:],
    _ body: @escaping @Sendable (Running) async throws -> Value
  ) async throws -> (value: Value, output: Oracle.Output) {
    try await withSandbox { sandbox in
      let (out, err) = (sandbox.appending("stdout"), sandbox.appending("stderr"))
      var values: [Environment.Key: String?] = [
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
      ]
      for (name, value) in isolation.merging(environment, uniquingKeysWith: { $1 }) {
        values[Environment.Key(stringLiteral: name)] = value
      }
      let mark = Watchdog.Mark()
      values[Environment.Key(stringLiteral: Watchdog.Mark.name)] = mark.value
      let result = try await Watchdog.watch("ll-parallel \(arguments)", mark) { [values] in
        try await Subprocess.run(
          .path(executable()), arguments: Arguments(arguments),
          environment: .inherit.updating(values), workingDirectory: directory,
          input: .none,
          output: .fileDescriptor(try created(out), closeAfterSpawningProcess: true),
          error: .fileDescriptor(try created(err), closeAfterSpawningProcess: true)
        ) { execution -> Result<Value, any Error> in
          let running = Running(
            process: execution.processIdentifier.value, standardOutput: out, standardError: err)
          do { return .success(try await body(running)) } catch {
            running.send(SIGKILL)
            return .failure(error)
          }
        }
      }
      let status: Int =
        switch result.terminationStatus {
        case .exited(let code): Int(code)
        case .signaled(let signal): 128 + Int(signal)
        }
      let output = Oracle.Output(
        bytes: try readFile(out), errors: String(decoding: try readFile(err), as: UTF8.self),
        status: status)
      return (try result.closureResult.get(), output)
    }
  }

  private static func created(_ path: FilePath) throws -> FileDescriptor {
    try .open(
      path, .writeOnly, options: [.create, .append, .closeOnExec], permissions: .ownerReadWrite)
  }
}

/// Waits until something is so; an error after a time in which it should have become so.
public func wait(
  for what: String, atMost limit: Duration = .seconds(60),
  until condition: () throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while try !condition() {
    guard ContinuousClock.now < deadline else {
      throw OracleError(description: "waited in vain for \(what)")
    }
    try await Task.sleep(for: .milliseconds(10))
  }
}

/// The processes whose environment holds `text`, by their ids; zombies have none.
///
/// Where there is no `/proc`, none is found.
public func processes(withEnvironment text: String) -> [Int32] {
  directoryNames("/proc").compactMap { Int32($0) }.filter { process in
    guard let bytes = try? readFile(FilePath("/proc/\(process)/environ")) else { return false }
    return bytes.split(separator: 0).contains { $0.elementsEqual(text.utf8) }
  }
}
