import GitEngine
import Orchestrator
import RunSupport
import Synchronization
import TestSupport
import Testing

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

// One after the other: the agents of all at once would starve tests that measure time.
/// Agents that get the conflict of their work, round by round.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ConflictRoundTests {
  /// An agent whose work on BUG-001 and BUG-002 changes one line; BUG-002 is always the second.
  ///
  /// In a round it knows its number as `$round`; `resolve` writes what both sides want.
  private static func agent(_ inRound: String) -> String {
    #"""
    resolve() {
      sed -i -e '/^<<<<<<< /d' -e '/^=======$/,/^>>>>>>> /d' src/a.txt
      sed -i "s/^a line 3, .*/a line 3, BUG-001, BUG-002/" src/a.txt
    }
    if [ -e "$(git rev-parse --git-path MERGE_HEAD)" ]; then
      echo x >> "$sandbox/rounds-$id"
      round=$(wc -l < "$sandbox/rounds-$id" | tr -d ' ')
      cat > "$sandbox/prompt-$id-$round"

    """# + inRound + #"""

      else
        : > "$sandbox/at-work-$id"
        while [ "$(ls "$sandbox" | grep -c at-work)" -lt 2 ]; do sleep 0.01; done
        sed -i "s/^a line 3$/a line 3, $id/" src/a.txt
        echo "work of $id" > "work-$id.txt"
        git add -A; git commit -q -m "work on $id"
        if [ "$id" = BUG-002 ]; then
          while [ "$(git rev-parse main)" = "$(git rev-parse HEAD^)" ]; do sleep 0.01; done
        fi
      fi
      """#
  }

  private static let good = "resolve; git commit -q -a --no-edit"

  private func withConflict(
    _ inRound: String, rounds: Int = 2, _ settings: [String: String] = [:],
    _ body: (RunFixture) async throws -> Void
  ) async throws {
    try await withRunFixture(
      issues: ["BUG-001", "BUG-002"], agent: Self.agent(inRound),
      ["max_merge_retries": "\(rounds)"].merging(settings) { $1 }, body)
  }

  private func prompt(_ run: RunFixture, _ round: Int) throws -> String {
    String(
      decoding: try readFile(run.sandbox.appending("prompt-BUG-002-\(round)")), as: UTF8.self)
  }

  @Test func resolvedInTheFirstRound() async throws {
    try await withConflict(Self.good) { run in
      let outcome = try await run.run()
      #expect(outcome.summary.exitCode == 0, "\(outcome.summary.issues)")
      #expect(outcome.log.outcomes(of: "BUG-002") == ["conflict", "merged"])
      #expect(EventProof(outcome.log).violations == [])
      #expect(await run.text("src/a.txt")?.contains("\na line 3, BUG-001, BUG-002\n") == true)
      #expect(await run.text("work-BUG-001.txt") == "work of BUG-001\n")
      #expect(try await run.landed() == ["merge BUG-001: Sample", "merge BUG-002: Sample"])
      // The agent's own merge, with both sides as its parents.
      #expect(
        try await run.repository.git("log", "-1", "--format=%s", "main^2")
          .hasPrefix("Merge branch 'main' into parallel/bug-002-"))
      #expect(try await run.repository.id("main^2^2") == run.repository.id("main^1"))
      #expect(outcome["BUG-002"]?.agentSeconds ?? 0 > 0)
      #expect(outcome.notices == ["BUG-002: the agent gets its conflict with main, round 1 of 2"])
      #expect(try await run.remains() == [])
      let prompt = try prompt(run, 1)
      for words in [
        "src/a.txt: content", "--- Your issue: BUG-002: Sample\n", "Do BUG-002.",
        "--- On the other side: BUG-001: Sample\n", "Do BUG-001.", "'main'", "Drops: <path>",
      ] { #expect(prompt.contains(words), "\(words)") }
      #expect(!prompt.contains("A try before"))
    }
  }

  @Test func resolvedInTheSecondRound() async throws {
    let inRound = "if [ $round = 1 ]; then git commit -q -a --no-edit; else \(Self.good); fi"
    try await withConflict(inRound) { run in
      let outcome = try await run.run()
      #expect(outcome.summary.exitCode == 0, "\(outcome.summary.issues)")
      #expect(outcome.log.outcomes(of: "BUG-002") == ["conflict", "conflict", "merged"])
      #expect(EventProof(outcome.log).violations == [])
      #expect(await run.text("src/a.txt")?.contains("\na line 3, BUG-001, BUG-002\n") == true)
      #expect(try prompt(run, 2).contains("A try before this one was of no use: the agent left"))
      // What the first round left has not landed, so it is kept.
      #expect(try await run.remains() == ["refs/ll/saved/bug-002/1"])
      #expect(outcome["BUG-002"]?.saved == "refs/ll/saved/bug-002/1")
      let kept = await run.text("src/a.txt", at: "refs/ll/saved/bug-002/1")
      #expect(kept?.contains("<<<<<<< HEAD\n") == true)
    }
  }

  /// The rounds are over: branch and worktree stay as the work was, for the user to resolve.
  @Test func neverResolved() async throws {
    try await withConflict("echo >> src/a.txt") { run in
      let outcome = try await run.run()
      let report = try #require(outcome["BUG-002"])
      #expect(report.outcome == .conflict && outcome.summary.exitCode == 1)
      #expect(report.paths == ["src/a.txt"])
      #expect(report.reason?.contains("merge in progress") == true, "\(report.reason ?? "")")
      #expect(outcome.log.outcomes(of: "BUG-002") == ["conflict", "conflict", "conflict"])
      #expect(
        outcome.log.named("parallel.worker_completed").filter { $0.issue == "BUG-002" }.count == 1)
      #expect(EventProof(outcome.log).violations == [])
      let worktree = FilePath(try #require(report.worktree))
      #expect(try await run.repository.git("status", "--porcelain", at: worktree) == "")
      #expect(
        try await run.repository.git("log", "-1", "--format=%s", try #require(report.branch))
          == "work on BUG-002")
      #expect(
        try await run.repository.git("symbolic-ref", "--short", "HEAD", at: worktree)
          == report.branch)

      _ = try await Oracle.git(["merge", "-q", "main"], in: worktree, allowFailure: true)
      try writeFile(worktree.appending("src/a.txt"), "resolved by the user\n")
      try await run.repository.git("commit", "-q", "-a", "--no-edit", at: worktree)
      let later = try await run.runLandingPending()
      #expect(later.outcome("BUG-002") == .landed, "\(later.summary.issues)")
      #expect(await run.text("src/a.txt") == "resolved by the user\n")
    }
  }

  @Test func noRoundsAreConfigured() async throws {
    try await withConflict(Self.good, rounds: 0) { run in
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-002") == .conflict)
      #expect(outcome.log.outcomes(of: "BUG-002") == ["conflict"])
      #expect(!pathExists(run.sandbox.appending("rounds-BUG-002")))
    }
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var script: String
    /// A part of the reason.
    var reason: String
    /// A file with a part of its text that is kept under a reference.
    var kept: [String: String] = [:]
    var losesWorktree = false
  }

  static let bad: [Bad] = [
    Bad(
      testDescription: "does nothing", script: "true", reason: "left a merge in progress"),
    Bad(
      testDescription: "resolves and does not commit", script: "resolve; git add -A",
      reason: "left a merge in progress", kept: ["src/a.txt": "BUG-001, BUG-002"]),
    Bad(
      testDescription: "commits the markers", script: "git commit -q -a --no-edit",
      reason: "conflict markers in src/a.txt", kept: ["src/a.txt": "<<<<<<< HEAD\n"]),
    Bad(
      testDescription: "resolves, and leaves markers elsewhere",
      script: Self.good + "; printf '<<<<<<< a\\n=======\\n>>>>>>> b\\n' > other.txt",
      reason: "conflict markers in other.txt", kept: ["other.txt": "======="]),
    Bad(
      testDescription: "aborts the merge", script: "git merge --abort",
      reason: "ended the round without a commit"),
    Bad(
      testDescription: "aborts the merge and leaves files",
      script: "git merge --abort; echo note > note.txt",
      reason: "", kept: ["note.txt": "note"]),
    Bad(
      testDescription: "commits elsewhere",
      script: """
        git merge --abort; git checkout -q -b elsewhere main
        echo x > elsewhere.txt; git add elsewhere.txt; git commit -q -m elsewhere
        echo rest > rest.txt
        """, reason: "do not build on", kept: ["elsewhere.txt": "x", "rest.txt": "rest"]),
    Bad(
      testDescription: "commits on a detached HEAD elsewhere",
      script: """
        git merge --abort; git checkout -q --detach main
        echo x > elsewhere.txt; git add elsewhere.txt; git commit -q -m elsewhere
        """, reason: "do not build on", kept: ["elsewhere.txt": "x"]),
    Bad(
      testDescription: "throws its own work away", script: "git reset -q --hard main",
      reason: "do not build on"),
    Bad(
      testDescription: "rebases, and is stopped by the conflict",
      script: "git merge --abort; git rebase -q main || true",
      reason: "left a rebase in progress", kept: ["src/a.txt": "<<<<<<< "]),
    Bad(
      testDescription: "takes its own side",
      script: "git checkout -q --ours src/a.txt; git commit -q -a --no-edit",
      reason: "removes what main gained and does not say so: src/a.txt:3 “a line 3, BUG-001”",
      kept: ["src/a.txt": "a line 3, BUG-002"]),
    Bad(
      testDescription: "takes the other side",
      script:
        "git checkout -q --theirs src/a.txt; git rm -q -f work-BUG-002.txt; git commit -q -a --no-edit",
      reason: "changed nothing", kept: ["src/a.txt": "a line 3, BUG-001"]),
    Bad(
      testDescription: "removes what merged cleanly",
      script: "resolve; git rm -q -f work-BUG-001.txt; git commit -q -a --no-edit",
      reason: "does not say so: all of work-BUG-001.txt", kept: ["src/a.txt": "BUG-001, BUG-002"]),
    Bad(
      testDescription: "resolves and fails", script: Self.good + "; exit 7",
      reason: "exited with status 7", kept: ["src/a.txt": "BUG-001, BUG-002"]),
    Bad(
      testDescription: "deletes its branch",
      script: Self.good
        + "; b=$(git symbolic-ref --short HEAD); git checkout -q --detach; git branch -q -D $b; exit 7",
      reason: "exited with status 7", kept: ["src/a.txt": "BUG-001, BUG-002"]),
    Bad(
      testDescription: "is ended by a signal", script: Self.good + "; kill -9 $$",
      reason: "signal 9", kept: ["src/a.txt": "BUG-001, BUG-002"]),
    Bad(
      testDescription: "leaves a lock",
      script: "resolve; : > \"$(git rev-parse --git-path index.lock)\"",
      reason: "left a merge in progress", kept: ["src/a.txt": "BUG-001, BUG-002"]),
    Bad(
      testDescription: "removes its worktree", script: "rm -rf \"$PWD\"",
      reason: "removed its worktree", losesWorktree: true),
  ]

  /// The work is as it was, what the round left is kept, and the issue can still be landed.
  @Test(arguments: bad) func roundsThatBringNothing(_ bad: Bad) async throws {
    try await withConflict(bad.script, rounds: 1) { run in
      let outcome = try await run.run()
      let report = try #require(outcome["BUG-002"])
      #expect(report.outcome == .conflict && outcome.summary.exitCode == 1)
      #expect(report.reason?.contains(bad.reason) == true, "\(report.reason ?? "")")
      #expect(EventProof(outcome.log).violations == [])
      #expect(try await run.landed() == ["merge BUG-001: Sample"])
      #expect(await run.text("src/a.txt")?.contains("\na line 3, BUG-001\n") == true)
      let branch = try #require(report.branch)
      #expect(
        try await run.repository.git("log", "-1", "--format=%s", branch) == "work on BUG-002")
      if bad.kept.isEmpty {
        #expect(try await run.otherReferences().filter { $0.hasPrefix("refs/ll/") } == [])
      }
      for (path, text) in bad.kept {
        var found: String?
        for name in try await run.otherReferences() where name.hasPrefix("refs/ll/saved/") {
          found = await run.text(RepositoryPath(path), at: name) ?? found
        }
        #expect(found?.contains(text) == true, "\(path): \(found ?? "nil")")
      }
      try await run.repository.git("fsck", "--strict", "--no-dangling")
      #expect(try await run.repository.git("status", "--porcelain") == "")
      #expect((report.worktree == nil) == bad.losesWorktree)
      guard !bad.losesWorktree else { return }

      let worktree = FilePath(try #require(report.worktree))
      #expect(try await run.repository.git("status", "--porcelain", at: worktree) == "")
      #expect(try await run.repository.git("status", at: worktree).contains("in progress") == false)
      #expect(
        try await run.repository.git("symbolic-ref", "--short", "HEAD", at: worktree) == branch)
      // An agent of another day resolves it.
      try run.configure(agent: Self.agent(Self.good), ["max_merge_retries": "1"])
      try await run.repository.commitAll("issues")
      let later = try await run.runLandingPending()
      #expect(later.outcome("BUG-002") == .landed, "\(later.summary.issues)")
      #expect(await run.text("src/a.txt")?.contains("\na line 3, BUG-001, BUG-002\n") == true)
    }
  }

  /// What must go may go if the commit says so.
  @Test func declaredRevertsLand() async throws {
    let script = """
      git checkout -q --ours src/a.txt
      git commit -q -a -m 'Merge main' -m 'Drops: src/a.txt (BUG-002 supersedes it)'
      """
    try await withConflict(script) { run in
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-002") == .landed, "\(outcome.summary.issues)")
      #expect(await run.text("src/a.txt")?.contains("\na line 3, BUG-002\n") == true)
      #expect(outcome.notices.contains { $0.contains("drops") && $0.contains("src/a.txt:3") })
    }
  }

  @Test func littleLoopsAgentsGetThePromptAsAnArgument() async throws {
    let event =
      #"{"type":"assistant","message":{"content":[{"type":"text","text":"VERDICT: READY"}]}}"#
    let agent = """
      for last; do :; done
      case "$last" in
      */ll:ready-issue*) printf '%s\\n' '\(event)'; exit 0;;
      Resolve*) printf '%s' "$last" > "$sandbox/prompt";;
      esac
      \(Self.agent(Self.good))
      """
    let settings = ["protocol": #""little-loops""#]
    try await withRunFixture(issues: ["BUG-001", "BUG-002"], agent: agent, settings) { run in
      let outcome = try await run.run()
      #expect(outcome.summary.exitCode == 0, "\(outcome.summary.issues)")
      let prompt = try readFile(run.sandbox.appending("prompt"))
      #expect(String(decoding: prompt, as: UTF8.self).contains("On the other side: BUG-001"))
      #expect(try await run.remains() == [])
    }
  }

  /// A run that is stopped in a round stops the agent, keeps what it has, and lands later.
  @Test func interruptedInARound() async throws {
    let script =
      "if [ ! -e \"$sandbox/second\" ]; then resolve; : > \"$sandbox/up\"; exec sleep 100; fi; \(Self.good)"
    try await withConflict(script) { run in
      let (stream, send) = AsyncStream<Void>.makeStream()
      let prepared = try await run.prepare(listener: { record in
        if case .notice(let text) = record.event, text.contains("round 1 of 2") { send.finish() }
      })
      let task = Task { try await prepared.run() }
      for await _ in stream {}
      try await waitFor(run.sandbox.appending("up"))
      task.cancel()
      let outcome = try await task.value
      #expect(outcome.outcome("BUG-002") == .deferred, "\(outcome.summary.issues)")
      #expect(EventProof(outcome.log).violations == [])
      let worktree = FilePath(try #require(outcome["BUG-002"]?.worktree))
      #expect(try await run.repository.git("status", "--porcelain", at: worktree) == "")
      #expect(
        await run.text("src/a.txt", at: "refs/ll/saved/bug-002/1")?.contains("BUG-001, BUG-002")
          == true)
      try writeFile(run.sandbox.appending("second"), "")
      let later = try await run.runLandingPending()
      #expect(later.outcome("BUG-002") == .landed, "\(later.summary.issues)")
    }
  }

  /// Waits for a file that a script makes.
  private func waitFor(_ path: FilePath) async throws {
    while !pathExists(path) { try await Task.sleep(for: .milliseconds(10)) }
  }

  // MARK: Many conflicts

  /// Each issue adds its id to one line; in a round the ids of both sides are put together.
  private static let union = #"""
    if [ -e "$(git rev-parse --git-path MERGE_HEAD)" ]; then
      all=$(sed -n 's/^a line 3, //p' src/a.txt | tr ',' '\n' | tr -d ' ' | sort -u | paste -s -d ' ' | sed 's/ /, /g')
      sed -i -e '/^<<<<<<< /d' -e '/^=======$/,/^>>>>>>> /d' src/a.txt
      sed -i "s/^a line 3, .*/a line 3, $all/" src/a.txt
      git commit -q -a --no-edit
    else
      if grep -q '^a line 3, ' src/a.txt; then
        sed -i "s/^\(a line 3, .*\)/\1, $id/" src/a.txt
      else
        sed -i "s/^a line 3$/a line 3, $id/" src/a.txt
      fi
      sleep 0.0$(( 1${id#BUG-1} % 7 ))
      git commit -q -a -m "work on $id"
    fi
    """#

  @Test func manyConflictsLandWithoutOverlap() async throws {
    let issues = (1...16).map { "BUG-\(1000 + $0)" }
    let settings = ["max_workers": "4", "max_merge_retries": "5"]
    try await withRunFixture(issues: issues, agent: Self.union, settings) { run in
      let outcome = try await run.run()
      #expect(EventProof(outcome.log).violations == [])
      let conflicts = issues.flatMap { outcome.log.outcomes(of: $0) }.count { $0 == "conflict" }
      #expect(conflicts >= 5, "there were hardly any conflicts")
      // Others may be faster in every round; nobody's work is lost for that.
      let others = Set(outcome.summary.issues.map(\.outcome)).subtracting([.landed, .conflict])
      #expect(others == [])
      let landed = outcome.summary.issues.filter { $0.outcome == .landed }.map(\.id)
      #expect(landed.count >= 10)
      #expect(try await ids(run) == Set(landed))

      let rest = try await run.runLandingPending()
      #expect(EventProof(rest.log).violations == [])
      #expect(rest.summary.exitCode == 0, "\(rest.summary.issues)")
      #expect(try await ids(run) == Set(issues))
      #expect(try await run.landed().count == issues.count)
      #expect(try await run.remains() == [])
    }
  }

  /// The ids in the line that everybody changes.
  private func ids(_ run: RunFixture) async throws -> Set<String> {
    let line = try #require(await run.text("src/a.txt")).split(separator: "\n")[2]
    return Set(line.split(separator: ", ").map(String.init).filter { $0.hasPrefix("BUG") })
  }
}
