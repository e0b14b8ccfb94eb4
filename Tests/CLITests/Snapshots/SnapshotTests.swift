import GitEngine
import RunSupport
import SystemPackage
import TestSupport
import Testing

/// What people read, as a whole, to be read by whoever changes it.
@Suite("Snapshots", .timeLimit(.minutes(10)))
struct SnapshotTests {
  @Test("help")
  func help() async throws {
    try await withSandbox { sandbox in
      var snapshot = Snapshot()
      for command in [
        [], ["run"], ["status"], ["log"], ["worktrees"], ["report"], ["saved"], ["saved", "list"],
        ["saved", "show"], ["saved", "restore"], ["saved", "drop"], ["undo"], ["doctor"], ["init"],
        ["config"], ["demo"],
      ] {
        let output = try await Program.run(["help"] + command, in: sandbox)
        #expect(output.status == 0 && output.errors.isEmpty)
        snapshot.add("help \(command.joined(separator: " "))", output.text)
        let longest = output.text.split(separator: "\n").map(\.count).max() ?? 0
        #expect(longest <= 80, "\(command)")
      }
      snapshot.add("--version", try await Program.run(["--version"], in: sandbox).text)
      try snapshot.check("help")
    }
  }

  private static let more: [BadInput] = [
    BadInput("a mistyped command", 2, says: [], arguments: ["statsu"]),
    BadInput("nothing saved", 2, says: [], arguments: ["saved", "show", "BUG-9"]),
    BadInput("nothing to drop", 2, says: [], arguments: ["saved", "drop", "BUG-9"]),
    BadInput("nothing to undo", 1, says: [], arguments: ["undo", "BUG-1"]),
    BadInput("no log", 2, says: [], arguments: ["log", "BUG-1"]),
    BadInput("no log of that run", 2, says: [], arguments: ["log", "BUG-1", "--run", "x"]),
    BadInput("no issue for a log", 2, says: [], arguments: ["log"]),
    BadInput("a mistyped agent", 2, says: [], arguments: ["init", "--agent", "clude"]),
    BadInput("no worker to begin with", 2, says: [], arguments: ["init", "--workers", "0"]),
    BadInput("two forms at once", 2, says: [], arguments: ["status", "--json", "--watch"]),
    BadInput("status of no repository", 3, says: [], arguments: ["status", "-C", "/"]),
    BadInput("doctor of no repository", 1, says: [], arguments: ["doctor", "-C", "/"]),
  ]

  @Test("error messages")
  func errors() async throws {
    var snapshot = Snapshot()
    let inputs =
      BadInputTests.repositories + BadInputTests.projects + BadInputTests.usages
      + BadInputTests.unsupported + Self.more
    #expect(inputs.count >= 40)
    for input in inputs {
      try await withTestRepository { repository in
        try repository.configure(agent: TestRepository.simpleAgent)
        try repository.addIssue("BUG-1")
        try await repository.commitAll("one issue")
        try await input.prepare(repository)
        let output = try await Program.run(input.arguments, in: repository.root)
        #expect(output.status == input.status, "\(input.name)")
        let text = output.errors + (output.text.isEmpty ? "" : output.text + "\n")
        for word in ["git_", "libgit2 error", "Fatal error", "swift", "Optional("] {
          #expect(!text.contains(word), "\(input.name): \(text)")
        }
        snapshot.add(
          "\(input.name): ll-parallel \(input.arguments.joined(separator: " "))",
          text + "exit status \(output.status)", in: repository.sandbox)
      }
    }
    try snapshot.check("errors")
  }

  private static let agent = """
    case $LL_ISSUE_ID in
    BUG-2) echo "I cannot do it"; exit 7 ;;
    BUG-3) exit 0 ;;
    BUG-4) sed -i 1s/.*/theirs/ src/a.txt ;;
    BUG-5) sed -i 1s/.*/theirs/ src/b.txt ;;
    BUG-6) git -C "$SANDBOX/repo" commit -q --allow-empty -m meanwhile; sed -i 1s/.*/x/ README.md
       printf '<<<<<<< a\\n=======\\n>>>>>>> b\\n' >> README.md ;;
    *) echo "done for $LL_ISSUE_ID" > "$LL_ISSUE_ID.txt" ;;
    esac
    git add . && git commit --quiet -m "work on $LL_ISSUE_ID"
    """

  @Test("summaries")
  func summaries() async throws {
    try await withTestRepository { repository in
      var snapshot = Snapshot()
      func run(_ name: String, _ arguments: String...) async throws {
        let output = try await Program.run(arguments, in: repository.root)
        snapshot.add(
          "\(name): ll-parallel \(arguments.joined(separator: " "))",
          "\(output.errors)\(output.text)\nexit status \(output.status)", in: repository.sandbox)
      }
      try repository.configure(
        agent: Self.agent, settings: ["\"max_workers\": 1", "\"max_merge_retries\": 0"])
      for number in 1...6 { try repository.addIssue("BUG-\(number)", title: "Number \(number)") }
      try repository.addIssue("BUG-7", fields: ["status: open", "blocked_by: [BUG-2]"])
      try repository.addIssue("BUG-8", fields: ["status: done"])
      try repository.addIssue("BUG-9", fields: ["status: [open"])
      try await repository.commitAll("issues")
      try await run("a plan", "--dry-run")
      try repository.write("src/a.txt", numberedLines("a").replacing("a line 1\n", with: "mine\n"))
      try await run("one of each kind")
      try await run("with what is left")
      try await run("what is left", "status")
      try await run("one that is done", "--only", "BUG-1")
      try await run("nothing", "--priority", "P5")
      try repository.addIssue("BUG-10", title: "Number 10")
      try await run("not on the base branch yet", "--only", "10", "--dry-run")
      try await repository.git("add", ".issues")
      try await repository.git("commit", "-q", "-m", "one more issue")
      try await run("on a branch", "--feature-branches", "--only", "BUG-10", "--verbose")
      try await run("worktrees", "worktrees")
      try await run("an undo", "undo", "BUG-1")
      try await run("saved", "saved")
      try await run("a clean-up", "--cleanup", "--dry-run")
      try snapshot.check("summaries")
    }
  }
}
