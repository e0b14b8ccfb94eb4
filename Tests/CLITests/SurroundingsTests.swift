import RunSupport
import SystemPackage
import TestSupport
import Testing

/// What surrounds a run: other runs, closed outputs, strange names.
@Suite("Surroundings", .timeLimit(.minutes(10)))
struct SurroundingsTests {
  /// A repository with one issue, whose agent waits at the gate.
  private func prepare(_ repository: TestRepository) async throws {
    try repository.addIssue("BUG-1")
    try repository.configure(
      agent: """
        echo up > "$SANDBOX/up"
        read -r _ < "$SANDBOX/gate"
        echo done > "$LL_ISSUE_ID.txt"
        """)
    try await repository.commitAll("one issue")
  }

  @Test("a second run says who holds the repository; looking is allowed and writes nothing")
  func twoRuns() async throws {
    try await withTestRepository { repository in
      try await prepare(repository)
      let gate = try Gate(in: repository.sandbox)
      let (_, first) = try await Program.start(in: repository.root) { running in
        try await wait(for: "the agent") { pathExists(repository.sandbox.appending("up")) }
        let before = try await repository.everything()

        let second = try await repository.program()
        #expect(second.status == 3)
        #expect(second.errors.contains("process \(running.process) on "), "\(second.errors)")
        #expect(second.errors.contains(", since 2"))

        let look = try await repository.program("--dry-run")
        #expect(look.status == 0)
        #expect(look.text.contains("BUG-1"))
        #expect(try await repository.everything() == before)
        try gate.open(for: 1)
      }
      #expect(first.status == 0, "\(first.errors)\(first.text)")
      #expect(repository.text(of: "BUG-1.txt") == "done\n")
    }
  }

  @Test(
    "nobody listens: the run goes on to its end",
    arguments: [
      "exec >&- 2>&-", "exec >&-", "exec 2>&-", "exec <&- >&- 2>&-", "exec >/dev/full 2>/dev/full",
    ])
  func closedOutput(redirection: String) async throws {
    try await withTestRepository { repository in
      try repository.configure(agent: TestRepository.simpleAgent)
      for number in 1...3 { try repository.addIssue("BUG-\(number)") }
      try await repository.commitAll("three issues")
      for arguments in [
        ["--only", "1"], ["--only", "2", "--json"], ["-o", "3", "--events", "-"],
      ] {
        let line = "\(redirection); exec \"$@\""
        let output = try await Oracle.run(
          "sh", ["-c", line, "sh", try Program.executable().string] + arguments,
          in: repository.root, environment: Program.isolation, allowFailure: true)
        #expect(output.status == 0, "\(arguments) \(output.errors)\(output.text)")
      }
      for number in 1...3 { #expect(repository.text(of: "BUG-\(number).txt") != nil) }
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(try await repository.git("fsck", "--strict", "--no-dangling") == "")
    }
  }

  @Test("a reader that goes away ends neither the run nor its agents' work")
  func readerGone() async throws {
    try await withTestRepository { repository in
      try await prepare(repository)
      let gate = try Gate(in: repository.sandbox)
      // The reader ends after the first event; the agent is let through only then.
      let script = """
        { "$1" --events - 2>&1; echo $? > "$2/status"; } | { head -n 1; exec <&-; echo > "$2/gate"; }
        """
      try await Oracle.run(
        "sh", ["-c", script, "sh", try Program.executable().string, repository.sandbox.string],
        in: repository.root, environment: Program.isolation)
      withExtendedLifetime(gate) {}
      let status = try readFile(repository.sandbox.appending("status"))
      #expect(String(decoding: status, as: UTF8.self) == "0\n")
      #expect(repository.text(of: "BUG-1.txt") == "done\n")
    }
  }

  #if os(Linux)
    @Test("agents get every signal as usual")
    func agentSignals() async throws {
      try await withTestRepository { repository in
        try repository.addIssue("BUG-1")
        try repository.configure(agent: "grep SigIgn /proc/self/status > signals.txt")
        try await repository.commitAll("one issue")
        let output = try await repository.program()
        #expect(output.status == 0, "\(output.errors)\(output.text)")
        let line = try #require(repository.text(of: "signals.txt")).dropLast()
        let ignored = try #require(UInt64(line.suffix(16), radix: 16))
        // The C library has two signals of its own behind the first 31.
        #expect(ignored & 0x7FFF_FFFF == 0)
      }
    }

    @Test("names that are not UTF-8 are landed byte for byte")
    func strangeNames() async throws {
      try await withTestRepository { repository in
        let name = FilePath(platformString: [0x63, 0x61, 0x66, CChar(bitPattern: 0xE9), 0])
        let file = repository.root.pushing(name)
        try writeFile(file, numberedLines("x"))
        try repository.addIssue("BUG-1")
        try repository.configure(
          agent: """
            name=$(printf 'caf\\351')
            sed 's/x line 7$/x line seven/' "$name" > new
            cat new > "$name"
            rm new
            echo more > "$name-2"
            """)
        try await repository.commitAll("one issue")
        let output = try await repository.program()
        #expect(output.status == 0, "\(output.errors)\(output.text)")
        let text = String(decoding: try readFile(file), as: UTF8.self)
        #expect(text.contains("x line seven\n"))
        #expect(try await repository.git("status", "--porcelain") == "")
        let tracked = try await repository.gitBytes("ls-files", "-z")
        #expect(tracked.split(separator: 0).contains(Array("caf".utf8)[...] + [0xE9, 0x2D, 0x32]))
      }
    }
  #endif

  @Test("where there is no place for temporary files, that is a failure to sign")
  func noTemporaryDirectory() async throws {
    try await withTestRepository { repository in
      try repository.configure(agent: TestRepository.simpleAgent)
      try repository.addIssue("BUG-1")
      try await repository.commitAll("one issue")
      try await repository.git("config", "commit.gpgSign", "true")
      let output = try await repository.program(environment: ["TMPDIR": "/no/such"])
      #expect(output.status == 3, "\(output.errors)")
      #expect(output.errors.contains("commits cannot be signed: "), "\(output.errors)")
      #expect(output.errors.contains("temporary directory in /no/such"), "\(output.errors)")
    }
  }
}
