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

@Suite("Cleaning up", .timeLimit(.minutes(10)))
struct CleanupTests {
  /// A run that was killed while the agent of BUG-1 worked, and work of BUG-2 in conflict.
  private func prepare(_ repository: TestRepository) async throws {
    try repository.configure(
      agent: """
        if [ "$LL_ISSUE_ID" = BUG-1 ]; then
          echo half > half.txt; git add half.txt; git commit --quiet -m half
          echo rest > rest.txt
          kill -9 $PPID
          exec sleep 1000
        fi
        sed -i "s/^a line 3$/$LL_ISSUE_ID/" src/a.txt
        git commit --quiet --all -m work
        cd "$SANDBOX/repo"
        sed -i 's/^a line 3$/a rival/' src/a.txt
        git commit --quiet --all -m rival
        """, settings: [#""timeout_kill_grace_seconds": 1, "max_merge_retries": 0"#])
    try repository.addIssue("BUG-1")
    try repository.addIssue("BUG-2")
    try await repository.commitAll("two issues")
    #expect(try await repository.program("-o", "2").status == 1)
    #expect(try await repository.program("-o", "1").status == 128 + Int(SIGKILL))
  }

  private func worktrees(_ repository: TestRepository) async throws -> [String] {
    try await repository.git("worktree", "list", "--porcelain").split(separator: "\n")
      .filter { $0.hasPrefix("worktree ") }.dropFirst()
      .compactMap { $0.split(separator: "/").last.map { String($0.prefix(12)) } }.sorted()
  }

  @Test(
    "what a dead run left is kept and its worktree goes; what has not landed stays",
    arguments: ["--cleanup", "--cleanup-orphans"])
  func orphans(flag: String) async throws {
    try await withTestRepository { repository in
      try await prepare(repository)
      let before = try await repository.everything()
      let look = try await repository.program(flag, "--dry-run")
      #expect(look.status == 0, "\(look.errors)")
      #expect(look.text.contains("would be removed: .worktrees/worker-bug-1-"), "\(look.text)")
      #expect(look.text.contains("stays: .worktrees/worker-bug-2-"), "\(look.text)")
      #expect(try await repository.everything() == before)

      let output = try await repository.program(flag)
      #expect(output.status == 0, "\(output.errors)")
      #expect(output.text.contains("removed: .worktrees/worker-bug-1-"), "\(output.text)")
      #expect(try await worktrees(repository) == ["worker-bug-2"])
      let saved = "refs/ll/saved/bug-1/1"
      #expect(try await repository.git("show", "\(saved):half.txt") == "half")
      #expect(try await repository.git("show", "\(saved):rest.txt") == "rest")
      let branches = try await repository.git("for-each-ref", "--format=%(refname)", "refs/heads")
      #expect(!branches.contains("parallel/bug-1") && branches.contains("parallel/bug-2"))
      let again = try await repository.program(flag, "--json")
      #expect(again.text.contains("leave") && !again.text.contains("bug-1"), "\(again.text)")

      // Its landing is still there to be had.
      let pending = try await repository.program("-o", "2")
      #expect(pending.text.contains("pending     BUG-2"), "\(pending.text)")
    }
  }

  @Test("--cleanup takes worktrees that nothing needs, and none with something in it")
  func others() async throws {
    try await withTestRepository { repository in
      try repository.configure(agent: TestRepository.simpleAgent)
      try repository.addIssue("BUG-1")
      try await repository.commitAll("an issue")
      func add(_ name: String, _ branch: String, from start: String = "main") async throws {
        try await repository.git(
          "worktree", "add", "--quiet", "-b", branch, ".worktrees/\(name)", start)
      }
      try await repository.git("commit", "--quiet", "--allow-empty", "-m", "unlanded")
      try await repository.git("branch", "side")
      try await repository.git("reset", "--quiet", "--hard", "HEAD^")
      try await add("worker-landed", "parallel/landed")
      try await add("worker-unlanded", "parallel/unlanded", from: "side")
      try await add("worker-dirty", "parallel/dirty")
      try writeFile(repository.file(".worktrees/worker-dirty/new.txt"), "new\n")
      try await add("worker-locked", "parallel/locked")
      try await repository.git("worktree", "lock", ".worktrees/worker-locked")
      try await add("mine", "parallel/mine")
      try await repository.git(
        "worktree", "add", "--quiet", "--detach", ".worktrees/worker-loose", "main")
      try await repository.git(
        "commit", "--quiet", "--allow-empty", "-m", "loose",
        at: repository.file(".worktrees/worker-loose"))

      let orphans = try await repository.program("--cleanup-orphans")
      #expect(orphans.text == "Nothing to clean up.")
      let output = try await repository.program("-c")
      #expect(output.status == 0, "\(output.errors)")
      #expect(
        output.text.split(separator: "\n").sorted() == [
          "removed: .worktrees/worker-landed, with branch parallel/landed",
          "removed: .worktrees/worker-unlanded",
          "stays: .worktrees/worker-dirty: it holds changes that are kept nowhere else, "
            + "such as new.txt",
          "stays: .worktrees/worker-locked: it is locked",
          try
            "stays: .worktrees/worker-loose: no branch has the commit \(await short("loose", repository)) "
            + "that is checked out there",
        ], "\(output.text)")
      #expect(try await repository.git("rev-parse", "parallel/unlanded", "side").contains("\n"))
      #expect(repository.exists(".worktrees/mine/README.md"))
    }
  }

  private func short(_ name: String, _ repository: TestRepository) async throws -> String {
    let id = try await repository.git(
      "rev-parse", "HEAD", at: repository.file(".worktrees/worker-\(name)"))
    return String(id.prefix(7))
  }

  @Test("--prune-merged-branches deletes merged feature branches that nobody has checked out")
  func prune() async throws {
    try await withTestRepository { repository in
      try repository.configure(agent: TestRepository.simpleAgent)
      try repository.addIssue("BUG-1")
      try await repository.commitAll("an issue")
      for name in ["feature/merged", "feature/used", "feature/deep/er", "other"] {
        try await repository.git("branch", name)
      }
      try await repository.git("worktree", "add", "--quiet", "../used", "feature/used")
      try await repository.git("checkout", "--quiet", "-b", "feature/open")
      try await repository.git("commit", "--quiet", "--allow-empty", "-m", "open")
      try await repository.git("checkout", "--quiet", "main")

      let before = try await repository.everything()
      let look = try await repository.program("--prune-merged-branches", "-n")
      #expect(look.text.contains("would be deleted: branch feature/merged (was "), "\(look.text)")
      #expect(try await repository.everything() == before)
      let output = try await repository.program("--prune-merged-branches")
      #expect(output.status == 0, "\(output.errors)")
      #expect(output.text.split(separator: "\n").count == 2, "\(output.text)")
      let left = try await repository.git("for-each-ref", "--format=%(refname:short)", "refs/heads")
      #expect(left == "feature/open\nfeature/used\nmain\nother")
      #expect(
        try await repository.program("--prune-merged-branches").text == "Nothing to clean up.")
    }
  }

  @Test("beside a live run nothing is cleaned up")
  func live() async throws {
    try await withTestRepository { repository in
      try repository.configure(
        agent: "echo > \"$SANDBOX/up\"; read -r _ < \"$SANDBOX/gate\"; echo x > x")
      try repository.addIssue("BUG-1")
      try await repository.commitAll("an issue")
      try await repository.git("branch", "feature/merged")
      let gate = try Gate(in: repository.sandbox)
      let (_, run) = try await Program.start(in: repository.root) { running in
        try await wait(for: "the agent") { pathExists(repository.sandbox.appending("up")) }
        let before = try await repository.everything()
        let look = try await repository.program("--cleanup", "--prune-merged-branches", "--dry-run")
        #expect(look.status == 0)
        #expect(look.text == "Nothing to clean up.")
        #expect(look.errors.contains("process \(running.process) runs here"), "\(look.errors)")
        #expect(try await repository.everything() == before)
        for flag in ["--cleanup", "--cleanup-orphans", "--prune-merged-branches"] {
          let refused = try await repository.program(flag)
          #expect(refused.status == 3, "\(refused.text)")
          #expect(refused.errors.contains("another run works in this repository"))
        }
        try gate.open(for: 1)
      }
      #expect(run.status == 0, "\(run.errors)\(run.text)")
      #expect(try await repository.git("branch", "--list", "feature/*").contains("merged"))
    }
  }
}
