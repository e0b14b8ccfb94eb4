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

/// Records the system calls of a test with `strace`, with the paths of descriptors.
///
/// The test runs in a process of its own: this very program, told to run that test alone.
public enum SystemCalls {
  /// Whether there is a `strace`.
  public static let canBeTraced = ["/usr/bin/strace", "/bin/strace"].contains {
    pathExists(FilePath($0))
  }

  /// The directory that a traced test works in; `nil` in any other process.
  public static var place: FilePath? { getenv(variable).map { FilePath(String(cString: $0)) } }

  private static let variable = "LL_TRACED_IN"

  /// Runs a test, and returns what it called, one line each, in order.
  ///
  /// - Parameters:
  ///   - test: The test, as `swift test --filter` takes it.
  ///   - names: Of the calls: "fsync,rename".
  ///   - place: What the test finds in ``place``.
  public static func trace(
    _ test: String, _ names: String, in place: FilePath, sandbox: FilePath
  ) async throws -> [String] {
    let trace = sandbox.appending("trace")
    guard let program = realpath("/proc/self/exe", nil) else { return [] }
    defer { free(program) }
    try await Oracle.run(
      "strace",
      [
        "-f", "-y", "-qq", "-e", "trace=\(names)", "-o", trace.string, String(cString: program),
        "--testing-library", "swift-testing", "--filter", test,
      ], in: sandbox, environment: [variable: place.string])
    return String(decoding: try readFile(trace), as: UTF8.self).split(separator: "\n").map(
      String.init)
  }
}
