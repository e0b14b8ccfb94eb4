import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// Filters that are configured as commands, together with the filters that git brings: all that the
/// engine writes and stores is what git writes and stores.
@Suite(.timeLimit(.minutes(3)))
struct FilterOracleTests {
  static let names: [RepositoryPath] = [
    "plain.txt", "a.r13", "a.crlf", "a.id", "mixed.all", "sub/b.r13", "sub/mixed.all",
    "!before.r13", "sub/it's a name.r13",
    RepositoryPath(bytes: Array("caf".utf8) + [0xe9, 46, 114]),
  ]

  static let attributes = """
    [attr]everything filter=rot13 text eol=crlf ident
    *.r13 filter=rot13
    *.crlf text eol=crlf
    *.id ident
    *.all everything
    *.r filter=rot13 ident
    *.none filter=unknown
    """

  private func fill(_ repository: TestRepository, _ mark: String) throws {
    for (number, name) in Self.names.enumerated() {
      let end = number.isMultiple(of: 2) ? "\n" : "\r\n"
      try repository.write(
        name, "Hello \(mark) \(number)\(end)$Id$\(end)$Id: 123 $\(end)$Vq$\(end)\(end)")
    }
    try repository.write("x.none", "left alone \(mark)\n")
  }

  /// All files of a working tree with their bytes.
  private func contents(_ root: FilePath) async throws -> String {
    let script = "find . -name .git -prune -o -type f -exec sha1sum {} + | sort"
    return try await Oracle.run("sh", ["-c", script], in: root).text
  }

  @Test("a new worktree has the files that git would write, and is clean")
  func worktree() async throws {
    try await withTestRepository { repository in
      try await repository.configureRot13()
      try repository.write(".gitattributes", Self.attributes + "\n")
      try fill(repository, "one")
      try repository.write("sub/.gitattributes", "*.txt filter=rot13\n")
      try repository.write("sub/-early.txt", "early\n")
      try await repository.commitAll("filtered")
      // Only the commit has the attributes: those of the checkout must not count.
      try repository.write(".gitattributes", "\n")

      try await repository.git("worktree", "add", "-q", "-b", "gits", "../gits")
      let ours = repository.sandbox.appending("ours")
      try await repository.addWorktree(ours, "ours")
      #expect(
        try await contents(ours) == contents(repository.sandbox.appending("gits")))
      #expect(try await repository.git("status", "--porcelain", at: ours) == "")
      // Not by times alone: every file is looked at.
      try await Oracle.run(
        "sh", ["-c", "find . -name .git -prune -o -type f -exec touch -d '2020-01-01' {} +"],
        in: ours)
      #expect(try await repository.engine().read(at: ours) { try $0.status() } == [])
      #expect(try await repository.git("status", "--porcelain", at: ours) == "")
      let obstacle = try await repository.engine().removeWorktree(
        at: ours, trash: repository.sandbox.appending("trash"))
      #expect(obstacle == nil)
    }
  }

  @Test("a commit of paths stores what git stores")
  func commit() async throws {
    try await withTestRepository { repository in
      try await repository.configureRot13()
      try repository.write(".gitattributes", Self.attributes + "\n")
      try await repository.commitAll("attributes")
      try fill(repository, "one")
      let paths = Self.names + ["x.none"]
      let engine = try repository.engine()
      let snapshot = try await engine.read { git in
        try git.snapshot(
          of: paths, message: "s\n", author: TestRepository.signature,
          committer: TestRepository.signature)
      }
      try await engine.transaction { git in
        _ = try git.commit(
          paths: paths, message: "work\n", author: TestRepository.signature,
          committer: TestRepository.signature)
      }
      #expect(try await repository.git("status", "--porcelain") == "")
      let ours = try await repository.git("rev-parse", "HEAD^{tree}")
      try await repository.git("rm", "-rq", "--cached", ".")
      try await repository.git("add", "--all")
      #expect(try await repository.git("write-tree") == ours)
      let kept = try #require(snapshot)
      #expect(try await repository.git("rev-parse", "\(kept)^{tree}") == ours)
    }
  }

  @Test("a landing writes the files that git would write, and leaves the checkout clean")
  func landing() async throws {
    try await withTestRepository { repository in
      try await repository.configureRot13()
      try await repository.git("checkout", "-q", "-b", "topic")
      try repository.write(".gitattributes", Self.attributes + "\n")
      try fill(repository, "one")
      try await repository.commitAll("filtered")
      try await repository.git("worktree", "add", "-q", "--detach", "../gits")
      try await repository.git("checkout", "-q", "main")

      // First all of it with its attributes, then a change under attributes that are there.
      for mark in ["one", "two"] {
        if mark == "two" {
          try await repository.git("checkout", "-q", "topic")
          try fill(repository, "two")
          try await repository.commitAll("two")
          try await repository.git("checkout", "-q", "--detach", "topic", at: gits(repository))
          try await repository.git("checkout", "-q", "main")
        }
        let (old, new) = (try await repository.id("main"), try await repository.id("topic"))
        let request = LandingRequest(
          branch: .branch("main"), expected: old, commit: new, reflogMessage: "land",
          signature: TestRepository.signature, savedWorkPrefix: ReferenceName("refs/saved/x"))
        let outcome = try await repository.engine().transaction { try $0.land(request) }
        guard case .landed = outcome else {
          Issue.record("\(outcome)")
          return
        }
        #expect(try await contents(repository.root) == contents(gits(repository)), "\(mark)")
        #expect(try await repository.git("status", "--porcelain") == "")
        #expect(try await repository.engine().read { try $0.status() } == [])
      }
    }
  }

  private func gits(_ repository: TestRepository) -> FilePath {
    repository.sandbox.appending("gits")
  }

  @Test("an edited file with a filter is never merged line by line")
  func carry() async throws {
    try await withTestRepository { repository in
      try await repository.configureRot13()
      try repository.write(".gitattributes", "*.txt filter=rot13\n")
      try repository.write("a.txt", numberedLines("a"))
      try await repository.commitAll("filtered")
      let commit = try await repository.commit(
        on: "main", ["a.txt": numberedLines("n") + "more\n"])
      try repository.write("a.txt", "edited\n" + numberedLines("a"))
      let request = LandingRequest(
        branch: .branch("main"), expected: try await repository.id("main"), commit: commit,
        reflogMessage: "land", signature: TestRepository.signature,
        savedWorkPrefix: ReferenceName("refs/saved/x"))
      let outcome = try await repository.engine().transaction { try $0.land(request) }
      #expect(outcome == .deferred([CheckoutObstacle(path: "a.txt", reason: .notPlainText)]))
    }
  }

  @Test("what is put aside is what git puts aside, and comes back as it was")
  func stash() async throws {
    try await withTestRepository { repository in
      try await repository.configureRot13()
      try repository.write(".gitattributes", Self.attributes + "\n")
      try fill(repository, "one")
      try await repository.commitAll("filtered")
      try fill(repository, "two")
      let twin = repository.sandbox.appending("twin")
      try await Oracle.run("cp", ["-a", repository.root.string, twin.string], in: "/")
      try await repository.git("stash", "push", "-q", at: twin)
      try await repository.git("stash", "pop", "-q", at: twin)
      let theirs = try await repository.git("stash", "create")
      let engine = try repository.engine()
      let outcome = try await engine.transaction {
        try $0.pushStash(signature: TestRepository.signature)
      }
      guard case .saved(let entry) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(
        try await repository.git("rev-parse", "\(entry.id)^{tree}")
          == repository.git("rev-parse", "\(theirs)^{tree}"))
      #expect(try await repository.git("status", "--porcelain") == "")
      let applied = try await engine.transaction { try $0.popStash(entry.id) }
      #expect(applied == .applied)
      #expect(try await contents(repository.root) == contents(twin))
    }
  }

  @Test("a command that fails has git's consequence, in both directions", arguments: [false, true])
  func failing(_ required: Bool) async throws {
    try await withTestRepository { repository in
      try repository.write(".git/info/attributes", "*.x filter=f\n")
      try repository.write("a.x", "Hello\n")
      try await repository.commitAll("plain")
      try await repository.git("config", "filter.f.required", "\(required)")
      try await repository.git("config", "filter.f.clean", "echo sorry for %f >&2; exit 5")
      try await repository.git("config", "filter.f.smudge", "echo sorry for %f >&2; exit 5")
      try repository.write("a.x", "Hello 2\n")
      let raw = try await repository.git("hash-object", "--no-filters", "a.x")
      do {
        #expect(try await repository.engineCommit("a.x")?.description == raw)
        #expect(!required)
      } catch let error as GitError {
        #expect(required && error.code == .filter)
        #expect(error.description.contains("status 5: sorry for a.x"), "\(error)")
        #expect(error.description.contains("clean 'a.x' with the filter 'f'"), "\(error)")
      }
      let path = repository.sandbox.appending("wt")
      do {
        try await repository.addWorktree(path, "topic")
        #expect(!required)
      } catch let error as GitError {
        #expect(required && error.code == .filter, "\(error)")
        #expect(!pathExists(path))
        #expect(try await repository.git("worktree", "list").contains("wt") == false)
      }
    }
  }

  @Test("a filter that reads nothing and one that writes much")
  func pipes() async throws {
    try await withTestRepository { repository in
      try repository.write(".git/info/attributes", "*.x filter=f\n")
      try await repository.git("config", "filter.f.clean", "echo short")
      try repository.write("a.x", [UInt8](repeating: 66, count: 5_000_000))
      try await repository.engineCommit("a.x")
      #expect(try await repository.git("cat-file", "blob", "HEAD:a.x") == "short")
      try await repository.git(
        "config", "filter.f.clean", "head -c 9000000 /dev/zero >&2; cat; cat %f")
      try repository.write("b.x", [UInt8](repeating: 67, count: 5_000_000))
      try await repository.engineCommit("b.x")
      #expect(try await repository.git("cat-file", "-s", "HEAD:b.x") == "10000000")
    }
  }
}
