import Orchestrator
import RunSupport
import SystemPackage
import TestSupport
import Testing

@Suite("A plan that another run has overtaken", .timeLimit(.minutes(10)))
struct StalePlanTests {
  private func prepare(_ repository: TestRepository) async throws -> RunPlan {
    let project = try Project.open(repository.root)
    return try await RunPlan.make(project, try .load(root: project.root), RunOptions())
  }

  @Test("an issue that the other run landed is not run again")
  func landed() async throws {
    try await withTestRepository { repository in
      try repository.configure(agent: "echo once more >> work.txt")
      try repository.addIssue("BUG-1")
      try await repository.commitAll("one issue")
      let plan = try await prepare(repository)
      let other = try await Orchestrator(try await prepare(repository)).run()
      #expect(other.issues.map(\.outcome) == [.landed])

      let summary = try await Orchestrator(plan).run()

      #expect(summary.issues.isEmpty)
      #expect(repository.text(of: "work.txt") == "once more\n")
      #expect(try await repository.git("rev-list", "--first-parent", "--count", "main") == "3")
    }
  }

  @Test("an issue that the other run left in conflict keeps its branch and worktree")
  func conflict() async throws {
    try await withTestRepository { repository in
      try repository.addIssue("BUG-1")
      // The agent itself moves the base branch, so that its work conflicts.
      try repository.configure(
        agent: """
          echo mine > README.md
          cd "$SANDBOX/repo"
          echo theirs > README.md
          git commit --quiet --all -m "a rival"
          """, settings: [#""max_merge_retries": 0"#])
      try await repository.commitAll("one issue")
      let plan = try await prepare(repository)
      let other = try await Orchestrator(try await prepare(repository)).run()
      let report = try #require(other.issues.first)
      #expect(report.outcome == .conflict, "\(report)")

      let summary = try await Orchestrator(plan).run()

      #expect(summary.issues.map(\.outcome) == [.pending])
      #expect(pathExists(FilePath(try #require(report.worktree))))
      let branches = try await repository.git("branch", "--format=%(refname:short)")
      #expect(branches.contains(try #require(report.branch)))
    }
  }
}
