import GitEngine
import Orchestrator
import RunSupport
import TestSupport
import Testing

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

// One after the other: the agents of all at once would starve tests that measure time.
/// Promise: the user's checkout is sacred, whatever state it is in while issues land.
@Suite(.serialized, .timeLimit(.minutes(2))) struct CheckoutTests {
  /// What the user has that no landing may change.
  private struct Snapshot: Equatable {
    var staged: [UInt8]
    var unstaged: [UInt8]
    var files: String
    var head: String
    var operation: [String]

    /// - Parameter except: Paths that the landings themselves bring or change.
    init(_ repository: TestRepository, except: [String] = []) async throws {
      staged = try await repository.gitBytes("diff", "--cached", "--binary")
      unstaged = try await repository.gitBytes("diff", "--binary")
      let skipped = except.map { "! -path '\($0)'" }.joined(separator: " ")
      files = try await Oracle.run(
        "sh",
        [
          "-c",
          "find . \\( -path ./.git -o -path ./.issues -o -path ./.worktrees \\) -prune -o -type f \(skipped)"
            + " -exec sha1sum {} + | sort",
        ], in: repository.root
      ).text
      head = String(
        decoding: try readFile(repository.root.appending(".git/HEAD")), as: UTF8.self)
      operation = directoryNames(repository.root.appending(".git")).filter {
        ["MERGE_HEAD", "MERGE_MSG", "CHERRY_PICK_HEAD", "rebase-merge", "BISECT_LOG"].contains($0)
      }
    }
  }

  struct State: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Whether the base branch stays checked out.
    var showsBase = true
    var prepare: @Sendable (TestRepository) async throws -> Void
  }

  private static let edited = numberedLines("b").replacing("b line 7\n", with: "mine\n")

  static let states: [State] = [
    State(testDescription: "clean") { _ in },
    State(testDescription: "tracked file edited") { try $0.write("src/b.txt", edited) },
    State(testDescription: "staged, and edited again") {
      try $0.write("src/b.txt", edited)
      try $0.write("staged.txt", "new\n")
      try await $0.git("add", "src/b.txt", "staged.txt")
      try $0.write("src/b.txt", edited + "more\n")
    },
    State(testDescription: "staged deletion and rename") {
      try await $0.git("rm", "-q", "README.md")
      try await $0.git("mv", "src/b.txt", "src/moved.txt")
    },
    State(testDescription: "untracked and ignored files") {
      try $0.write(".git/info/exclude", "*.o\n")
      try $0.write("note.txt", "note\n")
      try $0.write("x.o", "object\n")
      try $0.write("build/deep/x.o", "object\n")
    },
    State(testDescription: "another branch", showsBase: false) {
      try await $0.git("checkout", "-q", "-b", "other")
      try $0.write("src/a.txt", "mine\n")
      try $0.write("src/b.txt", edited)
      try await $0.git("add", "src/b.txt")
    },
    State(testDescription: "detached HEAD", showsBase: false) {
      try await $0.git("checkout", "-q", "--detach")
      try $0.write("src/a.txt", "mine\n")
    },
    State(testDescription: "merge in progress on another branch", showsBase: false) {
      try await $0.git("checkout", "-q", "-b", "side")
      try $0.write("src/a.txt", "side\n")
      try await $0.commitAll("side")
      try await $0.git("checkout", "-q", "-b", "other", "main")
      try $0.write("src/a.txt", "other\n")
      try await $0.commitAll("other")
      _ = try await Oracle.git(["merge", "side"], in: $0.root, allowFailure: true)
    },
  ]

  /// Three issues land beside whatever the user has; the user's part stays byte for byte.
  @Test(arguments: states) func landsBesideWhatTheUserHas(_ state: State) async throws {
    let agent = """
      case $id in
        BUG-001) \(RunFixture.editingAgent.replacing("\n", with: "; ")) ;;
        *) \(RunFixture.committingAgent.replacing("\n", with: "; ")) ;;
      esac
      """
    let settings = ["base_branch": #""main""#]
    try await withRunFixture(issues: ["BUG-001", "BUG-002", "BUG-003"], agent: agent, settings) {
      run in
      try await state.prepare(run.repository)
      let ours = state.showsBase ? ["./work-*", "./src/a.txt"] : []
      let before = try await Snapshot(run.repository, except: ours)
      let outcome = try await run.run()
      #expect(outcome.summary.exitCode == 0, "\(outcome.summary.issues)")
      #expect(try await Snapshot(run.repository, except: ours) == before)
      #expect(EventProof(outcome.log).violations == [])
      #expect(try await run.landed().count == 3)
      #expect(await run.text("work-BUG-002.txt") == "work of BUG-002\n")
      #expect(await run.text("src/a.txt")?.contains("a line 3, BUG-001\n") == true)
      if state.showsBase {
        #expect(run.repository.read("work-BUG-003.txt") == "work of BUG-003\n")
        #expect(run.repository.read("src/a.txt")?.contains("a line 3, BUG-001\n") == true)
      }
      let users = ["refs/heads/other", "refs/heads/side"]
      #expect(try await run.otherReferences().filter { !users.contains($0) } == [])
      #expect(try await run.linkedWorktrees() == [])
    }
  }

  @Test func detachedHeadNeedsAConfiguredBase() async throws {
    try await withRunFixture { run in
      try await run.repository.git("checkout", "-q", "--detach")
      await #expect {
        _ = try await run.run()
      } throws: { error in
        if case RunRefusal.noBaseBranch = error { true } else { false }
      }
      #expect(!run.repository.exists(".git/ll-parallel"))
    }
  }

  /// The user and the issue change the same file far apart: file and index are each merged.
  @Test func overlapThatMergesIsCarried() async throws {
    try await withRunFixture(agent: RunFixture.editingAgent) { run in
      let staged = numberedLines("a").replacing("a line 12\n", with: "staged\n")
      let file = staged.replacing("a line 18\n", with: "not staged\n")
      try run.repository.write("src/a.txt", staged)
      try await run.repository.git("add", "src/a.txt")
      try run.repository.write("src/a.txt", file)
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed)
      let report = try #require(outcome["BUG-001"])
      #expect(report.carried == ["src/a.txt"])
      func landed(_ text: String) -> String {
        text.replacing("a line 3\n", with: "a line 3, BUG-001\n")
      }
      #expect(run.repository.read("src/a.txt") == landed(file))
      #expect(await run.text("src/a.txt", at: "") == landed(staged))
      #expect(await run.text("src/a.txt") == landed(numberedLines("a")))
      // What was there before is kept.
      let saved = try #require(report.saved)
      #expect(try await run.otherReferences() == [saved])
      #expect(await run.text("src/a.txt", at: saved) == file)
      #expect(await run.text("src/a.txt", at: "\(saved)^2") == staged)
    }
  }

  @Test func overlapIsNotCarriedIfThatIsConfigured() async throws {
    try await withRunFixture(agent: RunFixture.editingAgent, ["carry_edits": "false"]) { run in
      try run.repository.write("src/a.txt", numberedLines("a") + "mine\n")
      #expect(try await run.run().outcome("BUG-001") == .deferred)
    }
  }

  /// The user and the issue change the same line: the landing waits, tried again at the end of the
  /// run, and lands when the user is done.
  @Test func overlapThatConflictsWaits() async throws {
    try await withRunFixture(issues: ["BUG-001", "BUG-002"], agent: Self.editOrCommit) { run in
      let mine = numberedLines("a").replacing("a line 3\n", with: "mine\n")
      try run.repository.write("src/a.txt", mine)
      let before = try await Snapshot(run.repository, except: ["./work-*"])
      let outcome = try await run.run()
      let report = try #require(outcome["BUG-001"])
      #expect(report.outcome == .deferred && report.paths == ["src/a.txt"])
      #expect(outcome.outcome("BUG-002") == .landed)
      #expect(outcome.summary.exitCode == 1)
      #expect(outcome.log.outcomes(of: "BUG-001") == ["deferred", "deferred"])
      #expect(EventProof(outcome.log).violations == [])
      #expect(try await Snapshot(run.repository, except: ["./work-*"]) == before)
      #expect(try await run.landed() == ["merge BUG-002: Sample"])
      #expect(try await run.otherReferences().count == 1)
      #expect(try await run.linkedWorktrees().count == 1)

      // A plain start says so and does not work on it again.
      let second = try await run.run()
      #expect(second.outcome("BUG-001") == .pending && second.summary.exitCode == 1)
      #expect(second["BUG-001"]?.branch == report.branch)

      // Taken back by the user: it lands.
      try run.repository.write("src/a.txt", numberedLines("a"))
      let third = try await run.runLandingPending()
      #expect(third.outcome("BUG-001") == .landed && third.summary.exitCode == 0)
      #expect(run.repository.read("src/a.txt")?.contains("a line 3, BUG-001\n") == true)
      #expect(try await run.remains() == [])
    }
  }

  private static let editOrCommit = """
    if [ $id = BUG-001 ]; then
    \(RunFixture.editingAgent)
    else
    \(RunFixture.committingAgent)
    fi
    """

  @Test func mergeInProgressOnTheBaseIsLeftAlone() async throws {
    try await withRunFixture { run in
      try await run.repository.git("branch", "side")
      try run.repository.write("src/b.txt", "main\n")
      try await run.repository.commitAll("issues")
      try await run.repository.git("checkout", "-q", "side")
      try run.repository.write("src/b.txt", "side\n")
      try await run.repository.commitAll("issues")
      try await run.repository.git("checkout", "-q", "main")
      _ = try await Oracle.git(["merge", "side"], in: run.repository.root, allowFailure: true)
      let before = try await Snapshot(run.repository)
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .deferred)
      #expect(outcome["BUG-001"]?.reason?.contains("merge is in progress") == true)
      #expect(try await Snapshot(run.repository) == before)

      // Finished by the user as a commit: what waits lands on it.
      try run.repository.write("src/b.txt", "both\n")
      try await run.repository.commitAll("issues")
      #expect(try await run.runLandingPending().outcome("BUG-001") == .landed)
      #expect(try await run.remains() == ["refs/heads/side"])
    }
  }
}
