import Foundation
import GitEngine
import RunSupport
import SystemPackage
import TestSupport
import Testing

/// The commands that only look: what they say, and that they leave everything as it is.
@Suite("Looking", .timeLimit(.minutes(5)))
struct StatusTests {
  private static let agent = """
    echo "I work on $LL_ISSUE_ID"
    [ "$LL_ISSUE_ID" = BUG-1 ] || read -r _ < "$SANDBOX/gate"
    case $LL_ISSUE_ID in
    BUG-2) sed -i 1s/.*/theirs/ src/a.txt ;;
    BUG-3) echo "no idea"; exit 3 ;;
    *) echo "$LL_ISSUE_ID" > "$LL_ISSUE_ID.txt" ;;
    esac
    """

  private func prepare(_ repository: TestRepository, issues: Int) async throws -> Gate {
    try repository.configure(agent: Self.agent)
    for number in 1...issues { try repository.addIssue("BUG-\(number)", title: "Number \(number)") }
    try await repository.commitAll("issues")
    return try Gate(in: repository.sandbox)
  }

  private func object(_ output: Oracle.Output) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(output.bytes)) as? [String: Any])
  }

  @Test("after a run: what landed, what is left and what to do; nothing is written")
  func afterwards() async throws {
    try await withTestRepository { repository in
      let gate = try await prepare(repository, issues: 3)
      try gate.open(for: 2)
      try repository.write("src/a.txt", "mine\n")
      #expect(try await repository.program().status == 1)
      let before = try await repository.everything()

      let status = try await repository.program("status")
      #expect(status.status == 0 && status.errors == "")
      for part in [
        "No run is going on.", "1 of 3 done on main", "deferred    BUG-2  Number 2",
        "failed      BUG-3",
        "To land: ll-parallel --merge-pending",
      ] { #expect(status.text.contains(part), "\(part): \(status.text)") }
      let json = try object(try await repository.program("status", "--json"))
      let left = try #require(json["left"] as? [[String: Any]])
      #expect(left.map { $0["issue_id"] as? String } == ["BUG-2", "BUG-3"])
      #expect(left[0]["landing"] as? String == "deferred")
      #expect((json["run"] as? [String: Any])?["exit_code"] as? Int == 1)
      #expect(json["running"] == nil)

      let worktrees = try await repository.program("worktrees")
      #expect(
        worktrees.text.contains("finished    BUG-2  .worktrees/worker-bug-2-"), "\(worktrees.text)")
      let log = try await repository.program("log", "3")
      #expect(log.text.contains("I work on BUG-3\nno idea\n"), "\(log.text)")
      #expect(try await repository.program("doctor").status == 0)
      #expect(try await repository.everything() == before)
    }
  }

  @Test("during a run: each worker, its step and its last words; the run is not disturbed")
  func during() async throws {
    try await withTestRepository { repository in
      let gate = try await prepare(repository, issues: 5)
      try await repository.git("worktree", "add", "-q", "../mine")
      let (_, output) = try await Program.start(["-w", "2"], in: repository.root) { running in
        try await running.waitFor(message: "BUG-3: agent started")
        try await wait(for: "the agents' words") {
          let logs = repository.root.pushing(".git/ll-parallel/logs")
          guard let run = directoryNames(logs).first else { return false }
          return ["BUG-2", "BUG-3"].allSatisfy { issue in
            (try? readFile(logs.appending(run).appending("\(issue).log")))?.count ?? 0 > 40
          }
        }
        let before = try await repository.everything()
        let json = try object(try await repository.program("status", "--json"))
        #expect((json["running"] as? [String: Any])?["pid"] as? Int == Int(running.process))
        let run = try #require(json["run"] as? [String: Any])
        let workers = try #require(run["workers"] as? [[String: Any]])
        #expect(Set(workers.compactMap { $0["issue_id"] as? String }) == ["BUG-2", "BUG-3"])
        #expect(workers.allSatisfy { $0["step"] as? String == "agent" })
        #expect(
          Set(workers.compactMap { $0["last_line"] as? String }) == [
            "I work on BUG-2", "I work on BUG-3",
          ])
        #expect(run["waiting"] as? [String] == ["BUG-4", "BUG-5"])
        let ended = try #require(run["ended"] as? [[String: Any]])
        #expect(ended.map { $0["outcome"] as? String } == ["landed"])
        #expect((json["left"] as? [Any])?.isEmpty == true)
        let worktrees = try await repository.program("worktrees").text.split(separator: "\n")
        #expect(worktrees.count { $0.hasPrefix("running") } == 2, "\(worktrees)")
        #expect(worktrees.count { $0.hasPrefix("other") } == 1, "\(worktrees)")
        _ = try await repository.program("doctor")
        #expect(try await repository.everything() == before)
        try gate.open(for: 4)
      }
      #expect(output.status == 1, "\(output.errors)\(output.text)")
      #expect(output.text.contains("4 of 5 issues done"), "\(output.text)")
    }
  }

  @Test("log --follow goes on until the issue is over, and says all of it")
  func following() async throws {
    try await withTestRepository { repository in
      let gate = try await prepare(repository, issues: 2)
      _ = try await Program.start(in: repository.root) { running in
        try await running.waitFor(message: "BUG-2: agent started")
        let (_, followed) = try await Program.start(
          ["log", "BUG-2", "--follow"], in: repository.root
        ) { log in
          try await wait(for: "its first words") {
            String(decoding: try readFile(log.standardOutput), as: UTF8.self).contains(
              "I work on BUG-2")
          }
          try gate.open(for: 1)
        }
        #expect(followed.status == 0)
        #expect(followed.text.contains("exited with status 0"), "\(followed.text)")
      }
    }
  }

  @Test("worktrees that nobody knows, or whose directory is gone, are told apart")
  func strangeWorktrees() async throws {
    try await withTestRepository { repository in
      _ = try await prepare(repository, issues: 1)
      try await repository.git("worktree", "add", "-q", ".worktrees/worker-x")
      try await repository.git("worktree", "add", "-q", "../gone")
      try await repository.git("worktree", "lock", "--reason", "on a stick", "../gone")
      removeAll(repository.sandbox.appending("gone"))
      let output = try await repository.program("worktrees", "--json")
      let worktrees = try #require(try object(output)["worktrees"] as? [[String: Any]])
      let uses = worktrees.map { "\($0["branch"] ?? ""): \($0["use"] ?? "") \($0["locked"] ?? "")" }
      #expect(Set(uses) == ["worker-x: unknown ", "gone: missing on a stick"])
    }
  }

  @Test("a torn line of events, or none at all, is no reason to fail")
  func tornEvents() async throws {
    try await withTestRepository { repository in
      _ = try await prepare(repository, issues: 1)
      #expect(try await repository.program().status == 0)
      let logs = repository.root.pushing(".git/ll-parallel/logs")
      let run = try #require(directoryNames(logs).first)
      let events = logs.appending(run).appending("events.jsonl")
      let bytes = try readFile(events)
      try writeFile(events, Array(bytes.dropLast(30)))
      let torn = try await repository.program("status")
      #expect(torn.status == 0 && torn.text.contains("1 of 1 done; it was killed"), "\(torn.text)")
      removeAll(events)
      let none = try await repository.program("status")
      #expect(none.status == 0 && none.text == "No run is going on.", "\(none.text)")
    }
  }
}
