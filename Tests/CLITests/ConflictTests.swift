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
          """)
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
}
