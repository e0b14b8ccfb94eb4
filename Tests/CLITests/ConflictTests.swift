import RunSupport
import SystemPackage
import TestSupport
import Testing

@Suite("Conflicts", .timeLimit(.minutes(10)))
struct ConflictTests {
  @Test("what the user resolved in the worktree is landed by --merge-pending")
  func resolved() async throws {
    try await withTestRepository { repository in
      try repository.addIssue("BUG-1", priority: "P1")
      try repository.addIssue("BUG-2", priority: "P2")
      // The second agent ends only when the first one's work has landed.
      try repository.configure(
        agent: """
          if [ "$LL_ISSUE_ID" = BUG-2 ]; then
            read -r _ < "$SANDBOX/gate"
          fi
          sed "s/^a line 10$/$LL_ISSUE_ID was here/" src/a.txt > new
          cat new > src/a.txt
          rm new
          """, settings: [#""max_merge_retries": 0"#])
      try await repository.commitAll("two issues")
      let gate = try Gate(in: repository.sandbox)
      let (_, first) = try await Program.start(in: repository.root) { running in
        try await running.waitFor(message: "BUG-1: landed")
        try gate.open(for: 1)
      }
      #expect(first.status == 1, "\(first.errors)\(first.text)")
      #expect(first.text.contains("conflict    BUG-2"))
      #expect(first.text.contains("src/a.txt"))
      #expect(first.text.contains("ll-parallel --merge-pending"))
      let shown = first.text.split(separator: "\n").compactMap { line -> String? in
        let words = line.split(separator: " ")
        return words.first == "worktree" ? words.last.map(String.init) : nil
      }
      let worktree = repository.root.pushing(FilePath(try #require(shown.first)))

      let plain = try await repository.program()
      #expect(plain.status == 1)
      #expect(plain.text.contains("pending     BUG-2"), "\(plain.text)")
      let ignored = try await repository.program("--ignore-pending")
      #expect(ignored.status == 0, "\(ignored.text)")

      _ = try await Oracle.git(["merge", "main"], in: worktree, allowFailure: true)
      let early = try await repository.program("--merge-pending")
      #expect(early.status == 1)
      #expect(early.text.contains("merge in progress") || early.text.contains("unmerged"))
      try writeFile(
        worktree.pushing("src/a.txt"),
        numberedLines("a").replacing("a line 10\n", with: "BUG-1 and BUG-2 were here\n"))
      try await repository.git("commit", "--quiet", "--all", "--no-edit", at: worktree)

      let last = try await repository.program("--merge-pending")
      #expect(last.status == 0, "\(last.errors)\(last.text)")
      #expect(last.text.contains("landed      BUG-2"))
      #expect(repository.text(of: "src/a.txt")?.contains("BUG-1 and BUG-2 were here") == true)
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(
        try await repository.git("worktree", "list", "--porcelain").contains("worker") == false)
      #expect(try await repository.git("branch", "--format=%(refname:short)") == "main")
      #expect(try await repository.git("rev-list", "--first-parent", "--count", "main") == "4")
    }
  }

  /// A run that is killed while its agent resolves a conflict: the next one finishes or undoes that.
  @Test("a killed round is finished or undone", arguments: [true, false])
  func killedInARound(isResolved: Bool) async throws {
    try await withTestRepository { repository in
      try repository.addIssue("BUG-1")
      let commit = isResolved ? "git commit --quiet --all --no-edit" : "true"
      try repository.configure(
        agent: """
          if [ -e "$(git rev-parse --git-path MERGE_HEAD)" ]; then
            sed -i -e '/^<<<<<<< /d' -e '/^=======$/,/^>>>>>>> /d' -e 's/^mine$/mine and theirs/' src/a.txt
            if [ -e "$SANDBOX/second" ]; then git commit --quiet --all --no-edit; exit; fi
            \(commit)
            kill -9 $PPID
            exec sleep 1000
          fi
          sed -i 's/^a line 3$/mine/' src/a.txt
          git commit --quiet --all -m mine
          cd "$SANDBOX/repo"
          sed -i 's/^a line 3$/theirs/' src/a.txt
          git commit --quiet --all -m theirs
          """, settings: [#""timeout_kill_grace_seconds": 1"#])
      try await repository.commitAll("an issue")
      let killed = try await repository.program()
      #expect(killed.status == 128 + 9, "\(killed.errors)\(killed.text)")

      let plain = try await repository.program()
      #expect(plain.status == 1 && plain.text.contains("pending     BUG-1"), "\(plain.text)")
      let worktrees = try await repository.git("worktree", "list", "--porcelain")
        .split(separator: "\n").filter { $0.hasPrefix("worktree ") }
      let worktree = FilePath(String(try #require(worktrees.last).dropFirst("worktree ".count)))
      #expect(try await repository.git("status", "--porcelain", at: worktree) == "")
      let saved = try await repository.git("for-each-ref", "--format=%(refname)", "refs/ll")
      if isResolved {
        #expect(plain.errors.contains("the conflict is resolved"), "\(plain.errors)")
        #expect(saved == "")
      } else {
        #expect(saved == "refs/ll/saved/bug-1/1")
        #expect(try await repository.git("show", "\(saved):src/a.txt").contains("mine and theirs"))
      }
      let running = try await Oracle.run("ps", ["-eo", "args"], in: "/").text
      #expect(!running.contains(repository.agentFile.string))

      try writeFile(repository.sandbox.appending("second"), "")
      let last = try await repository.program("--merge-pending")
      #expect(last.status == 0, "\(last.errors)\(last.text)")
      #expect(last.errors.contains("round 1 of 2") == !isResolved)
      #expect(repository.text(of: "src/a.txt")?.contains("mine and theirs") == true)
      #expect(try await repository.git("status", "--porcelain") == "")
    }
  }
}
