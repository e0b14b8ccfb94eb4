import GitEngine
import SystemPackage
import TestSupport
import Testing

/// What a signing program may do wrong, and what it may do.
@Suite(.timeLimit(.minutes(2)))
struct SigningProgramTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Lines of shell.
    var script: String
    /// A part of the error; `nil` when it is to succeed.
    var says: String?

    init(_ name: String, _ script: String, says: String? = nil) {
      testDescription = name
      self.script = script
      self.says = says
    }
  }

  static let created = "echo '[GNUPG:] SIG_CREATED D' >&2"
  static let megabytes = "head -c 9000000 /dev/zero | tr '\\0' x"

  static let cases = [
    Case("a good one", "cat; \(created)"),
    Case("exits with its words", "echo 'no key today' >&2; exit 2", says: "status 2: no key today"),
    Case("exits wrongly after success", "cat; \(created); exit 1", says: "status 1"),
    Case("says nothing", "cat", says: "did not say"),
    Case("says it in other words", "cat; echo 'x [GNUPG:] SIG_CREATED D' >&2", says: "did not say"),
    Case("makes nothing", created, says: "no signature"),
    Case("is killed", "echo dying >&2; kill -9 $$", says: "signal 9: dying"),
    Case("talks much", "\(megabytes) >&2; echo >&2; cat; \(created)"),
    Case("talks much and fails", "\(megabytes) >&2; exit 1", says: "status 1"),
    Case("signs much", "\(megabytes); \(created)", says: "too long"),
    Case("leaves a process with its pipes", "cat; sleep 100 & \(created)"),
    Case("closes its pipes first", "cat; \(created); exec >&- 2>&-; sleep 0.1"),
    Case(
      "has all signals", "cat; \(created); grep -q 'SigBlk:.0000000000000000' /proc/self/status"),
    Case("reads no input", "echo text; \(created)"),
  ]

  private func check(
    _ repository: TestRepository, _ program: String, patience: Duration = .seconds(60)
  ) async throws -> GitError? {
    try await repository.git("config", "gpg.program", program)
    return try await repository.engine().read { git in
      var signer = try #require(try git.commitSigner(always: true))
      signer.patience = patience
      do throws(GitError) { try signer.check() } catch { return error }
      return nil
    }
  }

  @Test(arguments: cases)
  func program(_ test: Case) async throws {
    try await withTestRepository { repository in
      let started = ContinuousClock.now
      let error = try await check(repository, repository.script("sign", test.script).string)
      if let part = test.says {
        #expect(error?.code == .signing)
        #expect(error?.operation.contains("sign'") == true)
        #expect(error?.message.contains(part) == true, "\(String(describing: error))")
        #expect((error?.message.utf8.count ?? 0) < 2000)
      } else {
        #expect(error == nil)
      }
      #expect(ContinuousClock.now - started < .seconds(50))
    }
  }

  @Test("a program that cannot be started")
  func cannotStart() async throws {
    try await withTestRepository { repository in
      for program in ["no-such-program", "/no/such/program"] {
        let error = try await check(repository, program)
        #expect(error?.code == .signing)
        #expect(error?.description.contains("'\(program)': No such file") == true)
      }
      try writeFile(repository.sandbox.appending("plain"), "text")
      let error = try await check(repository, "\(repository.sandbox)/plain")
      #expect(error?.message.contains("denied") == true)
    }
  }

  @Test("a script that names no interpreter, by a path from the checkout")
  func noInterpreter() async throws {
    try await withTestRepository { repository in
      try writeFile(
        repository.root.appending("sign"), "cat\n\(Self.created)\n", executable: true)
      #expect(try await check(repository, "./sign") == nil)
    }
  }

  @Test("a program that takes too long is stopped with all that it started")
  func tooLong() async throws {
    try await withTestRepository { repository in
      let program = try repository.script(
        "sign", "export SIGNING_MARK='\(repository.sandbox)'; trap '' TERM; sleep 100 & sleep 100")
      let error = try await check(repository, program.string, patience: .milliseconds(300))
      #expect(error?.code == .signing)
      #expect(error?.message.contains("took longer") == true, "\(String(describing: error))")
      try await wait(for: "the end of the processes") {
        processes(withEnvironment: "SIGNING_MARK=\(repository.sandbox)").isEmpty
      }
    }
  }

  @Test("a signature that fails stores no commit")
  func storesNothing() async throws {
    try await withTestRepository { repository in
      let program = try repository.script("sign", "exit 1")
      try await repository.git("config", "gpg.program", program.string)
      try await repository.git("config", "commit.gpgSign", "true")
      let before = try await repository.git("count-objects", "-v")
      await #expect(throws: GitError.self) { try await SigningTests.signedCommit(repository) }
      #expect(try await repository.git("count-objects", "-v") == before)
    }
  }

  @Test("programs started side by side have no pipe but their own")
  func descriptors() async throws {
    try await withTestRepository { repository in
      let program = try repository.script(
        "sign",
        """
        ls -l /proc/$$/fd > "$SANDBOX/pipes-$$"
        cat; \(Self.created)
        """)
      try await repository.git("config", "gpg.program", program.string)
      let engine = try repository.engine()
      let signer = try #require(try await engine.read { try $0.commitSigner(always: true) })
      try await withThrowingTaskGroup { group in
        for _ in 0..<24 { group.addTask { try await engine.read { _ in try signer.check() } } }
        try await group.waitForAll()
      }
      // By pipe, how often it is open: once, or in all if the tests themselves were given it.
      let counts = try await Oracle.run(
        "sh",
        [
          "-c",
          "grep -oh 'pipe:.*' '\(repository.sandbox)'/pipes-* | sort | uniq -c | awk '{print $1}'",
        ], in: "/"
      ).text.split(separator: "\n").compactMap { Int($0) }
      #expect(counts.count { $0 == 1 } == 48, "\(counts)")
      #expect(counts.allSatisfy { $0 == 1 || $0 % 24 == 0 }, "\(counts)")
    }
  }
}
