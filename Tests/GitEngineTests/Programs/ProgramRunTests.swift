import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// Programs that the engine starts: what goes in, what comes out, and how they are stopped.
@Suite(.timeLimit(.minutes(2)))
struct ProgramRunTests {
  private func run(
    _ line: String, in directory: FilePath = "/", environment: [String: String?] = [:],
    input: ProgramRun.Input = .nothing, patience: Duration = .seconds(60), limit: Int = 1 << 20
  ) throws -> ProgramRun.Outcome {
    try ProgramRun(
      command: ProgramCommand(shell: Array(line.utf8), in: directory, environment: environment),
      input: input, patience: patience, outputLimit: limit
    ).run()
  }

  @Test("megabytes go in and come out")
  func large() throws {
    let bytes = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let outcome = try run("cat", input: .bytes(bytes), limit: 6_000_000)
    #expect(outcome.end == .exited(0))
    #expect(outcome.output.isWhole)
    #expect(outcome.output.bytes == bytes)
  }

  @Test("a program need not read what it is given")
  func unread() throws {
    let bytes = [UInt8](repeating: 1, count: 3_000_000)
    for line in ["exit 3", "head -c 10 >/dev/null; exit 3", "exec <&-; sleep 0.1; exit 3"] {
      #expect(try run(line, input: .bytes(bytes)).end == .exited(3))
    }
  }

  @Test("an end without input, with a file, with a descriptor")
  func inputs() async throws {
    try await withSandbox { sandbox in
      #expect(try run("cat").output.text == "")
      let file = sandbox.appending("file")
      try writeFile(file, "text")
      #expect(try run("cat", input: .file(file)).output.text == "text")
      let open = try FileDescriptor.open(file, .readOnly)
      #expect(try run("cat", input: .descriptor(open.rawValue)).output.text == "text")
      try open.close()
      #expect(throws: GitError.self) { try run("cat", input: .file(sandbox.appending("none"))) }
    }
  }

  @Test("where it runs, and with which environment")
  func surroundings() async throws {
    try await withSandbox { sandbox in
      let outcome = try run(
        "pwd; echo \"$PROGRAM_TEST-$HOME-$PATH\"", in: sandbox,
        environment: ["PROGRAM_TEST": "a=b", "HOME": nil])
      let lines = outcome.output.text.split(separator: "\n")
      #expect(lines.first == Substring(sandbox.string))
      #expect(lines.last?.hasPrefix("a=b--/") == true)
    }
  }

  @Test("a bare name is found in PATH and need not be there")
  func bareName() throws {
    #expect(try run("true").end == .exited(0))
    #expect { try run("no-such-program") } throws: { ($0 as? GitError)?.code == .notFound }
    #expect(try run("no-such-program x").end == .exited(127))
  }

  @Test("more output than is kept")
  func outputLimit() throws {
    let outcome = try run("head -c 100000 /dev/zero; echo end", limit: 1000)
    #expect(!outcome.output.isWhole)
    #expect(outcome.output.bytes.count <= 2000 + 65536)
    #expect(outcome.output.text.hasSuffix("end\n"))
    #expect(try run("kill -9 $$").end == .signaled(9))
  }

  @Test("a time limit and a cancellation end all that was started", arguments: [false, true])
  func stops(cancelled: Bool) async throws {
    try await withSandbox { sandbox in
      let mark = "PROGRAM_MARK=\(sandbox)"
      let task = Task.detached {
        try run(
          "trap '' TERM; sleep 100 & sleep 100", environment: ["PROGRAM_MARK": sandbox.string],
          patience: cancelled ? .seconds(100) : .milliseconds(300))
      }
      if cancelled {
        try await wait(for: "the processes") { processes(withEnvironment: mark).count >= 2 }
        task.cancel()
      }
      #expect(try await task.value.end == (cancelled ? .cancelled : .tookTooLong))
      try await wait(for: "the end of the processes") {
        processes(withEnvironment: mark).isEmpty
      }
    }
  }
}
