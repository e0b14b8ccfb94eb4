import GitEngine
import SystemPackage
import TestSupport
import Testing

/// Commits that the engine signs are the ones that `git` would make, and `git` accepts them.
@Suite(.timeLimit(.minutes(2)))
struct SigningTests {
  /// A commit of HEAD's tree on top of HEAD, signed as the configuration says.
  static func signedCommit(
    _ repository: TestRepository, message: String = "work\n"
  ) async throws -> ObjectID {
    try await repository.engine().read { git in
      let head = try #require(try git.head())
      return try git.createCommit(
        tree: git.tree(of: head), parents: [head], message: message,
        author: TestRepository.signature, committer: TestRepository.signature,
        signer: git.commitSigner())
    }
  }

  @Test(
    "signatures of an ed25519 key are a function of the text: the very commit that git makes",
    arguments: [
      "work\n", "a summary\n\nIssue: BUG-1\nLL-Run: 1\n", "gpgsig none\n\n\n\nä \u{1F511} end\n",
    ])
  func sameAsGit(message: String) async throws {
    try await withTestRepository { repository in
      try await repository.signWithSSH()
      let file = repository.sandbox.appending("message")
      try writeFile(file, message)
      let ours = try await Self.signedCommit(repository, message: message)
      let theirs = try await repository.git(
        "commit-tree", "-S", "-p", "HEAD", "-F", file.string, "HEAD^{tree}")
      #expect(ours.description == theirs)
      try await repository.git("verify-commit", "\(ours)")
      #expect(try await repository.git("fsck", "--strict", "--no-dangling") == "")
    }
  }

  @Test("a key beside the public one, by a path below the home or the checkout")
  func keyFiles() async throws {
    try await withTestRepository { repository in
      let key = try await repository.signWithSSH()
      for name in ["\(key.file).pub", "../key"] {
        try await repository.git("config", "user.signingKey", name)
        try await repository.git("verify-commit", "\(Self.signedCommit(repository))")
      }
      try await repository.git("config", "user.signingKey", "~/some/key")
      let signer = try await repository.engine().read { try git($0) }
      #expect(signer?.key.hasPrefix("/") == true && signer?.key.hasSuffix("/some/key") == true)
      #expect(signer?.key.contains("~") == false)
    }
  }

  private func git(_ session: borrowing GitSession<Reading>) throws -> CommitSigner? {
    try session.commitSigner()
  }

  @Test(
    "a literal key goes to the program as a file, and nothing of it stays",
    arguments: ["key::", ""])
  func literalKey(prefix: String) async throws {
    try await withTestRepository { repository in
      let key = try await repository.signWithSSH()
      let program = try repository.script(
        "sign",
        """
        [ "$#" = 7 ] && [ "$1 $2 $3 $4 $5" = "-Y sign -n git -f" ] || exit 9
        cat "$6" > "$SANDBOX/given"; stat -c %a "$6" "$(dirname "$6")" >> "$SANDBOX/given"
        echo "$7" > "$SANDBOX/buffer"
        exec ssh-keygen -Y sign -n git -f "$SANDBOX/key" "$7"
        """)
      try await repository.git("config", "gpg.ssh.program", program.string)
      try await repository.git("config", "user.signingKey", prefix + key.publicKey)
      let commit = try await Self.signedCommit(repository)
      // Git would check the signature with the script, too.
      try await repository.git("config", "--unset", "gpg.ssh.program")
      try await repository.git("verify-commit", "\(commit)")
      #expect(
        try text(repository.sandbox.appending("given")) == "\(key.publicKey)\n600\n700\n")
      let buffer = try text(repository.sandbox.appending("buffer")).dropLast()
      #expect(!pathExists(FilePath(String(buffer)).removingLastComponent()))
    }
  }

  private func text(_ file: FilePath) throws -> String {
    String(decoding: try readFile(file), as: UTF8.self)
  }

  static let hasGPG = ["/usr/bin/gpg", "/usr/local/bin/gpg", "/opt/homebrew/bin/gpg"].contains {
    pathExists(FilePath($0))
  }

  @Test("gpg itself", .enabled(if: hasGPG))
  func realGPG() async throws {
    try await withTestRepository { repository in
      let home = repository.sandbox.appending("gnupg")
      try makeDirectories(home)
      try await Oracle.run("chmod", ["700", home.string], in: "/")
      let program = try repository.script("gpg", "exec gpg --homedir '\(home)' \"$@\"")
      try await Oracle.run(
        program.string,
        [
          "--batch", "--quiet", "--passphrase", "", "--quick-gen-key",
          "Test <test@example.com>", "ed25519", "sign",
        ], in: repository.root)
      try await repository.git("config", "gpg.program", program.string)
      try await repository.git("config", "commit.gpgSign", "true")
      let commit = try await Self.signedCommit(repository)
      try await repository.git("verify-commit", "\(commit)")
      #expect(try await repository.git("log", "-1", "--format=%G?", "\(commit)") == "G")
      try await repository.git("config", "user.signingKey", "nobody@example.com")
      let signer = try #require(try await repository.engine().read { try git($0) })
      let error = #expect(throws: GitError.self) { try signer.check() }
      #expect(error?.code == .signing)
      #expect(error?.message.contains("secret key") == true, "\(String(describing: error))")
      try await Oracle.run("gpgconf", ["--homedir", home.string, "--kill", "all"], in: "/")
    }
  }

  static let programs = [
    ("gpg.program", "openpgp"), ("gpg.openpgp.program", "openpgp"), ("gpg.x509.program", "x509"),
  ]

  @Test(
    "the program gets git's arguments, the commit as its input, and the checkout",
    arguments: programs)
  func scripted(variable: String, format: String) async throws {
    try await withTestRepository { repository in
      let program = try repository.script(
        "sign",
        """
        printf '%s\\n' "$PWD" "$@" > "$SANDBOX/arguments"; cat > "$SANDBOX/input"
        printf -- '-----BEGIN-----\\r\\n\\r\\nabc\\n-----END-----\\r\\n'
        echo "[GNUPG:] SIG_CREATED D 22 10 00 1 ABC" >&2
        """)
      try await repository.git("config", variable, program.string)
      try await repository.git("config", "gpg.format", format)
      #expect(try await repository.engine().read { try git($0) } == nil)
      try await repository.git("config", "commit.gpgSign", "yes")
      let commit = try await Self.signedCommit(repository)
      #expect(
        try text(repository.sandbox.appending("arguments"))
          == "\(repository.root)\n--status-fd=2\n-bsau\nTest <test@example.com>\n")
      let header = "gpgsig -----BEGIN-----\n \n abc\n -----END-----\n"
      let stored = try await repository.git("cat-file", "commit", "\(commit)") + "\n"
      #expect(stored.contains("\n\(header)\nwork\n"))
      #expect(
        stored.replacing(header, with: "") == (try text(repository.sandbox.appending("input"))))
      try await repository.git("config", "user.signingKey", "ABC123")
      #expect(try await repository.engine().read { try git($0) }?.key == "ABC123")
    }
  }

  @Test("only the configuration decides whether there is a signer, and errors name the variable")
  func configuration() async throws {
    try await withTestRepository { repository in
      let engine = try repository.engine()
      let signer = try await engine.read { try $0.commitSigner(always: true) }
      #expect(signer?.program == "gpg" && signer?.format == .openPGP)
      #expect(signer?.key == "Test <test@example.com>")
      try await repository.git("config", "gpg.format", "ssh")
      #expect(try await engine.read { try $0.commitSigner() } == nil)
      for (format, part) in [("ssh", "user.signingKey"), ("pgp", "gpg.format")] {
        try await repository.git("config", "gpg.format", format)
        do {
          _ = try await engine.read { try $0.commitSigner(always: true) }
          Issue.record("no error")
        } catch let error as GitError {
          #expect(error.code == .signing && error.message.contains(part), "\(error)")
        }
      }
    }
  }
}
