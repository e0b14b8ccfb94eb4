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
  /// Those that move references and write the journal.
  static let fewCalls = ["rename", "link", "fsync"]

  @Test(arguments: calls) func nothingIsLostAndTheIssueLandsOnce(_ call: String) async throws {
    try await kill(at: call) { repository, point in
      try await prepare(repository)
      let wasKilled = try await run(repository, call, point)
      if point.isMultiple(of: 2) {
        // A run that lands nothing says so, whatever the checkout looked like when it began.
        let plain = try await repository.program()
        let isLanded = try await repository.git("log", "--first-parent", "--format=%s", "main")
          .contains("merge BUG-1")
        #expect((plain.status == 0) == isLanded, "\(call) \(point): \(plain.errors)\(plain.text)")
      }
      let again = try await repository.program("--merge-pending")
      #expect(again.status == 0, "\(call) \(point): \(again.errors)\(again.text)")
      try await check(repository, "\(call) \(point)")
      return wasKilled
    }
  }

  @Test(arguments: fewCalls) func aBranchIsLeftOnceAndSaysThatItIsDone(_ call: String) async throws
  {
    try await kill(at: call) { repository, point in
      try repository.configure(agent: "echo new > new.txt")
      try repository.addIssue("BUG-1")
      try await repository.commitAll("an issue")
      let wasKilled = try await run(repository, call, point, "--feature-branches")
      let again = try await repository.program("--feature-branches")
      #expect(again.status == 0, "\(call) \(point): \(again.errors)\(again.text)")
      let references = try await repository.git("for-each-ref", "--format=%(refname)", "refs/heads")
      let branch = "refs/heads/feature/bug-1-something-to-do"
      #expect(references == "\(branch)\nrefs/heads/main", "\(call) \(point)")
      let subjects = try await repository.git("log", "--format=%s", "main..\(branch)")
      #expect(
        subjects == """
          finish BUG-1: Something to do
          BUG-1: work left uncommitted by the agent
          """, "\(call) \(point)")
      #expect(try await repository.git("worktree", "list").contains("worker") == false)
      return wasKilled
    }
  }

  @Test(arguments: fewCalls) func finishedWorkIsKeptByACleanStart(_ call: String) async throws {
    try await kill(at: call) { repository, point in
      try repository.configure(agent: "echo first > src/a.txt")
      try repository.addIssue("BUG-1")
      try await repository.commitAll("an issue")
      try repository.write("src/a.txt", "in the way\n")
      #expect(try await repository.program().status == 1)
      try await repository.git("checkout", "--quiet", "src/a.txt")
      try repository.configure(agent: "echo again > again.txt")
      try await repository.commitAll("another agent")
      let wasKilled = try await run(repository, call, point, "--clean-start")
      // What the killed run had put aside is found by the next one, or done by it.
      let again = try await repository.program("--clean-start")
      #expect(again.status == 0, "\(call) \(point): \(again.errors)\(again.text)")
      let saved = try await repository.git(
        "for-each-ref", "--format=%(refname)", "refs/ll/saved/bug-1"
      ).split(separator: "\n")
      var kept: [String] = []
      for name in saved { kept.append(try await repository.git("show", "\(name):src/a.txt")) }
      #expect(kept.contains("first"), "\(call) \(point)")
      let subjects = try await repository.git("log", "--first-parent", "--format=%s", "main")
      #expect(subjects.split(separator: "\n").count { $0.hasPrefix("merge BUG-1") } == 1)
      #expect(repository.read("again.txt") == "again\n", "\(call) \(point)")
      return wasKilled
    }
  }

  /// Calls `body` for one point after the other, until it says that nothing was killed any more.
  private func kill(
    at call: String, _ body: (TestRepository, Int) async throws -> Bool
  ) async throws {
    for point in 1...Self.points {
      guard try await withTestRepository({ try await body($0, point) }) else { return }
    }
  }

  /// Runs the program and kills it at a call; says whether it came that far.
  private func run(
    _ repository: TestRepository, _ call: String, _ point: Int, _ arguments: String...
  ) async throws -> Bool {
    let trace = repository.sandbox.appending("trace").string
    let killed = try await Oracle.run(
      "strace",
      [
        "-f", "-qq", "-o", trace, "-e", "trace=\(call)", "-e",
        "inject=\(call):signal=SIGKILL:when=\(point)", try Program.executable().string,
      ] + arguments, in: repository.root, environment: Program.isolation, allowFailure: true)
    return killed.status == 128 + Int(SIGKILL)
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
