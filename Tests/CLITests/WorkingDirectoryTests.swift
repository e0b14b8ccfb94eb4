import RunSupport
import SystemPackage
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

@Suite(
  "Worktrees with a process in them", .timeLimit(.minutes(5)),
  .enabled(if: pathExists("/proc/self")))
struct WorkingDirectoryTests {
  @Test("a worktree stays while a process has its directory in it, and goes afterwards")
  func stays() async throws {
    try await withTestRepository { repository in
      // The process leaves the agent's group, as a build daemon does.
      try repository.configure(
        agent: """
          mkfifo "$SANDBOX/end"
          setsid sh -c 'read -r _ < "$1"' daemon "$SANDBOX/end" > /dev/null 2>&1 < /dev/null &
          echo $! > "$SANDBOX/daemon"
          \(TestRepository.simpleAgent)
          """)
      try repository.addIssue("BUG-1")
      try await repository.commitAll("an issue")
      let run = try await repository.program()
      #expect(run.status == 0, "\(run.errors)\(run.text)")
      #expect(run.text.contains("landed      BUG-1"))
      #expect(run.errors.contains("stays: a process is at work in it"), "\(run.errors)")
      let worktrees = repository.root.appending(".worktrees")
      #expect(directoryNames(worktrees).count == 1)

      let refused = try await repository.program("--cleanup")
      let said = refused.errors + refused.text
      #expect(said.contains("a process is at work in it"), "\(said)")
      #expect(directoryNames(worktrees).count == 1)

      let end = try FileDescriptor.open(repository.sandbox.appending("end"), .readWrite)
      _ = try end.closeAfter { try end.writeAll("\n".utf8) }
      let text = String(
        decoding: try readFile(repository.sandbox.appending("daemon")), as: UTF8.self)
      let daemon = try #require(Int32(text.split(separator: "\n")[0]))
      try await wait(for: "the end of the process") { kill(daemon, 0) != 0 }
      let cleaned = try await repository.program("--cleanup")
      #expect(cleaned.status == 0, "\(cleaned.errors)\(cleaned.text)")
      #expect(!pathExists(worktrees))
      let branches = try await repository.git("for-each-ref", "--format=%(refname)", "refs/heads")
      #expect(branches == "refs/heads/main")
    }
  }
}
