import GitEngine
import Orchestrator
import RunSupport
import SystemPackage
import TestSupport
import Testing

/// Runs in a repository that wants its commits signed.
@Suite(.timeLimit(.minutes(3)))
struct SigningRunTests {
  /// What git says of the signatures of all commits since the issues were written: "G merge …".
  private func signatures(_ run: RunFixture, _ revision: String = "main") async throws -> [String] {
    try await run.repository.git("log", "--format=%G? %s", "\(revision)", "--not", "base")
      .split(separator: "\n").map(String.init).sorted()
  }

  /// The program that signs notes that it was called, and cannot sign while `broken` is there.
  private func useScript(_ run: RunFixture) async throws {
    let program = try run.repository.script(
      "sign",
      """
      echo called >> "$SANDBOX/calls"
      if [ -e "$SANDBOX/broken" ]; then echo "the card is gone" >&2; exit 1; fi
      exec ssh-keygen "$@"
      """)
    try await run.repository.git("config", "gpg.ssh.program", program.string)
  }

  private func prepare(_ run: RunFixture) async throws {
    try await run.repository.git("tag", "base")
    try await run.repository.signWithSSH()
    try await useScript(run)
  }

  private func exists(_ name: String, _ run: RunFixture) -> Bool {
    pathExists(run.sandbox.appending(name))
  }

  @Test("merge, close and leftover commits all verify")
  func everything() async throws {
    func line(_ text: String) -> String {
      #"{"type":"assistant","message":{"content":[{"type":"text","text":"\#(text)\n"}]}}"#
    }
    let agent = """
      case "$id $*" in
        *BUG-003*ready-issue*)
          echo note > note.txt
          printf '%s\\n' '\(line(#"## VERDICT\nCLOSE\n\n## CLOSE_REASON\n- Reason: already_fixed\n"#))' ;;
        *ready-issue*) printf '%s\\n' '\(line(#"## VERDICT\nREADY"#))' ;;
        *BUG-001*) echo work > one.txt; git add one.txt; git commit -q -m "work on BUG-001" ;;
        *BUG-002*) echo work > two.txt ;;
        *) echo rest > four.txt; exit 1 ;;
      esac
      echo '{"type":"result","subtype":"success"}'
      """
    let issues = ["BUG-001", "BUG-002", "BUG-003", "BUG-004"]
    try await withRunFixture(issues: issues, agent: agent, ["protocol": #""little-loops""#]) {
      run in
      try await prepare(run)
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed, "\(outcome.summary.issues)")
      #expect(outcome.outcome("BUG-002") == .landed)
      #expect(outcome.outcome("BUG-003") == .closed)
      #expect(outcome.outcome("BUG-004") == .failed)
      #expect(
        try await signatures(run) == [
          "G BUG-002: work left uncommitted by the agent", "G close BUG-003: Sample",
          "G merge BUG-001: Sample", "G merge BUG-002: Sample", "G work on BUG-001",
        ])
      let branch = try #require(outcome["BUG-004"]?.branch)
      #expect(
        try await run.repository.git("log", "-1", "--format=%G? %s", branch)
          == "G BUG-004: work left uncommitted by the agent")
      let saved = try await run.repository.git(
        "log", "-1", "--format=%G?", "refs/ll/saved/bug-003/1")
      #expect(saved == "G")
      #expect(try await run.repository.git("status", "--porcelain") == "")
      try await run.repository.git("fsck", "--strict", "--no-dangling")
    }
  }

  @Test("unsigned: the program is not started")
  func unsigned() async throws {
    try await withRunFixture(agent: "echo work > one.txt", ["unsigned": "true"]) { run in
      try await prepare(run)
      #expect(try await run.run().outcome("BUG-001") == .landed)
      #expect(
        try await signatures(run) == [
          "N BUG-001: work left uncommitted by the agent", "N merge BUG-001: Sample",
        ])
      #expect(!exists("calls", run))
    }
  }

  @Test("a program that cannot sign ends the run before it changes anything; a plan is still made")
  func refused() async throws {
    try await withRunFixture { run in
      try await prepare(run)
      try writeFile(run.sandbox.appending("broken"), "")
      let before = try await run.repository.everything()
      let prepared = try await run.prepare()
      #expect(prepared.plan.signingLine?.contains("sign'") == true)
      #expect(!exists("calls", run))
      do {
        _ = try await prepared.run()
        Issue.record("it ran")
      } catch let error as RunRefusal {
        #expect("\(error)".contains("the card is gone"), "\(error)")
        #expect("\(error)".contains("\"unsigned\": true"))
      }
      #expect(try await run.repository.everything() == before)
      #expect(!exists("repo/.git/ll-parallel", run))
    }
  }

  @Test("nothing to do needs no signature")
  func nothingToDo() async throws {
    try await withRunFixture(issues: []) { run in
      try makeDirectories(run.repository.root.pushing(".issues/bugs"))
      try await prepare(run)
      #expect(try await run.run().summary.exitCode == 0)
      #expect(!exists("calls", run))
    }
  }

  @Test("a landing that cannot be signed is kept, and lands when it can")
  func brokenBeforeTheLanding() async throws {
    let agent = """
      echo work > one.txt; git add one.txt
      git -c commit.gpgSign=false commit -q -m "work"; touch "$sandbox/broken"
      """
    try await withRunFixture(agent: agent) { run in
      try await prepare(run)
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .failed)
      #expect(outcome["BUG-001"]?.reason?.contains("the card is gone") == true)
      #expect(try await run.landed() == [])
      try await Oracle.run("rm", ["\(run.sandbox)/broken"], in: "/")
      let later = try await run.runLandingPending()
      #expect(later.outcome("BUG-001") == .landed, "\(later.summary.issues)")
      #expect(try await signatures(run) == ["G merge BUG-001: Sample", "N work"])
      #expect(try await run.remains() == ["refs/tags/base"])
    }
  }

  @Test("what a failed agent left is kept even if it cannot be signed")
  func brokenBeforeTheSaving() async throws {
    let agent = "echo rest > one.txt; touch \"$sandbox/broken\"; exit 1"
    try await withRunFixture(agent: agent) { run in
      try await prepare(run)
      let outcome = try await run.run()
      let branch = try #require(outcome["BUG-001"]?.branch)
      #expect(await run.text("one.txt", at: branch) == "rest\n")
      #expect(try await signatures(run, branch).allSatisfy { $0.hasPrefix("N ") })
      #expect(outcome.notices.contains { $0.contains("unsigned") && $0.contains("card is gone") })
      #expect(try await run.linkedWorktrees() == [])
    }
  }

  @Test("what a finished agent left uncommitted stays in its worktree if it cannot be signed")
  func brokenBeforeTheCommit() async throws {
    let agent = "echo work > one.txt; touch \"$sandbox/broken\""
    try await withRunFixture(agent: agent) { run in
      try await prepare(run)
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .failed)
      let worktree = try #require(outcome["BUG-001"]?.worktree)
      #expect(pathExists(FilePath(worktree).appending("one.txt")))
      // The next run keeps it before it does the issue again.
      try await Oracle.run("rm", ["\(run.sandbox)/broken"], in: "/")
      try run.configure(agent: "echo again > one.txt")
      #expect(try await run.run().outcome("BUG-001") == .landed)
      #expect(await run.text("one.txt", at: "refs/ll/saved/bug-001/1") == "work\n")
    }
  }
}
