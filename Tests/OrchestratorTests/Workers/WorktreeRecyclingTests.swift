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
/// Worktrees that serve one issue after the other.
@Suite(.serialized, .timeLimit(.minutes(2))) struct WorktreeRecyclingTests {
  /// Writes down which directory it was in, by inode, and what it found there.
  private static let agent = """
    stat -c %i . >> "$sandbox/places"
    ls -A > "$sandbox/found-$id"
    cat .env > "$sandbox/env-$id" 2>/dev/null || :
    git status --porcelain > "$sandbox/status-$id"
    mkdir -p build; echo "$id" > build/cache
    echo "of $id" > .env

    """ + RunFixture.committingAgent

  private func run(
    _ mode: String, agent: String = agent, leaves: Bool = false,
    _ check: (RunFixture, RunFixture.Outcome) async throws -> Void
  ) async throws {
    let issues = ["BUG-001", "BUG-002", "BUG-003"]
    let settings = [
      "reuse_worktrees": "\"\(mode)\"", "max_workers": "1", "worktree_copy_files": #"[".env"]"#,
    ]
    try await withRunFixture(issues: issues, agent: agent, settings) { run in
      try run.repository.write(".gitignore", "build/\n.env\n")
      try await run.repository.commitAll("issues")
      try run.repository.write(".env", "secret\n")
      let outcome = try await run.run()
      #expect(outcome.summary.exitCode == 0, "\(outcome.summary.issues)")
      #expect(EventProof(outcome.log).violations == [])
      if !leaves { #expect(outcome.notices == []) }
      for id in issues {
        #expect(await run.text(RepositoryPath("work-\(id).txt")) == "work of \(id)\n")
      }
      if !leaves { #expect(try await run.remains() == []) }
      try await check(run, outcome)
    }
  }

  private func lines(_ name: String, _ run: RunFixture) throws -> [String] {
    String(decoding: try readFile(run.sandbox.appending(name)), as: UTF8.self)
      .split(separator: "\n").map(String.init)
  }

  @Test(arguments: ["clean", "keep", "off"]) func servesTheNextIssue(_ mode: String) async throws {
    try await run(mode) { run, outcome in
      let places = try lines("places", run)
      #expect(Set(places).count == (mode == "off" ? 3 : 1), "\(places)")
      // Names of their own, the copies as they are in the checkout, and a clean status.
      let worktrees = outcome.log.named("parallel.worktree_setup_finished").map(\.issue)
      #expect(worktrees == ["BUG-001", "BUG-002", "BUG-003"])
      for id in ["BUG-001", "BUG-002", "BUG-003"] {
        #expect(try lines("env-\(id)", run) == ["secret"])
        #expect(try lines("status-\(id)", run) == [])
      }
      #expect(try lines("found-BUG-003", run).contains("work-BUG-002.txt"))
      #expect(try lines("found-BUG-003", run).contains("build") == (mode == "keep"))
    }
  }

  /// What git would not show must not come to the next issue.
  @Test func hiddenChangesDoNotGoAlong() async throws {
    let agent = """
      cat src/a.txt > "$sandbox/a-$id"
      git update-index --assume-unchanged src/a.txt; echo hidden > src/a.txt

      """ + Self.agent
    try await run("clean", agent: agent) { run, _ in
      let places = try lines("places", run)
      #expect(Set(places).count == 3)
      for id in ["BUG-001", "BUG-002", "BUG-003"] {
        #expect(try lines("a-\(id)", run).first == "a line 1")
      }
    }
  }

  @Test func oneWithItsOwnSettingsIsNotUsedAgain() async throws {
    let agent = """
      git config extensions.worktreeConfig true
      git config --worktree core.autocrlf true

      """ + Self.agent
    try await run("clean", agent: agent) { run, _ in
      let places = try lines("places", run)
      #expect(Set(places).count == 3)
    }
  }

  /// A file that somebody puts there when nobody looks any more does not go, and not along.
  @Test func whatComesLaterStays() async throws {
    let agent = """
      if [ "$id" = BUG-002 ]; then
        # The worktree of the first one waits; this one's is another, as there are two workers.
        until git log --format=%s main | grep -q BUG-001; do sleep 0.01; done
        until [ -z "$(git -C "$(cat "$sandbox/first")" branch --show-current)" ]; do sleep 0.01; done
        echo late > "$(cat "$sandbox/first")/late.txt"
      elif [ "$id" = BUG-001 ]; then
        pwd > "$sandbox/first"
      fi

      """ + RunFixture.committingAgent
    let settings = ["max_workers": "2"]
    try await withRunFixture(issues: ["BUG-001", "BUG-002"], agent: agent, settings) {
      run in
      let outcome = try await run.run()
      #expect(outcome.summary.exitCode == 0, "\(outcome.summary.issues)")
      let stayed = outcome.notices.filter { $0.contains("kept nowhere else, such as late.txt") }
      #expect(stayed.count == 1, "\(outcome.notices)")
      let kept = try await run.linkedWorktrees()
      #expect(kept.count == 1, "\(kept)")
      let found = try await Oracle.run(
        "find", [".worktrees", "-name", "late.txt"], in: run.repository.root)
      #expect(found.text.hasSuffix("/late.txt"))
    }
  }

  /// A process that an agent left behind still works in the directory.
  @Test func oneWithAProcessInItIsNotUsedAgain() async throws {
    let agent = """
      if [ "$id" = BUG-001 ]; then
        setsid sh -c 'echo $$ > "$0"; exec sleep 1000' "$sandbox/pid" > /dev/null 2>&1 < /dev/null &
        until [ -s "$sandbox/pid" ]; do sleep 0.01; done
      fi

      """ + Self.agent
    try await run("clean", agent: agent, leaves: true) { run, outcome in
      let places = try lines("places", run)
      #expect(places[0] != places[1] && places[1] == places[2], "\(places)")
      // Nor is it removed under the process.
      #expect(outcome.notices.count == 1)
      #expect(outcome.notices.first?.hasSuffix(" stays: a process is at work in it") == true)
      #expect(try await run.linkedWorktrees().count == 1)
      let process = try lines("pid", run)
      try await Oracle.run("kill", process, in: "/")
    }
  }

  /// A run that was killed while worktrees waited, or one was on its way to the next issue.
  @Test(arguments: [false, true]) func whatAKilledRunKeptGoes(isMoved: Bool) async throws {
    try await withRunFixture(issues: ["BUG-001"]) { run in
      let place = run.repository.root.pushing(".worktrees/worker-bug-000-20260101-000000")
      try await run.repository.git("worktree", "add", "-q", "--detach", place.string)
      let moved = run.repository.root.pushing(".worktrees/worker-bug-001-20260101-000001")
      var journal = """
        {"v":1,"ts":"2026-01-01T00:00:00Z","run":"r","step":"run_started"}
        {"v":1,"ts":"2026-01-01T00:00:00Z","run":"r","step":"pooled","issue":"BUG-000",\
        "worktree":"\(place)"}

        """
      if isMoved {
        let tip = try await run.repository.id("main")
        journal += """
          {"v":1,"ts":"2026-01-01T00:00:01Z","run":"r","step":"issue_started","issue":"BUG-001",\
          "branch":"refs/heads/parallel/bug-001-20260101-000001","worktree":"\(moved)",\
          "start":"\(tip)"}

          """
        try await Oracle.run("mv", [place.string, moved.string], in: "/")
      }
      try writeFile(run.repository.root.pushing(".git/ll-parallel/journal.jsonl"), journal)
      let outcome = try await run.run()
      #expect(outcome.summary.exitCode == 0, "\(outcome.summary.issues) \(outcome.notices)")
      #expect(try await run.remains() == [])
    }
  }
}
