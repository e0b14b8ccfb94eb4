import GitEngine
import RunSupport
import SystemPackage
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The program is killed at changes that it makes to the file system; the next run puts it right.
///
/// `strace` kills it when a thread of it reaches the n-th of the system calls that change names. The
/// agent only appends to files, so the calls are the program's own.
@Suite("Killed at any point", .timeLimit(.minutes(15)), .enabled(if: pathExists("/usr/bin/strace")))
struct KillTests {
  /// How many points of each call are tried; the environment can ask for more.
  static let points = getenv("LL_KILL_POINTS").flatMap { Int(String(cString: $0)) } ?? 7

  static let calls = ["rename", "renameat2", "link", "unlink", "mkdir", "rmdir", "fsync"]

  @Test(arguments: calls) func nothingIsLostAndTheIssueLandsOnce(_ call: String) async throws {
    for point in 1...Self.points {
      let wasKilled = try await withTestRepository { repository in
        try await prepare(repository)
        let trace = repository.sandbox.appending("trace").string
        let killed = try await Oracle.run(
          "strace",
          [
            "-f", "-qq", "-o", trace, "-e", "trace=\(call)", "-e",
            "inject=\(call):signal=SIGKILL:when=\(point)", try Program.executable().string,
          ], in: repository.root, environment: Program.isolation, allowFailure: true)
        let again = try await repository.program("--merge-pending")
        #expect(again.status == 0, "\(call) \(point): \(again.errors)\(again.text)")
        try await check(repository, "\(call) \(point)")
        return killed.status == 128 + Int(SIGKILL)
      }
      // Past the last of these calls there is nothing more to try.
      if !wasKilled { return }
    }
  }

  /// An issue whose landing carries an edit of the user, replaces, adds and deletes files.
  private func prepare(_ repository: TestRepository) async throws {
    try repository.configure(command: ["./tools/agent"])
    try writeFile(
      repository.file("tools/agent"),
      """
      #!/bin/sh
      echo "an end" >> src/a.txt
      echo "another end" >> src/b.txt
      echo "new" > page.txt
      : > src/deep/c.txt
      """, executable: true)
    try repository.addIssue("BUG-1")
    try await repository.commitAll("an issue")
    let mine = numberedLines("a").replacing("a line 3\n", with: "mine\n")
    try repository.write("src/a.txt", mine)
    try repository.write("staged.txt", "staged\n")
    try await repository.git("add", "staged.txt")
    try repository.write("untracked.txt", "untracked\n")
  }

  private func check(_ repository: TestRepository, _ point: String) async throws {
    let comment = Comment(rawValue: point)
    let subjects = try await repository.git("log", "--first-parent", "--format=%s", "main")
    let landings = subjects.split(separator: "\n").filter { $0.hasPrefix("merge BUG-1") }
    #expect(landings.count == 1, comment)
    let mine = numberedLines("a").replacing("a line 3\n", with: "mine\n")
    #expect(repository.read("src/a.txt") == mine + "an end\n", comment)
    #expect(repository.read("page.txt") == "new\n", comment)
    #expect(
      try await repository.git("status", "--porcelain")
        == " M src/a.txt\nA  staged.txt\n?? untracked.txt", comment)
    try await repository.git("fsck", "--strict")
    #expect(try await repository.git("worktree", "list").contains("worker") == false, comment)
    let branches = try await repository.git("for-each-ref", "--format=%(refname)", "refs/heads")
    #expect(branches == "refs/heads/main", comment)
    let locks = try await Oracle.run("find", [".git", "-name", "*.lock"], in: repository.root)
    #expect(
      Set(locks.text.split(separator: "\n"))
        == [".git/gitengine.lock", ".git/ll-parallel/run.lock"], comment)
  }
}
