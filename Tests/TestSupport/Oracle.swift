#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

internal import Subprocess

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A program of the test's machine did not do what the test needs.
public struct OracleError: Error, CustomStringConvertible {
  /// What happened.
  public let description: String

  /// An error.
  public init(description: String) { self.description = description }
}

/// Runs the real `git` and other programs of the machine, to compare with.
public enum Oracle {
  /// What a program printed.
  public struct Output: Sendable {
    /// Standard output.
    public let bytes: [UInt8]
    /// Standard error, as text.
    public let errors: String
    /// The exit status; 128 and more for a signal.
    public let status: Int

    /// Standard output as text without the last line end.
    public var text: String {
      let text = String(decoding: bytes, as: UTF8.self)
      return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
  }

  /// Runs `git`, cut off from the configuration of the machine's user, with fixed dates.
  @discardableResult
  public static func git(
    _ arguments: [String], in directory: FilePath, allowFailure: Bool = false,
    atMost limit: Duration? = nil
  ) async throws -> Output {
    try await run("git", arguments, in: directory, allowFailure: allowFailure, atMost: limit)
  }

  /// All that is below a directory, but `.git`: kinds, modes, names, targets of links, and checksums.
  public static func files(below root: FilePath) async throws -> String {
    let script = """
      find . -name .git -prune -o -printf '%y %m %p %l\\n' | sort
      find . -name .git -prune -o -type f -exec sha1sum {} + | sort
      """
    return try await run("sh", ["-c", script], in: root).text
  }

  /// Runs a program; a non-zero exit status is an error unless `allowFailure`.
  ///
  /// One that has not ended after `limit` is killed, and that is an error.
  @discardableResult
  public static func run(
    _ program: String, _ arguments: [String], in directory: FilePath,
    environment: [String: String] = [:], allowFailure: Bool = false, atMost limit: Duration? = nil
  ) async throws -> Output {
    var values: [Environment.Key: String?] = [
      "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0",
      "GIT_AUTHOR_DATE": "1700000000 +0100", "GIT_COMMITTER_DATE": "1700000000 +0100",
    ]
    for (name, value) in environment {
      if let key = Environment.Key(rawValue: name) { values[key] = value }
    }
    let mark = Watchdog.Mark()
    values[Environment.Key(stringLiteral: Watchdog.Mark.name)] = mark.value
    let most = 256 << 20
    let result = try await Watchdog.watch(
      "\(program) \(arguments)", mark, atMost: limit ?? Watchdog.limit
    ) { [values] in
      try await Subprocess.run(
        program.hasPrefix("/") ? .path(FilePath(program)) : .name(program),
        arguments: Arguments(arguments), environment: .inherit.updating(values),
        workingDirectory: directory, output: .bytes(limit: most), error: .bytes(limit: most))
    }
    let status: Int =
      switch result.terminationStatus {
      case .exited(let code): Int(code)
      case .signaled(let signal): 128 + Int(signal)
      }
    let output = Output(
      bytes: result.standardOutput,
      errors: String(decoding: result.standardError, as: UTF8.self), status: status)
    guard status == 0 || allowFailure else {
      throw OracleError(
        description: "\(program) \(arguments.joined(separator: " ")) ended with \(status): "
          + output.errors + output.text)
    }
    return output
  }
}

/// Writes a file, with the directories above it.
public func writeFile(_ path: FilePath, _ bytes: [UInt8], executable: Bool = false) throws {
  try makeDirectories(path.removingLastComponent())
  let file = try FileDescriptor.open(
    path, .writeOnly, options: [.create, .truncate, .closeOnExec],
    permissions: FilePermissions(rawValue: executable ? 0o755 : 0o644))
  _ = try file.closeAfter { try file.writeAll(bytes) }
}

/// Writes a text file, with the directories above it.
public func writeFile(_ path: FilePath, _ text: String, executable: Bool = false) throws {
  try writeFile(path, Array(text.utf8), executable: executable)
}

/// Makes a directory and those above it.
public func makeDirectories(_ path: FilePath) throws {
  var current = FilePath(root: path.root)
  for component in path.components {
    current.append(component)
    guard current.withPlatformString({ mkdir($0, 0o777) }) != 0 else { continue }
    let number = errno
    guard number == EEXIST || number == EISDIR else { throw Errno(rawValue: number) }
  }
}

/// All bytes of a file.
public func readFile(_ path: FilePath) throws -> [UInt8] {
  let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
  return try file.closeAfter {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = try buffer.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0
    {
      bytes += buffer[..<count]
    }
    return bytes
  }
}

/// Whether something is at a path; a symbolic link counts wherever it leads.
public func pathExists(_ path: FilePath) -> Bool {
  var status = stat()
  return path.withPlatformString { lstat($0, &status) } == 0
}

/// The names in a directory, sorted.
public func directoryNames(_ path: FilePath) -> [String] {
  guard let directory = path.withPlatformString({ opendir($0) }) else { return [] }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}
