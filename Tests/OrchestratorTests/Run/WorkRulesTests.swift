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
/// What belongs to an agent's work and what does not.
@Suite(.serialized, .timeLimit(.minutes(2))) struct WorkRulesTests {
  private func landedPaths(_ run: RunFixture) async throws -> [String] {
    try await run.repository.git("diff", "--name-only", "main^", "main")
      .split(separator: "\n").map(String.init).filter { !$0.hasPrefix(".issues/") }
  }

  // MARK: Copies

  /// `git add -A` takes everything that is not ignored; only the work lands.
  @Test(arguments: ["git add -A; git commit -q -m all", "git add -A", "true"])
  func copiedFilesDoNotLand(_ commit: String) async throws {
    let agent =
      "cat .claude/agent.md .env > work.txt; \(commit.replacing("-A", with: "-A . ':!.env'"))"
    try await withRunFixture(agent: agent) { run in
      try run.repository.write(".claude/agent.md", "settings\n")
      try run.repository.write(".env", "secret\n")
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed, "\(outcome.summary.issues)")
      #expect(try await landedPaths(run) == ["work.txt"])
      #expect(await run.text("work.txt") == "settings\nsecret\n")
      #expect(run.repository.read(".claude/agent.md") == "settings\n")
      #expect(try await run.otherReferences() == [])
      #expect(try await run.linkedWorktrees() == [])
    }
  }

  @Test func copiedFilesThatTheAgentChangedLand() async throws {
    let agent = "echo more >> .claude/agent.md; git add -A; git commit -q -m all"
    try await withRunFixture(agent: agent) { run in
      try run.repository.write(".claude/agent.md", "settings\n")
      _ = try await run.run()
      // The user's own file is in its way.
      #expect(try await run.repository.git("branch", "--list", "parallel/*") != "")
      try await Oracle.run("rm", ["-r", ".claude"], in: run.repository.root)
      #expect(try await run.runLandingPending().outcome("BUG-001") == .landed)
      #expect(await run.text(".claude/agent.md") == "settings\nmore\n")
    }
  }

  /// A staged secret goes out of the work; a committed one is in its history.
  @Test(arguments: [true, false]) func secretsNeverLand(isCommitted: Bool) async throws {
    let agent = "echo x > work.txt; git add -A" + (isCommitted ? "; git commit -q -m all" : "")
    try await withRunFixture(agent: agent) { run in
      try run.repository.write(".env", "secret\n")
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == (isCommitted ? .failed : .landed))
      if isCommitted {
        #expect(outcome["BUG-001"]?.reason?.contains("committed .env") == true)
      } else {
        #expect(try await landedPaths(run) == ["work.txt"])
      }
    }
  }

  /// Ignored files that `.worktreeinclude` names are there for the agent, and no part of its work.
  @Test func includedFilesAreCopiedAndNeverLand() async throws {
    let agent = """
      cat config/local.json deep/er/.env.test > work.txt; ls config deep/er node_modules >> work.txt
      echo changed > config/local.json; git add -A -f; git reset -q -- config/local.json
      """
    try await withRunFixture(agent: agent) { run in
      try run.repository.write(
        ".gitignore", "config/*.json\n.env*\nnode_modules/\n.worktreeinclude\n")
      try await run.repository.commitAll("ignore")
      try run.repository.write(
        ".worktreeinclude", "# local\nconfig/*.json\n.env.*\n!config/no.json\n")
      try run.repository.write("config/local.json", "{}\n")
      try run.repository.write("config/no.json", "no\n")
      try run.repository.write("deep/er/.env.test", "secret\n")
      try run.repository.write("node_modules/x.js", "x\n")
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed, "\(outcome.summary.issues)")
      let text = try #require(await run.text("work.txt"))
      #expect(text.hasPrefix("{}\nsecret\nconfig:\nlocal.json\n") && !text.contains("no.json"))
      #expect(try await landedPaths(run) == ["work.txt"])
      #expect(run.repository.read("config/local.json") == "{}\n")
      #expect(try await run.linkedWorktrees() == [])
    }
  }

  @Test(
    "rules of the file",
    arguments: [
      (".env", true), ("a/.env", true), ("config/a.json", true), ("config/no.json", false),
      ("b/config/a.json", false), ("dir/x/y", true), ("other", false),
    ])
  func rules(path: String, isIncluded: Bool) {
    let rules = IncludedFiles.rules("# c\n\n.env\n/config/*.json  \n!no.json\ndir/\n")
    #expect(IncludedFiles.isIncluded(RepositoryPath(path), by: rules) == isIncluded)
  }

  // MARK: State of the protocol

  private static func littleLoops(_ work: String) -> String {
    #"""
    case "$*" in
    */ll:ready*) echo 'VERDICT: READY';;
    *) \#(work);;
    esac
    """#
  }

  /// State is no work, whether the agent commits it or not; what the project keeps there is.
  @Test(arguments: ["git add -A -f; git commit -q -m all", "git add -A", "true"])
  func stateOfTheProtocolDoesNotLand(_ commit: String) async throws {
    let agent = Self.littleLoops(
      """
      mkdir -p .ll; echo x > work.txt; echo s > .ll/ll-context-state.json
      echo h > .ll/history.db-wal; echo goal >> .ll/goals.md; \(commit)
      """)
    try await withRunFixture(agent: agent, ["protocol": #""little-loops""#]) { run in
      try run.repository.write(".ll/goals.md", "goals\n")
      try await run.repository.commitAll("goals")
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed, "\(outcome.summary.issues)")
      #expect(try await landedPaths(run) == [".ll/goals.md", "work.txt"])
      #expect(await run.text(".ll/goals.md") == "goals\ngoal\n")
      #expect(try await run.remains() == [])
    }
  }

  // MARK: Whose work it is

  /// Taking over what others landed is no work.
  @Test(arguments: ["git merge -q main", "git reset -q --hard main", "git rebase -q main"])
  func commitsOfOthersAreNoWork(_ move: String) async throws {
    let agent = """
      if [ "$id" = BUG-001 ]; then
        \(RunFixture.committingAgent)
      else
        while [ "$(git rev-parse main)" = "$(git rev-parse HEAD)" ]; do sleep 0.01; done
        \(move)
      fi
      """
    try await withRunFixture(issues: ["BUG-001", "BUG-002"], agent: agent) { run in
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .landed)
      #expect(outcome.outcome("BUG-002") == .failed, "\(outcome.summary.issues)")
      #expect(outcome["BUG-002"]?.reason?.contains("only took over what others landed") == true)
      #expect(await run.text(RunFixture.file("BUG-002"))?.contains("status: open\n") == true)
    }
  }

  /// The work of an issue that has not landed does not land with another one.
  @Test func workOfOthersDoesNotLandAlong() async throws {
    let agent = """
      if [ "$id" = BUG-001 ]; then
        \(RunFixture.committingAgent)
        : > "$sandbox/committed"
        while [ ! -e "$sandbox/merged" ]; do sleep 0.01; done
        exit 1
      else
        while [ ! -e "$sandbox/committed" ]; do sleep 0.01; done
        git merge -q --no-edit "$(git for-each-ref --format='%(refname)' 'refs/heads/parallel/bug-001*')"
        \(RunFixture.committingAgent)
        : > "$sandbox/merged"
      fi
      """
    try await withRunFixture(issues: ["BUG-001", "BUG-002"], agent: agent) { run in
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-002") == .failed, "\(outcome.summary.issues)")
      #expect(outcome["BUG-002"]?.reason?.contains("the work on BUG-001") == true)
      #expect(try await run.landed() == [])
    }
  }

  @Test(
    "lines of a reflog that tell of a commit",
    arguments: [
      ("commit: x", true), ("commit (amend): x", true), ("commit (merge): Merge", true),
      ("merge main: Fast-forward", false), ("merge main: Merge made by the 'ort' strategy.", true),
      ("checkout: moving from a to b", false), ("reset: moving to main", false),
      ("rebase (start): checkout main", false), ("rebase (pick): x", true),
      ("rebase (finish): returning to refs/heads/x", false), ("pull: Fast-forward", false),
      ("pull --rebase (pick): x", true), ("cherry-pick: x", true), ("", false),
    ])
  func reflog(message: String, isCommit: Bool) {
    #expect(WorkOwnership.makesCommit(message) == isCommit)
  }

  // MARK: Kept

  /// What a rebase of a failed agent has put aside is kept with the rest.
  @Test func autostashIsKept() async throws {
    let agent = """
      git checkout -q -b side; echo side > src/a.txt; git commit -q -a -m side
      git checkout -q -; echo mine > src/a.txt; git commit -q -a -m mine
      echo edited > README.md; git rebase -q --autostash side || exit 1
      """
    try await withRunFixture(agent: agent) { run in
      let outcome = try await run.run()
      #expect(outcome.outcome("BUG-001") == .failed)
      let kept = try await run.otherReferences().filter { $0.hasPrefix("refs/ll/saved/") }
      var found = false
      for name in kept where await run.text("README.md", at: name) == "edited\n" { found = true }
      #expect(found, "\(kept)")
    }
  }
}
