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

  @Test("the landing that is under way is finished; what is queued behind it waits for --resume")
  func landingIsFinished() async throws {
    try await withTestRepository { repository in
      for number in 1...3 { try repository.addIssue("BUG-\(number)") }
      try repository.configure(
        agent: """
          [ "$LL_ISSUE_ID" != BUG-3 ] || { echo part > part.txt; echo > "$SANDBOX/up"; exec sleep 1000; }
          echo "done" > "$LL_ISSUE_ID.txt"
          git add . && git -c commit.gpgSign=false commit --quiet -m work
          """, settings: [#""max_workers": 3"#, #""timeout_kill_grace_seconds": 50"#])
      try await repository.commitAll("three issues")
      // The first signature is a trial, the second one is for the first merge: it takes its time.
      try await repository.signWithSSH()
      let signer = try repository.script(
        "sign",
        """
        if [ -e "$SANDBOX/tried" ] && [ ! -e "$SANDBOX/signing" ]; then
          echo > "$SANDBOX/signing"
          read -r _ < "$SANDBOX/gate"
        fi
        echo > "$SANDBOX/tried"
        exec ssh-keygen "$@"
        """)
      try await repository.git("config", "gpg.ssh.program", signer.string)
      let gate = try Gate(in: repository.sandbox)
      let (_, output) = try await Program.start(["--verbose"], in: repository.root) { running in
        try await wait(for: "the third agent") {
          pathExists(repository.sandbox.appending("up"))
        }
        try await wait(for: "the first merge") {
          pathExists(repository.sandbox.appending("signing"))
        }
        try await wait(for: "the second one behind it") {
          let said = try String(decoding: readFile(running.standardError), as: UTF8.self)
          return said.split(separator: "\n").count { $0.hasSuffix("landing queued") } == 2
        }
        running.send(SIGTERM)
        try await running.waitFor(message: "stopping the agents, which have 50 s for it")
        try gate.open(for: 1)
      }
      #expect(output.status == 143, "\(output.errors)\(output.text)")
      let outcomes = output.text.split(separator: "\n").compactMap { line -> String? in
        let words = line.split(separator: " ")
        return words.count > 1 && words[1].hasPrefix("BUG-") ? String(words[0]) : nil
      }
      #expect(outcomes.sorted() == ["deferred", "interrupted", "landed"], "\(output.text)")
      #expect(output.text.contains("ll-parallel --resume"))
      let subjects = try await repository.git("log", "--first-parent", "--format=%s", "main")
      #expect(subjects.split(separator: "\n").count { $0.hasPrefix("merge BUG-") } == 1)
      #expect(try await repository.git("status", "--porcelain") == "")

      try repository.configure(agent: "echo again > again.txt")
      try await repository.git("commit", "--quiet", "--all", "-m", "agent")
      let resumed = try await repository.program("--resume")
      #expect(resumed.status == 0, "\(resumed.errors)\(resumed.text)")
      #expect(repository.text(of: "BUG-1.txt") != nil && repository.text(of: "BUG-2.txt") != nil)
      #expect(
        repository.text(of: "again.txt") == "again\n" && repository.text(of: "part.txt") == nil)
      #expect(try await repository.git("show", "refs/ll/saved/bug-3/1:part.txt") == "part")
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
