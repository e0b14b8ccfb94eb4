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
/// The issue's own file in a run: wherever it is and whatever the agent and the user do with it.
@Suite(.serialized, .timeLimit(.minutes(2))) struct IssueFileRunTests {
  private let file = RunFixture.file("BUG-001")

  private func isDone(_ text: String?) -> Bool { text?.contains("status: done\n") == true }

  @Test func untrackedFileLandsWithTheWork() async throws {
    try await withRunFixture(issues: []) { run in
      try run.addIssue("BUG-001")
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed, "\(outcome.summary.issues)")
      #expect(isDone(await run.text(file)))
      #expect(run.repository.read(file) == (await run.text(file)))
      // The user's own file was changed, so it is kept as it was.
      let saved = "refs/ll/saved/bug-001/1"
      #expect(try await run.remains() == [saved])
      #expect(await run.text(file, at: saved) == RunFixture.issueText("BUG-001"))
    }
  }

  /// The agent commits its copy with everything else; the user edits theirs meanwhile.
  @Test func untrackedFileThatBothChanged() async throws {
    let agent = """
      sed -i 's/^# BUG-001: Sample/# BUG-001: Better/' "$file"
      echo "user's line" >> "$sandbox/repo/$file"
      echo x > x.txt; git add -A; git commit -q -m all
      """
    try await withRunFixture(issues: [], agent: agent) { run in
      try run.addIssue("BUG-001", fields: (1...10).map { "field\($0): x" })
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed, "\(outcome.summary.issues)")
      let landed = await run.text(file)
      #expect(isDone(landed) && landed?.contains("Better") == true)
      #expect(landed?.contains("user's line") == false)
      let users = run.repository.read(file)
      #expect(isDone(users) && users?.contains("user's line\n") == true)
      #expect(users?.contains("Better") == true)
    }
  }

  @Test func ignoredFileNeverEntersTheRepository() async throws {
    try await withRunFixture(issues: []) { run in
      try run.repository.write(".gitignore", ".issues/\n")
      try await run.repository.commitAll("issues")
      try run.addIssue("BUG-001")
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed)
      #expect(try await run.landed() == ["merge BUG-001: Sample"])
      #expect(await run.text(file) == nil)
      #expect(isDone(run.repository.read(file)))
      #expect(try await run.repository.git("status", "--porcelain") == "")
      // The user's text from before is kept, and the issue is not run again.
      let saved = try await run.otherReferences()
      #expect(saved == ["refs/ll/saved/bug-001/1"])
      #expect(
        await run.text(file, at: "refs/ll/saved/bug-001/1") == RunFixture.issueText("BUG-001"))
      #expect(try await run.run().summary.issues == [])
    }
  }

  @Test func ignoredFileThatTheAgentCommitsIsNotLanded() async throws {
    let agent = "git add -f \"$file\"\n" + RunFixture.committingAgent
    try await withRunFixture(issues: [], agent: agent) { run in
      try run.repository.write(".gitignore", ".issues/\n")
      try await run.repository.commitAll("issues")
      try run.addIssue("BUG-001")
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .failed)
      #expect(outcome["BUG-001"]?.reason?.contains("git is to ignore") == true)
      #expect(try await run.landed() == [])
      #expect(run.repository.read(file) == RunFixture.issueText("BUG-001"))
    }
  }

  /// Somebody files the issue away on the base branch while the agent works.
  @Test func movedOnTheBaseBranchMeanwhile() async throws {
    let agent = """
      \(RunFixture.committingAgent)
      cd "$sandbox/repo"; mkdir .issues/archive
      git mv "$file" .issues/archive/BUG-001.md; git commit -q -m "filed away"
      """
    try await withRunFixture(agent: agent) { run in
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed, "\(outcome.summary.issues)")
      #expect(isDone(await run.text(".issues/archive/BUG-001.md")))
      #expect(await run.text(file) == nil)
      #expect(try await run.remains() == [])
    }
  }

  /// Somebody else says that it is done while the agent works: nothing is said twice.
  @Test func doneOnTheBaseBranchMeanwhile() async throws {
    let agent = """
      \(RunFixture.committingAgent)
      cd "$sandbox/repo"
      sed -i 's/^status: open/status: done\\ncompleted_at: 2026-01-01T00:00:00Z/' "$file"
      printf '\\n## Resolution\\n\\nBy hand.\\n' >> "$file"; git commit -q -a -m "by hand"
      """
    try await withRunFixture(agent: agent) { run in
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed, "\(outcome.summary.issues)")
      let text = try #require(await run.text(file))
      #expect(text.contains("2026-01-01T00:00:00Z") && text.hasSuffix("By hand.\n"))
      #expect(text.split(separator: "\n").count { $0.hasPrefix("completed_at") } == 1)
      #expect(try await run.remains() == [])
    }
  }

  /// The user stages one change and makes another: both stay what they are, and both say it is done.
  @Test func stagedAndEditedFileGetsTheSameEdit() async throws {
    try await withRunFixture { run in
      let text = try #require(run.repository.read(file))
      try run.repository.write(file, text.replacing("# BUG-001: Sample", with: "# BUG-001: Staged"))
      try await run.repository.git("add", "\(file)")
      let edited = try #require(run.repository.read(file)) + "An edit.\n"
      try run.repository.write(file, edited)
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed, "\(outcome.summary.issues)")
      #expect(isDone(await run.text(file)))
      let staged = try await run.repository.git("show", ":\(file)")
      #expect(isDone(staged + "\n") && staged.contains("Staged") && !staged.contains("An edit."))
      let users = try #require(run.repository.read(file))
      #expect(isDone(users) && users.contains("Staged") && users.contains("An edit.\n"))
      #expect(try await run.repository.git("status", "--porcelain") == "MM \(file)")
    }
  }

  /// No commit is needed for the work, but the ignored file must still be marked.
  @Test(arguments: [true, false]) func ignoredFileOfWorkWithoutACommit(closes: Bool) async throws {
    let verdict = #"{"type":"assistant","message":{"content":[{"type":"text","text":"%s"}]}}"#
    let close = #"## VERDICT\nCLOSE\n\n## CLOSE_REASON\n- Reason: already_fixed\n"#
    let agent =
      closes
      ? "printf '%s\\n' '\(verdict.replacing("%s", with: close))'"
      : RunFixture.committingAgent + "\ngit push -q . HEAD:main"
    let settings = [
      "protocol": closes ? #""little-loops""# : #""plain""#, "base_branch": #""main""#,
    ]
    try await withRunFixture(issues: [], agent: agent, settings) { run in
      try run.repository.write(".gitignore", ".issues/\n")
      try await run.repository.commitAll("issues")
      try await run.repository.git("checkout", "-q", "-b", "other")
      try run.addIssue("BUG-001")
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == (closes ? .closed : .landed))
      #expect(outcome.summary.exitCode == 0)
      #expect(isDone(run.repository.read(file)))
      #expect(try await run.run().summary.issues == [])
    }
  }

  /// Landed is landed, even if the user's ignored file is gone by then.
  @Test func ignoredFileThatIsGoneByThen() async throws {
    let agent = RunFixture.committingAgent + "\nrm \"$sandbox/repo/$file\""
    try await withRunFixture(issues: [], agent: agent) { run in
      try run.repository.write(".gitignore", ".issues/\n")
      try await run.repository.commitAll("issues")
      try run.addIssue("BUG-001")
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed, "\(outcome.summary.issues)")
      #expect(outcome.log.outcomes(of: "BUG-001") == ["merged"])
      #expect(!run.repository.exists(file))
      #expect(try await run.remains() == [])
    }
  }

  @Test func dirtyFileGetsTheSameEdit() async throws {
    try await withRunFixture { run in
      let text = try #require(run.repository.read(file))
      try run.repository.write(file, text + "A thought of the user's.\n")
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed)
      #expect(outcome.notices.contains { $0.contains("another text of the issue") })
      let users = run.repository.read(file)
      #expect(isDone(users) && users?.contains("A thought of the user's.\n") == true)
      #expect(isDone(await run.text(file)))
      #expect(await run.text(file)?.contains("thought") == false)
      #expect(try await run.repository.git("status", "--porcelain") == " M \(file)")
    }
  }

  @Test func movedByTheAgent() async throws {
    let agent = """
      mkdir -p .issues/completed; git mv "$file" .issues/completed/
      \(RunFixture.committingAgent)
      """
    try await withRunFixture(agent: agent) { run in
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed)
      #expect(await run.text(file) == nil)
      #expect(isDone(await run.text(".issues/completed/P2-BUG-001-sample.md")))
      #expect(!run.repository.exists(file))
      #expect(try await run.landed().count == 1)
      #expect(try await run.remains() == [])
    }
  }

  @Test func renamedByTheAgent() async throws {
    let agent = """
      git mv "$file" .issues/bugs/P0-BUG-001-renamed.md
      \(RunFixture.committingAgent)
      """
    try await withRunFixture(agent: agent) { run in
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed)
      #expect(isDone(await run.text(".issues/bugs/P0-BUG-001-renamed.md")))
      #expect(try await run.remains() == [])
    }
  }

  @Test func deletedByTheAgentStaysDeleted() async throws {
    try await withRunFixture(agent: "git rm -q \"$file\"\n" + RunFixture.committingAgent) { run in
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed)
      #expect(await run.text(file) == nil && !run.repository.exists(file))
      #expect(try await run.remains() == [])
    }
  }

  @Test func statusThatTheAgentSetStays() async throws {
    let agent = """
      sed -i 's/^status: open/status: cancelled/' "$file"
      printf '\\n## Resolution\\n\\nIn my words.\\n' >> "$file"
      git add -A; \(RunFixture.committingAgent)
      """
    try await withRunFixture(agent: agent) { run in
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed)
      let text = try #require(await run.text(file))
      #expect(text.contains("status: cancelled\n") && text.contains("In my words.\n"))
      #expect(text.contains("completed_at:") && !text.contains("by ll-parallel"))
    }
  }

  @Test func issueThatIsDoneOnTheBaseIsNotRun() async throws {
    try await withRunFixture { run in
      try await run.repository.git("checkout", "-q", "-b", "other")
      try await run.repository.git("checkout", "-q", "main")
      try run.repository.write(
        file, RunFixture.issueText("BUG-001").replacing("status: open", with: "status: done"))
      try await run.repository.commitAll("issues")
      try await run.repository.git("checkout", "-q", "other")
      try run.configure(agent: RunFixture.committingAgent, ["base_branch": #""main""#])
      let outcome = try await run.run()
      #expect(outcome.summary.issues == [] && outcome.summary.exitCode == 0)
      #expect(outcome.summary.leftOut.map(\.reason) == ["done on the base branch"])
    }
  }

  // MARK: Copies

  private static let copies: [RepositoryPath: String] = [
    ".env": "SECRET=1\n", ".claude/settings.local.json": "{}\n", ".claude/agents/x.md": "x\n",
  ]

  /// What is copied in is there for the agent and never lands, nor is it lost in the checkout.
  @Test func copiesAreNoPartOfTheWork() async throws {
    let agent = """
      cp .env seen.txt; cat .claude/agents/x.md .claude/settings.local.json >> seen.txt
      echo changed >> .env
      """
    try await withRunFixture(agent: agent) { run in
      for (path, text) in Self.copies { try run.repository.write(path, text) }
      #expect(try await run.run().outcome("BUG-001") == .landed)
      #expect(await run.text("seen.txt") == "SECRET=1\nx\n{}\n")
      for (path, text) in Self.copies {
        #expect(await run.text(path) == nil)
        #expect(run.repository.read(path) == text)
        try await Oracle.run("rm", ["\(path)"], in: run.repository.root)
      }
      #expect(try await run.remains() == [])
    }
  }

  @Test func agentThatCommitsASecretFails() async throws {
    try await withRunFixture(agent: "git add -f .env\n" + RunFixture.committingAgent) { run in
      try run.repository.write(".env", "SECRET=1\n")
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .failed)
      #expect(outcome["BUG-001"]?.reason?.contains("committed .env") == true)
      #expect(try await run.landed() == [])
      #expect(run.repository.read(".env") == "SECRET=1\n")
    }
  }
}
