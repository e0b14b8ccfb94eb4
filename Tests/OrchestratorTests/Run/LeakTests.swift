import GitEngine
import RunSupport
import TestSupport
import Testing

@testable import Orchestrator

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

// One after the other: the agents of all at once would starve tests that measure time.
/// Agents that work in the user's checkout: it is seen and told, and nothing is done about it.
@Suite(.serialized, .timeLimit(.minutes(2))) struct LeakTests {
  private func shell(_ command: String, _ run: RunFixture) async throws {
    try await Oracle.run("sh", ["-c", command], in: run.repository.root)
  }

  @Test func filesAreToldWithTheCommandThatMovesThem() async throws {
    let agent = """
      (cd "$sandbox/repo"; echo leak > "it's leaked.txt"; echo more >> src/b.txt)
      \(RunFixture.committingAgent)
      """
    try await withRunFixture(agent: agent) { run in
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed)
      let leak = try #require(outcome.summary.leaks.first)
      #expect(outcome.summary.leaks.count == 1 && leak.suspects == ["BUG-001"])
      #expect(
        leak.text
          == "in your checkout it's leaked.txt, src/b.txt changed, while BUG-001 was worked on")
      // All is as the agent left it.
      #expect(run.repository.read("it's leaked.txt") == "leak\n")
      #expect(
        try await run.repository.git("status", "--porcelain")
          == " M src/b.txt\n?? \"it's leaked.txt\"")
      try await shell(leak.command, run)
      #expect(try await run.repository.git("status", "--porcelain") == "")
      #expect(try await run.repository.git("stash", "list").contains("left by BUG-001"))
    }
  }

  /// What is named after an issue is its agent's; for the rest there are several.
  @Test func filesAreAttributedWherePossible() async throws {
    let agent = """
      : > "$sandbox/at-work-$id"
      while [ "$(ls "$sandbox" | grep -c at-work)" -lt 2 ]; do sleep 0.01; done
      [ "$id" = BUG-002 ] || (cd "$sandbox/repo"; echo x > notes-bug-001.txt; echo y > bug-0010.txt)
      : > "$sandbox/done-$id"
      while [ "$(ls "$sandbox" | grep -c done-)" -lt 2 ]; do sleep 0.01; done
      \(RunFixture.committingAgent)
      """
    try await withRunFixture(issues: ["BUG-001", "BUG-002"], agent: agent) { run in
      let outcome = try await run.run()
      #expect(outcome.summary.exitCode == 0)
      let leaks = outcome.summary.leaks
      #expect(leaks.map(\.suspects) == [["BUG-001", "BUG-002"], ["BUG-001"]])
      #expect(leaks.first?.text.contains("bug-0010.txt") == true)
      #expect(leaks.last?.text.contains("notes-bug-001.txt") == true)
    }
  }

  /// A failed issue's commit in the checkout lies on top, and can be taken off.
  @Test func commitsOnTop() async throws {
    let agent = """
      cd "$sandbox/repo"; echo x > committed.txt; git add committed.txt
      git commit -q -m "leaked work"; exit 1
      """
    try await withRunFixture(agent: agent) { run in
      let before = try await run.repository.id("main")
      let outcome = try await run.run()
      let leak = try #require(outcome.summary.leaks.first)
      #expect(leak.text.hasPrefix("main got the commit ") && leak.text.contains("leaked work"))
      #expect(leak.suspects == ["BUG-001"])
      #expect(try await run.repository.id("main^") == before)
      try await shell(leak.command, run)
      #expect(try await run.repository.id("main") == before)
      #expect(await run.text("committed.txt", at: "leaked-bug-001") == "x\n")
    }
  }

  /// Under a landing it can be undone by another commit: what is published stays.
  @Test func commitsBelowALanding() async throws {
    let agent = """
      (cd "$sandbox/repo"; echo x > committed.txt; git add committed.txt; git commit -q -m leaked)
      \(RunFixture.committingAgent)
      """
    try await withRunFixture(agent: agent) { run in
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed)
      let leak = try #require(outcome.summary.leaks.first)
      #expect(outcome.summary.leaks.count == 1)
      try await shell(leak.command, run)
      #expect(await run.text("committed.txt") == nil)
      #expect(await run.text("committed.txt", at: "leaked-bug-001") == "x\n")
      #expect(await run.text("work-BUG-001.txt") != nil)
    }
  }

  @Test func aSwitchedCheckout() async throws {
    let agent = "git -C \"$sandbox/repo\" checkout -q -b elsewhere\n" + RunFixture.committingAgent
    try await withRunFixture(agent: agent) { run in
      let outcome = try await run.run()
      let leak = try #require(outcome.summary.leaks.first)
      #expect(leak.text.hasPrefix("your checkout was switched from main to elsewhere"))
      #expect(leak.command == "git switch main")
      #expect(try await run.repository.git("symbolic-ref", "--short", "HEAD") == "elsewhere")
    }
  }

  /// What was there before, and what a landing merged itself into, is no leak.
  @Test func theUsersOwnEditsAreNone() async throws {
    let agent = """
      sed -i 's/^a line 3$/theirs/' src/a.txt; git commit -q -a -m work
      """
    try await withRunFixture(agent: agent) { run in
      let edited = numberedLines("a").replacing("a line 15\n", with: "mine\n")
      try run.repository.write("src/a.txt", edited)
      try run.repository.write("untracked.txt", "mine\n")
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed)
      #expect(outcome["BUG-001"]?.carried == ["src/a.txt"])
      #expect(outcome.summary.leaks == [])
    }
  }

  @Test func aSecondChangeOfADirtyFileIsOne() async throws {
    let agent = "(cd \"$sandbox/repo\"; echo leak >> untracked.txt)\n" + RunFixture.committingAgent
    try await withRunFixture(agent: agent) { run in
      try run.repository.write("untracked.txt", "mine\n")
      let outcome = try await run.run()
      #expect(outcome.summary.leaks.map(\.suspects) == [["BUG-001"]])
      #expect(run.repository.read("untracked.txt") == "mine\nleak\n")
    }
  }

  /// The worktree of a conflict is still there: the files can go there.
  @Test func filesGoToAWorktreeThatIsThere() async throws {
    let agent = """
      cd "$sandbox/repo"
      echo leak > leak.txt
      sed -i 's/^a line 3$/theirs/' src/a.txt; git commit -q -m rival src/a.txt
      cd - >/dev/null
      sed -i 's/^a line 3$/mine/' src/a.txt; git commit -q -a -m work
      """
    try await withRunFixture(agent: agent, ["max_merge_retries": "0"]) { run in
      let outcome = try await run.run()
      let report = try #require(outcome["BUG-001"])
      #expect(report.outcome == .conflict)
      let leak = try #require(outcome.summary.leaks.first { $0.text.contains("leak.txt") })
      try await shell(leak.command, run)
      #expect(!run.repository.exists("leak.txt"))
      let worktree = FilePath(try #require(report.worktree))
      #expect(try readFile(worktree.appending("leak.txt")) == Array("leak\n".utf8))
    }
  }

  @Test(
    "words of a shell",
    arguments: [
      ("a/b.txt", "a/b.txt"), ("it's", "'it'\\''s'"), ("a b", "'a b'"), ("", "''"),
      ("$(x)", "'$(x)'"),
    ])
  func quoted(word: String, expected: String) {
    #expect(ShellWord.quoted(word) == expected)
  }
}
