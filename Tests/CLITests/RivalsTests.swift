import RunSupport
import SystemPackage
import TestSupport
import Testing

/// Others at work in the repository beside a run: more runs, clean-ups, and git itself.
@Suite("Rivals", .timeLimit(.minutes(10)))
struct RivalsTests {
  /// Six issues whose agents wait at the gate, and what a dead run left: a worktree with work in it.
  private func prepare(_ repository: TestRepository) async throws {
    for number in 1...6 { try repository.addIssue("BUG-\(number)") }
    try repository.configure(
      agent: """
        : > "$SANDBOX/up-$LL_ISSUE_ID"
        read -r _ < "$SANDBOX/gate"
        echo "$LL_ISSUE_ID" > "$LL_ISSUE_ID.txt"
        """, settings: [#""max_workers": 3"#])
    try await repository.commitAll("six issues")
    // An upstream that is ahead, for git pull.
    let upstream = repository.sandbox.appending("upstream")
    try await repository.git("clone", "-q", repository.root.string, upstream.string)
    try writeFile(upstream.appending("theirs.txt"), "theirs\n")
    try await repository.git("add", "theirs.txt", at: upstream)
    try await repository.git(
      "-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "-q", "-m", "theirs",
      at: upstream)
    try await repository.git("remote", "add", "origin", upstream.string)
    try await repository.git("config", "branch.main.remote", "origin")
    try await repository.git("config", "branch.main.merge", "refs/heads/main")
  }

  private func agentsAreUp(_ count: Int, _ repository: TestRepository) async throws {
    try await wait(for: "\(count) agents") {
      directoryNames(repository.sandbox).count { $0.hasPrefix("up-") } >= count
    }
  }

  @Test(
    "one run works, the others refuse with its name, and nothing of it is touched",
    arguments: [2, 5])
  func rivals(count: Int) async throws {
    try await withTestRepository { repository in
      try await prepare(repository)
      let gate = try Gate(in: repository.sandbox)
      let events = repository.sandbox.appending("events")
      let (_, output) = try await Program.start(
        ["--events", events.string], in: repository.root
      ) { running in
        try await agentsAreUp(3, repository)
        let worktrees = try await repository.git("worktree", "list", "--porcelain")
        let branches = try await repository.git("for-each-ref", "refs/heads/parallel")

        try await withThrowingTaskGroup(of: Void.self) { group in
          for number in 1..<count {
            group.addTask {
              let rival = try await repository.program(number % 2 == 0 ? "--resume" : "--quiet")
              #expect(rival.status == 3, "\(rival.text)")
              #expect(rival.errors.contains("process \(running.process) on "), "\(rival.errors)")
            }
          }
          group.addTask {
            for flag in ["--cleanup", "--cleanup-orphans"] {
              let cleaning = try await repository.program(flag)
              #expect(cleaning.status == 3, "\(flag) \(cleaning.errors)")
            }
            #expect(try await repository.program("saved", "drop", "BUG-1").status == 3)
            #expect(try await repository.program("undo", "BUG-1").status == 3)
          }
          group.addTask {
            let look = try await repository.program("--dry-run")
            #expect(look.status == 0, "\(look.errors)")
          }
          group.addTask {
            try await repository.git("gc", "--quiet", "--prune=now")
            try await repository.git("worktree", "prune", "--expire=now")
          }
          try await group.waitForAll()
        }
        try await repository.git("pull", "--quiet", "--rebase")
        #expect(
          try await repository.git("worktree", "list", "--porcelain").contains("worker-bug-1"))
        #expect(
          try await repository.git("for-each-ref", "refs/heads/parallel") == branches)
        let places = { (text: String) in
          text.split(separator: "\n").filter { $0.hasPrefix("worktree ") }
        }
        #expect(
          places(try await repository.git("worktree", "list", "--porcelain")) == places(worktrees))
        try gate.open(for: 6)
      }
      #expect(output.status == 0, "\(output.errors)\(output.text)")
      #expect(EventProof(try EventLog(try readFile(events))).violations == [])
      for number in 1...6 {
        #expect(try await repository.git("show", "main:BUG-\(number).txt") == "BUG-\(number)")
      }
      #expect(repository.text(of: "theirs.txt") == "theirs\n")
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(try await repository.git("fsck", "--strict", "--no-dangling") == "")
      #expect(try await repository.git("for-each-ref", "refs/ll", "refs/heads/parallel") == "")
    }
  }
}
