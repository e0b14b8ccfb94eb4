import Synchronization
import Testing

@testable import Orchestrator

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A directory of its own for one test, with helpers to write scripts and read what they left.
final class AgentSandbox: Sendable {
  let path: FilePath

  init() throws {
    var template = "/tmp/ll-agents-XXXXXX".utf8CString
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { mkdtemp($0) } != nil
    }
    try #require(made)
    path = FilePath(
      String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))
  }

  deinit { removeTree(path.string) }

  func file(_ name: String) -> FilePath { path.appending(name) }

  func write(_ text: String, to name: String, executable: Bool = false) throws {
    let file = try FileDescriptor.open(
      file(name), .writeOnly, options: [.create, .truncate],
      permissions: executable ? [.ownerReadWriteExecute] : [.ownerReadWrite])
    try file.closeAfter { _ = try file.writeAll(text.utf8) }
  }

  func script(_ body: String, named name: String = "agent") throws -> String {
    try write("#!/bin/sh\n\(body)\n", to: name, executable: true)
    return file(name).string
  }

  func bytes(of path: FilePath) throws -> [UInt8] {
    let file = try FileDescriptor.open(path, .readOnly)
    defer { try? file.close() }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = try buffer.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0
    {
      result += buffer[..<count]
    }
    return result
  }

  func text(of name: String) throws -> String {
    String(decoding: try bytes(of: file(name)), as: UTF8.self)
  }

  func exists(_ name: String) -> Bool { access(file(name).string, F_OK) == 0 }

  /// The process ids that a script wrote to a file, one a line.
  func processes(in name: String) throws -> [Int32] {
    try text(of: name).split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
  }

  private func removeTree(_ path: String) {
    if unlink(path) == 0 { return }
    if let directory = opendir(path) {
      while let item = readdir(directory) {
        let name = withUnsafeBytes(of: &item.pointee.d_name) {
          String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != "." && name != ".." { removeTree("\(path)/\(name)") }
      }
      closedir(directory)
    }
    rmdir(path)
  }
}

extension [AgentOutput] {
  /// What was printed, byte for byte.
  var printed: [UInt8] {
    var bytes: [UInt8] = []
    for line in self {
      bytes += line.bytes
      if line.endsLine { bytes.append(0x0A) }
    }
    return bytes
  }
}

/// Whether a process runs; a zombie does not.
func isRunning(_ process: Int32) -> Bool { ProcessTable.entry(of: process)?.isAlive ?? false }

/// What a command printed, and signals for tests that wait for a line.
final class OutputRecorder: Sendable {
  private let lines = Mutex<[AgentOutput]>([])
  private let stream: AsyncStream<String>
  private let send: AsyncStream<String>.Continuation

  init() { (stream, send) = AsyncStream.makeStream() }

  func take(_ new: [AgentOutput]) -> AgentReaction {
    lines.withLock { $0 += new }
    for line in new { send.yield(line.text) }
    return .goOn
  }

  var all: [AgentOutput] { lines.withLock { $0 } }
  var texts: [String] { all.map(\.text) }
  /// The lines of standard output: a shell adds remarks of its own on the other stream.
  var standardOutput: [String] { all.filter { $0.source == .standardOutput }.map(\.text) }

  /// Waits until this line was printed.
  func wait(for text: String) async {
    for await line in stream where line == text { return }
  }
}

extension AgentTask {
  static func sample(worktree: FilePath = "/tmp", decisionNeeded: Bool = false) -> AgentTask {
    AgentTask(
      issueID: "BUG-7", category: "bugs", action: "fix", file: ".issues/bugs/P1-BUG-7-x.md",
      title: "It breaks", body: "# It breaks\n", worktree: worktree, runID: "run-1",
      decisionNeeded: decisionNeeded)
  }
}

extension AgentCommand {
  /// A shell command in a sandbox.
  static func shell(
    _ script: String, in sandbox: AgentSandbox, limits: AgentLimits = AgentLimits()
  ) -> AgentCommand {
    AgentCommand(
      executable: "/bin/sh", arguments: ["-c", script], workingDirectory: sandbox.path,
      limits: limits)
  }
}

#if os(Linux)
  /// Makes a file on which every write fails for want of space.
  func symlinkToFull(_ path: FilePath) -> Bool { symlink("/dev/full", path.string) == 0 }
#endif
