import RunSupport
import SystemPackage
import TestSupport
import Testing

@Suite("Selection and --dry-run", .timeLimit(.minutes(10)))
struct DryRunTests {
  private func prepare(_ repository: TestRepository) async throws {
    try repository.configure(agent: TestRepository.simpleAgent)
    try repository.addIssue("BUG-731", priority: "P0", title: "A bug")
    try repository.addIssue("BUG-732", priority: "P2", title: "Another bug")
    try repository.addIssue(
      "FEAT-12", priority: "P1", title: "A feature", fields: ["status: open", "labels: [ui, api]"])
    try repository.addIssue("ENH-20", priority: "P3", title: "Better")
    try repository.addIssue("ENH-21", priority: "P1", fields: ["status: done"])
    try await repository.commitAll("five issues")
  }

  @Test(
    "it shows what would be run, in order, and writes nothing at all",
    arguments: [
      ([], ["BUG-731", "FEAT-12", "BUG-732", "ENH-20"]),
      (["--only", "732"], ["BUG-732"]),
      (["--only", "ENH-20,feat-12"], ["FEAT-12", "ENH-20"]),
      (["--skip", "731, ENH-20"], ["FEAT-12", "BUG-732"]),
      (["--priority", "P0,P2"], ["BUG-731", "BUG-732"]),
      (["--type", "FEAT,ENH"], ["FEAT-12", "ENH-20"]),
      (["--label", "api,nothing"], ["FEAT-12"]),
      (["--max-issues", "2"], ["BUG-731", "FEAT-12"]),
      (["-n", "-T", "BUG", "-p", "P2", "-m", "1"], ["BUG-732"]),
      (["--label", "nothing"], []),
    ] as [([String], [String])])
  func dryRun(arguments: [String], issues: [String]) async throws {
    try await withTestRepository { repository in
      try await prepare(repository)
      let before = try await repository.everything()
      let output = try await Program.run(
        arguments.contains("-n") ? arguments : ["--dry-run"] + arguments, in: repository.root)
      #expect(output.status == 0, "\(output.errors)")
      #expect(output.errors == "")
      let lines = output.text.split(separator: "\n").map { $0.split(separator: " ") }
      let listed = lines.filter { $0.first?.first == "P" && $0.count > 2 }.map { String($0[1]) }
      #expect(listed == issues, "\(output.text)")
      #expect(output.text.hasPrefix("base branch main at "))
      #expect(try await repository.everything() == before)
    }
  }

  @Test("exactly the selected issues are run, from any directory of the project")
  func selected() async throws {
    try await withTestRepository { repository in
      try await prepare(repository)
      let below = try await repository.program("--only", "732", at: repository.file("src/deep"))
      #expect(below.status == 0, "\(below.errors)\(below.text)")
      #expect(repository.text(of: "BUG-732.txt") != nil)
      let beside = try await repository.program(
        "-C", "repo", "--type", "ENH", at: repository.sandbox)
      #expect(beside.status == 0, "\(beside.errors)\(beside.text)")
      #expect(repository.text(of: "ENH-20.txt") != nil)
      #expect(beside.text.contains("Not selected: "))
      for name in ["BUG-731", "FEAT-12", "ENH-21"] {
        #expect(repository.text(of: "\(name).txt") == nil)
      }
      #expect(!pathExists(repository.file("src/deep/.ll")))
      #expect(try await repository.git("status", "--porcelain") == "")
    }
  }

  @Test("a flag goes before the configuration")
  func precedence() async throws {
    try await withTestRepository { repository in
      try await prepare(repository)
      let script = "sleep 600"
      try repository.configure(
        agent: script, settings: ["\"max_workers\": 3", "\"timeout_per_issue\": 500"])
      try await repository.commitAll("slow")
      let plan = try await repository.program("--dry-run")
      #expect(plan.text.contains("3 workers"))
      let flag = try await repository.program("--dry-run", "--workers", "1")
      #expect(flag.text.contains("1 worker,"))
      let run = try await repository.program("--only", "732", "--timeout", "1")
      #expect(run.status == 1, "\(run.errors)\(run.text)")
      #expect(run.text.contains("failed"))
    }
  }
}
