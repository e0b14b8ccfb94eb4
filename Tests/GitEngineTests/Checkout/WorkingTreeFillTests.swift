import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// New working trees: files, index and what must never be written.
@Suite struct WorkingTreeFillTests {
  @Test("files, modes, links and index are those of git", arguments: ["2", "4"])
  func likeGit(_ version: String) async throws {
    for seed in 1...12 {
      try await withTestRepository(empty: true) { repository in
        var state = RandomCheckout(repository, seed: seed, kind: .everything)
        try await state.make()
        let added = try await Oracle.git(["add", "--all"], in: repository.root, allowFailure: true)
        guard added.status == 0 else { return }
        try await repository.git("commit", "-q", "--allow-empty", "-m", "all")
        try await repository.git("config", "index.version", version)
        let sparse = try await repository.git("config", "--default", "false", "core.sparseCheckout")
        guard sparse != "true" else { return }
        try await repository.git("worktree", "add", "-q", "--detach", "../gits")
        let (ours, gits) = (
          repository.sandbox.appending("ours"), repository.sandbox.appending("gits")
        )
        try await repository.addWorktree(ours, "ours")
        #expect(
          try await Oracle.files(below: ours) == Oracle.files(below: gits),
          "seed \(seed): \(state.history)")
        for arguments in [["ls-files", "--stage", "-z"], ["status", "--porcelain=v2", "-z"]] {
          let (left, right) = (
            try await Oracle.git(arguments, in: ours).bytes,
            try await Oracle.git(arguments, in: gits).bytes
          )
          #expect(left == right, "seed \(seed), \(arguments)")
        }
        // The cached trees are taken for what the index says.
        #expect(
          try await repository.git("write-tree", at: ours)
            == repository.git("rev-parse", "HEAD^{tree}"))
        #expect(try await Oracle.git(["fsck"], in: ours, allowFailure: true).status == 0)
        let first = try readFile(
          repository.root.appending(".git/worktrees/ours/index")
        ).prefix(8)
        #expect(first.last == (version == "4" ? 4 : 2))
      }
    }
  }

  /// Trees that git itself would not make; `git mktree` checks nothing.
  static let dangerousPaths: [(mode: String, path: String)] = [
    ("100644", ".git/hooks/post-checkout"), ("100644", ".GIT/config"), ("100644", "src/.git/x"),
    ("100644", "../outside"), ("100644", "."), ("100644", "a/../b"), ("100644", "git~1/config"),
    ("100644", ".git /config"), ("100644", ".git./config"), ("100644", ".git::$INDEX/x"),
    ("100644", ".g\u{200c}it/config"), ("120000", ".gitmodules"), ("120000", ".git"),
  ]

  @Test("nothing is written outside or into .git", arguments: dangerousPaths)
  func dangerous(_ mode: String, _ path: String) async throws {
    try await withTestRepository { repository in
      let old = try await repository.id("main")
      let blob = try await repository.git("rev-parse", "HEAD:README.md")
      // Trees from the file upwards.
      var names = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      var line = "\(mode) blob \(blob)\t\(names.removeLast())"
      var tree = ""
      while true {
        tree = try await Oracle.run(
          "sh", ["-c", "printf '%s\\n' \"$1\" | git mktree", "sh", line], in: repository.root
        ).text
        guard let name = names.popLast() else { break }
        line = "040000 tree \(tree)\t\(name)"
      }
      let commit = try await repository.git("commit-tree", "-p", "main", "-m", "bad", tree)
      let bad = try #require(ObjectID(hex: commit))
      let engine = try repository.engine()
      let before = try await Oracle.files(below: repository.root.appending(".git/hooks"))

      let worktree = repository.sandbox.appending("wt")
      let adding = await #expect(throws: GitError.self) {
        try await engine.addWorktree(
          at: worktree, checkingOut: .detached(bad), signature: TestRepository.signature)
      }
      #expect(adding?.code == .invalidName, "\(String(describing: adding))")
      #expect(!pathExists(worktree))
      let landing = await #expect(throws: GitError.self) {
        try await engine.transaction {
          try $0.land(
            LandingRequest(
              branch: .branch("main"), expected: old, commit: bad, reflogMessage: "land",
              signature: TestRepository.signature, savedWorkPrefix: ReferenceName("refs/saved/x")))
        }
      }
      #expect(landing?.code == .invalidName, "\(String(describing: landing))")
      let switching = await #expect(throws: GitError.self) {
        try await engine.transaction {
          try $0.switchCheckout(to: .detached(bad), signature: TestRepository.signature)
        }
      }
      #expect(switching?.code == .invalidName, "\(String(describing: switching))")
      #expect(try await Oracle.files(below: repository.root.appending(".git/hooks")) == before)
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(try await repository.id("main") == old)
    }
  }

  @Test("checksums are those of sha1sum")
  func checksums() async throws {
    try await withSandbox { sandbox in
      for count in [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 1000, 100_000] {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try writeFile(sandbox.appending("file"), bytes)
        let expected = try await Oracle.run("sha1sum", ["file"], in: sandbox).text.prefix(40)
        for uses in Set([false, SHA1.hasInstructions]) {
          let found = bytes.withUnsafeBytes { SHA1.hash($0, usingInstructions: uses) }
          let digits = Array("0123456789abcdef")
          let text = String(found.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
          #expect(text == expected, "\(count), by instructions: \(uses)")
        }
      }
    }
  }
}
