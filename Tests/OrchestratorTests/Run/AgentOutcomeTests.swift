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
/// What becomes of whatever an agent leaves: what lands, what is kept, what is said.
@Suite(.serialized, .timeLimit(.minutes(2))) struct AgentOutcomeTests {
  /// Ways of working that all count as the same work.
  static let goodAgents = [
    "commits": RunFixture.committingAgent,
    "forgets to commit": #"echo "work of $id" > "work-$id.txt""#,
    "stages only": #"echo "work of $id" > "work-$id.txt"; git add -A"#,
    "commits half of it": """
    echo half > "work-$id.txt"; git add -A; git commit -q -m half
    echo "work of $id" > "work-$id.txt"
    """,
    "commits on a branch of its own":
      "git checkout -q -b agents-own\n" + RunFixture.committingAgent,
    "commits with a detached HEAD": "git checkout -q --detach\n" + RunFixture.committingAgent,
    // As a git does that was killed: nobody else works in the worktree.
    "leaves a lock in its worktree": """
    echo "work of $id" > "work-$id.txt"; touch "$(git rev-parse --git-path index.lock)"
    """,
    "commits on a branch and forgets the rest": """
    git checkout -q -b agents-own; git commit -q --allow-empty -m empty
    echo "work of $id" > "work-$id.txt"
    """,
  ]

  @Test(arguments: goodAgents.keys.sorted()) func landsAllOfTheWork(_ name: String) async throws {
    let agent = try #require(Self.goodAgents[name])
    try await withRunFixture(agent: agent) { run in
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed, "\(outcome.summary.issues)")
      #expect(outcome.summary.exitCode == 0)
      #expect(try await run.landed() == ["merge BUG-001: Sample"])
      #expect(await run.text("work-BUG-001.txt") == "work of BUG-001\n")
      #expect(await run.text(RunFixture.file("BUG-001"))?.contains("status: done\n") == true)
      // Nothing of the agent's settings or of ours came with it.
      #expect(
        try await run.repository.git("diff", "--name-only", "main^", "main")
          == "\(RunFixture.file("BUG-001"))\nwork-BUG-001.txt")
      let message = try await run.repository.git("log", "-1", "--format=%B", "main")
      #expect(message.contains("\nIssue: BUG-001\nLL-Run: \(outcome.summary.runID)"))
      // A branch that the agent made is the agent's.
      #expect(try await run.remains().filter { $0 != "refs/heads/agents-own" } == [])
    }
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var agent: String
    /// A part of the reason.
    var reason: String
    /// What is kept of it on the issue's branch: paths with a part of their text.
    var kept: [String: String] = [:]
    var keepsWorktree = false
  }

  static let bad: [Bad] = [
    Bad(testDescription: "changes nothing", agent: "true", reason: "changed nothing"),
    Bad(
      testDescription: "changes only the issue",
      agent: #"echo more >> "$file"; git commit -q -a -m more"#,
      reason: "nothing but the issue's own file", kept: ["\(RunFixture.file("BUG-001"))": "more"]),
    Bad(
      testDescription: "gives up with changes",
      agent: "echo half > half.txt; echo x >> src/b.txt; git add src/b.txt; echo no; exit 3",
      reason: "3", kept: ["half.txt": "half", "src/b.txt": "x\n"]),
    Bad(
      testDescription: "gives up after a commit",
      agent: RunFixture.committingAgent + "\necho rest > rest.txt; exit 1",
      reason: "1", kept: ["work-BUG-001.txt": "work", "rest.txt": "rest"]),
    Bad(
      testDescription: "removes its worktree",
      agent: RunFixture.committingAgent + #"; rm -rf "$PWD""#,
      reason: "removed its worktree", kept: ["work-BUG-001.txt": "work"]),
    Bad(
      testDescription: "leaves a merge in progress",
      agent: """
        git checkout -q -b side; echo side > src/a.txt; git commit -q -a -m side
        git checkout -q -; echo mine > src/a.txt; git commit -q -a -m mine
        git merge -q side || true
        """,
      reason: "merge in progress", kept: ["src/a.txt": "<<<<<<< "]),
    Bad(
      testDescription: "commits conflict markers",
      agent: #"""
        printf '<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n' > marked.txt
        git add -A; git commit -q -m marked
        """#,
      reason: "conflict markers in marked.txt", kept: ["marked.txt": "======="]),
    Bad(
      testDescription: "leaves conflict markers uncommitted",
      agent: #"printf '<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n' > marked.txt"#,
      reason: "conflict markers in marked.txt", kept: ["marked.txt": "======="]),
    Bad(
      testDescription: "throws its start away",
      agent: """
        git checkout -q --orphan fresh; git rm -rfq .; echo new > new.txt
        git add new.txt; git commit -q -m new
        """,
      reason: "do not build on the commit", kept: ["new.txt": "new"]),
    Bad(
      testDescription: "leaves a repository of its own",
      agent: """
        mkdir nested; git -C nested init -q; echo x > nested/x.txt; echo mine > mine.txt
        git -C nested add x.txt
        git -C nested -c user.name=A -c user.email=a@b commit -q -m x
        """,
      reason: "repository of its own", kept: ["mine.txt": "mine"], keepsWorktree: true),
  ]

  /// Fails, with everything that the agent left on the issue's branch.
  @Test(arguments: bad) func keepsWhatDoesNotLand(_ bad: Bad) async throws {
    try await withRunFixture(agent: bad.agent) { run in
      let outcome = try await run.run()
      let report = try #require(outcome["BUG-001"])
      #expect(report.outcome == .failed && outcome.summary.exitCode == 1)
      #expect(report.reason?.contains(bad.reason) == true, "\(report.reason ?? "")")
      #expect(try await run.landed() == [])
      #expect(outcome.log.named("parallel.worker_completed").map(\.status) == ["failure"])
      let branch = try #require(report.branch)
      for (path, text) in bad.kept {
        let kept = await run.text(RepositoryPath(path), at: branch)
        #expect(kept?.contains(text) == true, "\(path): \(kept ?? "nil")")
      }
      #expect(try await run.linkedWorktrees().isEmpty == !bad.keepsWorktree)
      #expect((report.worktree != nil) == bad.keepsWorktree)
      #expect(try await run.repository.git("status", "--porcelain") == "")
      try await run.repository.git("fsck", "--strict", "--no-dangling")

      // A failed issue runs again.
      try run.configure(agent: RunFixture.committingAgent)
      try await run.repository.commitAll("issues")
      #expect(try await run.run().outcome("BUG-001") == .landed)
      #expect(try await run.repository.id(branch) != run.repository.id("main"))
    }
  }

  /// The base branch has the work already when it is to be landed.
  @Test func workThatIsLandedAlreadyStillGetsItsStatus() async throws {
    let agent = RunFixture.committingAgent + "\ngit push -q . HEAD:main"
    try await withRunFixture(agent: agent) { run in
      try await run.repository.git("checkout", "-q", "-b", "other")
      try run.configure(agent: agent, ["base_branch": #""main""#])
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed)
      #expect(outcome.log.outcomes(of: "BUG-001") == ["already_merged"])
      #expect(await run.text(RunFixture.file("BUG-001"))?.contains("status: done\n") == true)
      #expect(try await run.landed().count == 2)
      #expect(
        try await run.repository.git("diff", "--name-only", "main^", "main")
          == "\(RunFixture.file("BUG-001"))")
    }
  }

  // MARK: Verdicts

  /// An agent of the little-loops protocol with this verdict; the work comes with the second call.
  private static func agent(verdict: String, readyWork: String = "", work: String) -> String {
    """
    case "$*" in
      *ready-issue*)
        \(readyWork)
        printf '%s\\n' '\(line("## VERDICT\\n\(verdict)"))' ;;
      *)
        \(work) ;;
    esac
    echo '{"type":"result","subtype":"success"}'
    """
  }

  private static func line(_ text: String) -> String {
    #"{"type":"assistant","message":{"content":[{"type":"text","text":"\#(text)\n"}]}}"#
  }

  private static let littleLoops = ["protocol": #""little-loops""#]

  @Test func readyIssueIsWorkedOn() async throws {
    let verdict =
      #"CORRECTED\n\n## CORRECTIONS_MADE\n- line 12 is 14\n\n"#
      + #"## CONCERNS\n- it is late\n"#
    let agent = Self.agent(verdict: verdict, work: RunFixture.committingAgent)
    try await withRunFixture(agent: agent, Self.littleLoops) { run in
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed)
      #expect(outcome["BUG-001"]?.corrections == ["line 12 is 14"])
      #expect(outcome["BUG-001"]?.concerns == ["it is late"])
      #expect(try await run.remains() == [])
    }
  }

  /// Closed as a commit of exactly the issue's file; what the agent changed is kept, not landed.
  @Test func closedByVerdict() async throws {
    let agent = Self.agent(
      verdict: #"CLOSE\n\n## CLOSE_REASON\n- Reason: already_fixed\n"#,
      readyWork: "echo note > note.txt", work: RunFixture.committingAgent)
    try await withRunFixture(agent: agent, Self.littleLoops) { run in
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .closed && outcome.summary.exitCode == 0)
      #expect(outcome.log.named("parallel.worker_completed").map(\.status) == ["closed"])
      #expect(outcome.log.named("issue.closed").map(\.issue) == ["BUG-001"])
      #expect(EventProof(outcome.log).violations == [])
      #expect(try await run.landed() == ["close BUG-001: Sample"])
      let file = RunFixture.file("BUG-001")
      #expect(try await run.repository.git("diff", "--name-only", "main^", "main") == "\(file)")
      let text = await run.text(file)
      #expect(text?.contains("status: done\n") == true && text?.contains("already_fixed") == true)
      #expect(try await run.otherReferences() == ["refs/ll/saved/bug-001/1"])
      #expect(await run.text("note.txt", at: "refs/ll/saved/bug-001/1") == "note\n")
      #expect(try await run.linkedWorktrees() == [])
    }
  }

  /// A close that could not land, with what the agent left in the worktree: it lands later.
  @Test func closeThatWaitedForTheCheckoutLandsLater() async throws {
    let agent = Self.agent(
      verdict: #"CLOSE\n\n## CLOSE_REASON\n- Reason: already_fixed\n"#,
      readyWork: "echo note > note.txt", work: "true")
    try await withRunFixture(agent: agent, Self.littleLoops) { run in
      let file = RunFixture.file("BUG-001")
      let text = try #require(run.repository.read(file))
      try await run.repository.git("rm", "-q", "\(file)")
      try run.addIssue("BUG-001", priority: "P1")
      #expect(try await run.run().outcome("BUG-001") == .deferred)
      try await Oracle.run(
        "rm", ["\(RunFixture.file("BUG-001", priority: "P1"))"], in: run.repository.root)
      try run.repository.write(file, text)
      try await run.repository.git("add", "-A")
      let outcome = try await run.runLandingPending()
      #expect(outcome.outcome("BUG-001") == .closed, "\(outcome.summary.issues)")
      #expect(try await run.linkedWorktrees() == [])
      #expect(await run.text("note.txt", at: "refs/ll/saved/bug-001/1") == "note\n")
    }
  }

  @Test func blockedIssueIsStillToDo() async throws {
    let agent = Self.agent(
      verdict: #"BLOCKED\n\n## CONCERNS\n- waits for the moon\n"#, work: "true")
    try await withRunFixture(agent: agent, Self.littleLoops) { run in
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .blocked && outcome.summary.exitCode == 1)
      #expect(outcome.log.named("parallel.worker_completed").map(\.status) == ["blocked"])
      #expect(try await run.landed() == [])
      #expect(try await run.remains() == [])
    }
  }
}
