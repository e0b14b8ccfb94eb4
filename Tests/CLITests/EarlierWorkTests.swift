import Foundation
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

// One after the other: all at once they would starve tests that measure time.
/// What a run does with what an earlier one left: every cell of the table in the manual.
///
/// The first run is the real program, too, and really ends in each of these ways.
@Suite("Left by an earlier run", .serialized, .timeLimit(.minutes(20)))
struct EarlierWorkTests {
  /// A way for an issue not to land.
  enum Left: String, CaseIterable {
    /// Finished: killed before it landed, put off, in conflict.
    case queued, deferred, conflict
    /// Unfinished: stopped by a signal, killed.
    case interrupted, killed
    /// Failed: by its agent, by the verification.
    case failedAgent, failedVerification

    var isFinished: Bool { [.queued, .deferred, .conflict].contains(self) }
    var isUnfinished: Bool { [.interrupted, .killed].contains(self) }
  }

  /// What a later run does.
  enum Then {
    case reported, landed, left, savedAndRunAgain, runAgain, held
  }

  static let flags = [
    "", "--resume", "--merge-pending", "--ignore-pending", "--clean-start",
    "--resume --retry-failed", "--retry-failed",
  ]

  /// The table.
  static func expected(_ left: Left, _ flags: String) -> Then {
    if left.isFinished {
      return switch flags {
      case "", "--retry-failed": .reported
      case "--ignore-pending": .left
      case "--clean-start": .savedAndRunAgain
      default: .landed
      }
    }
    if left.isUnfinished { return flags == "--ignore-pending" ? .left : .savedAndRunAgain }
    return flags == "--resume" ? .held : .runAgain
  }

  @Test("every cell", arguments: Left.allCases, flags)
  func cell(left: Left, flags: String) async throws {
    try await withTestRepository { repository in
      let project = EarlierWork(repository: repository)
      try await project.leave(left)
      let before = try await project.references()
      let worktrees = try await repository.git("worktree", "list")

      let words = flags.split(separator: " ").map(String.init)
      let output = try await Program.run(words + ["--json"], in: repository.root)

      let comment = Comment(rawValue: output.errors)
      let issues = try project.issues(output.text)
      let after = try await project.references()
      func isSaved() async throws -> Bool {
        try await project.holdsFirstWork(after.filter { $0.contains(" refs/ll/saved/bug-1/") })
      }
      switch Self.expected(left, flags) {
      case .reported:
        #expect(output.status == 1, comment)
        #expect(issues.map(\.outcome) == ["pending"], comment)
        #expect(output.errors.contains("ll-parallel --merge-pending"), comment)
        #expect(after == before && !(repository.exists("again.txt")), comment)
        #expect(try await repository.git("worktree", "list") == worktrees)
      case .landed:
        #expect(output.status == 0, comment)
        #expect(issues.map(\.outcome) == ["landed"], comment)
        #expect(try await project.holdsFirstWork(["x refs/heads/main"]), comment)
        #expect(!repository.exists("again.txt"), comment)
        #expect(after.count == 1, "\(after)")
      case .left:
        #expect(output.status == 0, comment)
        #expect(issues.isEmpty, comment)
        #expect(after == before && !repository.exists("again.txt"), comment)
        #expect(try await repository.git("worktree", "list") == worktrees)
      case .savedAndRunAgain:
        #expect(output.status == 0, comment)
        #expect(issues.map(\.outcome) == ["landed"], comment)
        #expect(repository.exists("again.txt"), comment)
        #expect(try await isSaved(), "\(after)")
        #expect(after.allSatisfy { !$0.contains("refs/heads/parallel/") }, "\(after)")
      case .runAgain:
        #expect(output.status == 0, comment)
        #expect(issues.map(\.outcome) == ["landed"], comment)
        #expect(repository.exists("again.txt"), comment)
        #expect(Set(after.filter { !$0.contains("/main") }).isSuperset(of: before.dropFirst()))
      case .held:
        #expect(output.status == 1, comment)
        #expect(issues.map(\.outcome) == ["held"], comment)
        #expect(issues.first?.reason.contains("--retry-failed") == true)
        #expect(after == before && !repository.exists("again.txt"), comment)
      }
      try await project.expectOrder()
    }
  }

  @Test("--resume takes the selection of the last run unless it names its own")
  func selection() async throws {
    try await withTestRepository { repository in
      for number in 1...4 { try repository.addIssue("BUG-\(number)", priority: "P\(number)") }
      try repository.configure(
        agent: """
          [ -e "$SANDBOX/second" ] || { echo > "$SANDBOX/up"; exec sleep 1000; }
          echo done > "$LL_ISSUE_ID.txt"
          """, settings: [#""max_workers": 1"#])
      try await repository.commitAll("four issues")
      func interrupted(_ arguments: String...) async throws {
        removeAll(repository.sandbox.appending("up"))
        _ = try await Program.start(arguments, in: repository.root) { running in
          try await wait(for: "the agent") { pathExists(repository.sandbox.appending("up")) }
          running.send(SIGINT)
        }
      }
      func landed(_ arguments: String...) async throws -> [Int] {
        let output = try await Program.run(arguments, in: repository.root)
        #expect(output.status == 0, "\(output.errors)\(output.text)")
        return (1...4).filter { repository.exists(RepositoryPath("BUG-\($0).txt")) }
      }
      // A limit amounts to the issues that it left: the next in line is none of this run's.
      try await interrupted("--max-issues", "2")
      try writeFile(repository.sandbox.appending("second"), "")
      #expect(try await landed("--resume") == [1, 2])
      #expect(try await landed("--resume") == [1, 2], "nothing is left of it")

      removeAll(repository.sandbox.appending("second"))
      try await interrupted("--only", "3")
      try writeFile(repository.sandbox.appending("second"), "")
      #expect(try await landed("--resume", "--only", "4") == [1, 2, 4])
      #expect(try await landed() == [1, 2, 3, 4])
    }
  }

  @Test(
    "what cannot be kept aside stays, and its issue does not run",
    arguments: [(Left.killed, ""), (.deferred, "--clean-start")])
  func cannotBeSaved(left: Left, flags: String) async throws {
    try await withTestRepository { repository in
      let project = EarlierWork(repository: repository)
      try await project.leave(left)
      // A reference where the directory of references should be.
      try await repository.git("update-ref", "refs/ll/saved/bug-1", "main")
      let before = try await project.references()
      let worktrees = try await repository.git("worktree", "list")
      for _ in 1...2 {
        let words = flags.split(separator: " ").map(String.init)
        let output = try await Program.run(words + ["--json"], in: repository.root)
        #expect(output.status == 1, "\(output.errors)")
        let issue = try #require(try project.issues(output.text).first)
        #expect(issue.outcome == "failed" && issue.reason.contains("could not be saved"))
        #expect(try await project.references() == before)
        #expect(try await repository.git("worktree", "list") == worktrees)
      }
      try await repository.git("update-ref", "-d", "refs/ll/saved/bug-1")
      let words = flags.split(separator: " ").map(String.init)
      #expect(try await Program.run(words, in: repository.root).status == 0)
    }
  }

  @Test("--resume where nothing was ever run just runs")
  func nothingToResume() async throws {
    try await withTestRepository { repository in
      try repository.addIssue("BUG-1")
      try repository.configure(agent: TestRepository.simpleAgent)
      try await repository.commitAll("an issue")
      #expect(try await repository.program("-r").status == 0)
      #expect(repository.exists("BUG-1.txt"))
    }
  }

  @Test("finished work does not use up --max-issues, and what waits for it runs behind it")
  func limitAndDependency() async throws {
    try await withTestRepository { repository in
      let project = EarlierWork(repository: repository)
      try repository.addIssue("BUG-2", priority: "P4", fields: ["blocked_by: [BUG-1]"])
      try repository.addIssue("BUG-3", priority: "P5")
      try await project.leave(.deferred)
      let plain = try await repository.program("--max-issues", "2", "--json", "--dry-run")
      let plan = try JSONSerialization.jsonObject(with: Data(plain.bytes)) as? [String: Any]
      let issues = plan?["issues"] as? [[String: Any]] ?? []
      #expect(issues.map { $0["id"] as? String } == ["BUG-2", "BUG-3"])
      #expect((issues.first?["held"] as? String)?.contains("BUG-1") == true)
      let output = try await repository.program("--merge-pending", "--max-issues", "1", "--json")
      #expect(output.status == 0, "\(output.errors)")
      #expect(try project.issues(output.text).map(\.id) == ["BUG-1", "BUG-2"])
      #expect(try project.issues(output.text).allSatisfy { $0.outcome == "landed" })
    }
  }
}

/// A project whose issue BUG-1 an earlier run did not land.
private struct EarlierWork {
  let repository: TestRepository

  struct Issue: Decodable {
    var id: String
    var outcome: String
    private var why: String?
    var reason: String { why ?? "" }

    enum CodingKeys: String, CodingKey {
      case id, outcome
      case why = "reason"
    }
  }

  func issues(_ json: String) throws -> [Issue] {
    struct Result: Decodable { var issues: [Issue] }
    return try JSONDecoder().decode(Result.self, from: Data(json.utf8)).issues
  }

  /// All references with what they are at; the base branch is the first.
  func references() async throws -> [String] {
    try await repository.git("for-each-ref", "--format=%(objectname) %(refname)")
      .split(separator: "\n").map(String.init)
      .sorted { ($0.hasSuffix("/main") ? 0 : 1, $0) < ($1.hasSuffix("/main") ? 0 : 1, $1) }
  }

  /// Whether one of some references has what the agent of the first run wrote.
  func holdsFirstWork(_ references: [String]) async throws -> Bool {
    for reference in references {
      guard let name = reference.split(separator: " ").last else { continue }
      let text = try await Oracle.git(
        ["show", "\(name):src/a.txt"], in: repository.root, allowFailure: true)
      if text.text.contains("first work") { return true }
    }
    return false
  }

  /// What every run leaves in order, whatever it did.
  func expectOrder() async throws {
    #expect(try await repository.git("status", "--porcelain") == "")
    try await repository.git("fsck", "--strict", "--no-dangling")
  }

  /// Lets a first run end in some way, and then the user do what has to be done to go on.
  func leave(_ left: EarlierWorkTests.Left) async throws {
    let write = "sed -i 's/^a line 3$/first work/' src/a.txt"
    let commit = "git -c commit.gpgSign=false commit --quiet --all -m first"
    let first: String =
      switch left {
      case .queued, .deferred: "\(write)\n\(commit)"
      case .conflict:
        """
        \(write)
        \(commit)
        cd "$SANDBOX/repo"
        sed -i 's/^a line 3$/a rival/' src/a.txt
        git commit --quiet --all -m rival
        """
      case .interrupted: "\(write)\necho > \"$SANDBOX/up\"\nexec sleep 1000"
      // The program is the agent's parent.
      case .killed: "\(write)\nkill -9 $PPID"
      case .failedAgent: "\(write)\nexit 1"
      case .failedVerification: "\(write)\nprintf '<<<<<<< a\\n=======\\n>>>>>>> b\\n' > new.txt"
      }
    try repository.addIssue("BUG-1")
    try repository.configure(
      agent: """
        if [ -e "$SANDBOX/second" ]; then echo again > again.txt; exit 0; fi
        \(first)
        """, settings: [#""max_merge_retries": 0"#])
    try await repository.commitAll("an issue")
    let own = "a line 3\n"
    let edited = numberedLines("a").replacing(own, with: "the user's own\n")
    if left == .deferred { try repository.write("src/a.txt", edited) }
    if left == .queued { try await killWhenItSigns() }

    let status = try await firstRun(left)
    let expected = left.isFinished || !left.isUnfinished ? 1 : left == .killed ? 137 : 130
    #expect(status == (left == .queued ? 137 : expected))

    if left == .queued { try await repository.git("config", "--unset", "commit.gpgSign") }
    if left == .deferred { try await repository.git("checkout", "--quiet", "src/a.txt") }
    if left == .conflict { try await resolve() }
    try writeFile(repository.sandbox.appending("second"), "")
  }

  private func firstRun(_ left: EarlierWorkTests.Left) async throws -> Int {
    // What waits for it, or comes after it, is not in question here.
    let arguments = ["--only", "BUG-1"]
    guard left == .interrupted else {
      return try await Program.run(arguments, in: repository.root).status
    }
    let up = repository.sandbox.appending("up")
    return try await Program.start(arguments, in: repository.root) { running in
      try await wait(for: "the agent") { pathExists(up) }
      running.send(SIGINT)
    }.output.status
  }

  /// The program that signs kills the one that has its merge signed: the work is finished by then.
  private func killWhenItSigns() async throws {
    try await repository.signWithSSH()
    let program = try repository.script(
      "sign",
      """
      if [ -e "$SANDBOX/tried" ]; then kill -9 $PPID; fi
      echo > "$SANDBOX/tried"
      exec ssh-keygen "$@"
      """)
    try await repository.git("config", "gpg.ssh.program", program.string)
  }

  private func resolve() async throws {
    let worktrees = try await repository.git("worktree", "list", "--porcelain")
    let line = try #require(worktrees.split(separator: "\n").first { $0.contains("worker-bug-1") })
    let worktree = FilePath(String(line.dropFirst("worktree ".count)))
    _ = try await Oracle.git(["merge", "main"], in: worktree, allowFailure: true)
    try writeFile(
      worktree.pushing("src/a.txt"),
      numberedLines("a").replacing("a line 3\n", with: "a rival and first work\n"))
    try await repository.git("commit", "--quiet", "--all", "--no-edit", at: worktree)
  }
}
