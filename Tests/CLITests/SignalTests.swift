import RunSupport
import SystemPackage
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

@Suite("Signals", .timeLimit(.minutes(10)))
struct SignalTests {
  /// Two agents that note their processes, leave some work, and then wait for ever.
  private func prepare(_ repository: TestRepository, trap: String) async throws {
    try repository.addIssue("BUG-1", priority: "P1")
    try repository.addIssue("FEAT-2", priority: "P1")
    try repository.configure(
      agent: """
        if [ -e "$SANDBOX/second" ]; then
          echo done > "$LL_ISSUE_ID.txt"
          exit 0
        fi
        trap '\(trap)' TERM
        echo begun > "$LL_ISSUE_ID.partial"
        sleep 1000 &
        echo "$$ $!" > "$SANDBOX/pids-$LL_ISSUE_ID.new"
        mv "$SANDBOX/pids-$LL_ISSUE_ID.new" "$SANDBOX/pids-$LL_ISSUE_ID"
        while :; do wait || :; done
        """, settings: ["\"timeout_kill_grace_seconds\": 50"])
    try await repository.commitAll("two issues")
  }

  private func processes(_ repository: TestRepository) async throws -> [Int32] {
    var all: [Int32] = []
    for id in ["BUG-1", "FEAT-2"] {
      let file = repository.sandbox.appending("pids-\(id)")
      try await wait(for: "the agent of \(id)") { pathExists(file) }
      let text = try String(decoding: readFile(file), as: UTF8.self)
      all += text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
    }
    return all
  }

  @Test(
    "a signal ends the agents in order, their work is kept, and the next run does the issues",
    arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)])
  func interrupted(signal: Int32, status: Int) async throws {
    try await withTestRepository { repository in
      try await prepare(repository, trap: "echo bye > \"$LL_ISSUE_ID.bye\"; exit 1")
      let before = try await repository.git("rev-parse", "main")
      let (agents, output) = try await Program.start(in: repository.root) { running in
        let agents = try await processes(repository)
        running.send(signal)
        return agents
      }
      #expect(output.status == status, "\(output.errors)")
      #expect(agents.count == 4)
      for agent in agents { #expect(!isAlive(agent), "process \(agent) still runs") }
      #expect(try await repository.git("rev-parse", "main") == before)
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(try await repository.git("branch", "--format=%(refname)") == "refs/heads/main")
      for id in ["BUG-1", "FEAT-2"] {
        let saved = try await repository.git(
          "for-each-ref", "--format=%(refname)", "refs/ll/saved/\(id.lowercased())")
        #expect(!saved.isEmpty && !saved.contains("\n"), "saved for \(id): '\(saved)'")
        #expect(try await repository.git("show", "\(saved):\(id).partial") == "begun")
        #expect(try await repository.git("show", "\(saved):\(id).bye") == "bye")
        #expect(output.text.contains(saved))
      }

      try writeFile(repository.sandbox.appending("second"), "")
      let second = try await repository.program()
      #expect(second.status == 0, "\(second.errors)\(second.text)")
      #expect(repository.text(of: "BUG-1.txt") == "done\n")
      #expect(repository.text(of: "FEAT-2.txt") == "done\n")
      #expect(try await repository.git("rev-list", "--first-parent", "--count", "main") == "4")
    }
  }

  @Test("a second signal kills agents that do not listen")
  func secondSignal() async throws {
    try await withTestRepository { repository in
      try await prepare(repository, trap: "")
      let clock = ContinuousClock.now
      let (agents, output) = try await Program.start(in: repository.root) { running in
        let agents = try await processes(repository)
        running.send(SIGINT)
        try await running.waitFor(message: "Again")
        for agent in agents { #expect(isAlive(agent)) }
        running.send(SIGINT)
        return agents
      }
      #expect(output.status == 130, "\(output.errors)")
      #expect(clock.duration(to: .now) < .seconds(45), "the grace was waited for")
      for agent in agents { #expect(!isAlive(agent), "process \(agent) still runs") }
      #expect(try await repository.git("status", "--porcelain") == "")
    }
  }

  /// Whether a process runs; a zombie does not.
  private func isAlive(_ process: Int32) -> Bool {
    guard kill(process, 0) == 0 else { return false }
    guard let status = try? readFile(FilePath("/proc/\(process)/stat")) else { return true }
    // "pid (name) state …"; the name may hold anything, also parentheses.
    let text = String(decoding: status, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return true }
    return text[end...].dropFirst(2).first != "Z"
  }
}
