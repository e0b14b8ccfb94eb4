import GitEngine
import SystemPackage
import TestSupport
import Testing

/// Committing what the status lists is `git add --all && git commit`.
@Suite struct StagingTests {
  @Test(arguments: Array(stride(from: 500, to: 580, by: 8)))
  func commitsWhatGitCommits(_ first: Int) async throws {
    for seed in first..<(first + 8) {
      try await withTestRepository(empty: true) { repository in
        var state = RandomCheckout(repository, seed: seed)
        try await state.make()
        try await expectSameCommit(repository, "seed \(seed): \(state.log)")
      }
    }
  }

  private func expectSameCommit(_ repository: TestRepository, _ name: String) async throws {
    let twin = TestRepository(
      root: repository.sandbox.appending("twin"), sandbox: repository.sandbox)
    try await Oracle.run("cp", ["-a", "repo", "twin"], in: repository.sandbox)
    try await twin.git("add", "--all")
    _ = try await Oracle.git(["commit", "-q", "-m", "work"], in: twin.root, allowFailure: true)

    let made = try await repository.engine().transaction { git in
      try git.commit(
        paths: git.status().map(\.path), message: "work\n", author: TestRepository.signature,
        committer: TestRepository.signature)
    }
    let expected = try await Oracle.git(
      ["rev-parse", "-q", "--verify", "HEAD"], in: twin.root, allowFailure: true)
    guard expected.status == 0 else {
      // Nothing was there to be committed; the engine makes the empty first commit, or none.
      #expect(try await repository.git("ls-files") == "", "\(name): \(String(describing: made))")
      return
    }
    #expect(
      try await repository.git("ls-files", "--stage", "-z")
        == twin.git("ls-files", "--stage", "-z"), "\(name)")
    // Whole commits are equal: parents, tree, names and dates.
    #expect(try await repository.git("rev-parse", "HEAD") == expected.text, "\(name)")
    #expect(try await repository.git("status", "--porcelain") == "", "\(name)")
    try await repository.git("fsck", "--strict", "--no-dangling")
    try await expectSameChanges(repository, name)
  }

  /// The engine's list of changed paths against `git diff-tree`.
  private func expectSameChanges(_ repository: TestRepository, _ name: String) async throws {
    let engine = try repository.engine()
    let (old, new, changes) = try await engine.read {
      git -> (ObjectID, ObjectID, [TreeChange]) in
      guard let head = try git.head() else { return (.zero, .zero, []) }
      let commit = try git.commit(head)
      let old =
        if let parent = commit.parents.first { try git.tree(of: parent) } else {
          try git.emptyTree()
        }
      return (old, commit.tree, try git.changes(from: old, to: commit.tree))
    }
    let raw = try await repository.gitBytes(
      "diff-tree", "-r", "--raw", "-z", "--no-renames", old.description, new.description)
    var fields = raw.split(separator: 0)[...]
    var expected: [String] = []
    while let facts = fields.popFirst(), let path = fields.popFirst() {
      // ":100644 100755 <old> <new> M" without the letter.
      expected.append("\(String(decoding: facts.dropLast(2), as: UTF8.self)) \(Array(path))")
    }
    func text(_ entry: TreeEntry?) -> (mode: String, id: String) {
      let mode = String(entry?.mode.rawValue ?? 0, radix: 8)
      return (String(repeating: "0", count: 6 - mode.count) + mode, "\(entry?.id ?? .zero)")
    }
    let found = changes.map { change in
      let (old, new) = (text(change.old), text(change.new))
      return ":\(old.mode) \(new.mode) \(old.id) \(new.id) \(change.path.bytes)"
    }
    #expect(Set(found) == Set(expected), "\(name)")
    #expect(found.count == expected.count)
  }

  private func commit(
    _ repository: TestRepository, _ paths: [RepositoryPath]
  ) async throws -> ObjectID? {
    try await repository.engine().transaction { git in
      try git.commit(
        paths: paths, message: "work\n", author: TestRepository.signature,
        committer: TestRepository.signature)
    }
  }

  @Test func lineEndingsGoThroughTheFilters() async throws {
    try await withTestRepository { repository in
      try repository.write(".gitattributes", "*.txt text eol=crlf\n*.bin -text\n")
      try repository.write("crlf.txt", "one\r\ntwo\r\n")
      try repository.write("raw.bin", "one\r\ntwo\r\n")
      let made = try await commit(repository, [".gitattributes", "crlf.txt", "raw.bin"])
      #expect(made != nil)
      #expect(
        try await repository.gitBytes("cat-file", "blob", "HEAD:crlf.txt")
          == Array("one\ntwo\n".utf8))
      #expect(
        try await repository.gitBytes("cat-file", "blob", "HEAD:raw.bin")
          == Array("one\r\ntwo\r\n".utf8))
      #expect(try await repository.git("status", "--porcelain") == "")
    }
  }

  /// A directory was replaced by a link to somewhere else: what is there is not the repository's.
  @Test func nothingIsReadThroughASymbolicLink() async throws {
    try await withTestRepository { repository in
      let outside = repository.sandbox.appending("outside")
      try writeFile(outside.appending("a.txt"), "secret\n")
      removeAll(repository.root.appending("src"))
      try await Oracle.run("ln", ["-s", outside.string, "src"], in: repository.root)
      let paths = try await repository.engine().read { try $0.status().map(\.path) }
      #expect(paths.contains("src/a.txt") && paths.contains("src"))
      for order in [paths, paths.reversed()] {
        _ = try await commit(repository, order)
        #expect(
          try await repository.git("ls-tree", "-r", "--name-only", "HEAD") == "README.md\nsrc")
        #expect(try await repository.git("status", "--porcelain") == "")
      }
    }
  }

  @Test func nothingToCommitIsNil() async throws {
    try await withTestRepository { repository in
      let head = try await repository.id("HEAD")
      let made = try await commit(repository, ["README.md", "never/there"])
      #expect(made == nil)
      #expect(try await repository.id("HEAD") == head)
    }
  }

  @Test func aDetachedHeadMoves() async throws {
    try await withTestRepository { repository in
      try await repository.git("checkout", "-q", "--detach")
      try repository.write("README.md", "mine\n")
      let made = try await commit(repository, ["README.md"])
      #expect(try await repository.id("HEAD") == made)
      #expect(try await repository.git("reflog", "-1", "--format=%gs") == "commit: work")
      #expect(try await repository.id("main") != made)
    }
  }

  @Test func aLockedIndexIsAnErrorAndNothingMoves() async throws {
    try await withTestRepository { repository in
      let head = try await repository.id("HEAD")
      try repository.write("README.md", "mine\n")
      try repository.write(".git/index.lock", "")
      let error = await #expect(throws: GitError.self) {
        try await commit(repository, ["README.md"])
      }
      #expect(error?.code == .locked)
      #expect(error?.description.contains("index.lock") == true)
      #expect(try await repository.id("HEAD") == head)
    }
  }

  @Test func anUnmergedPathIsInNoCommit() async throws {
    try await withTestRepository { repository in
      let theirs = try await repository.commit(on: "main", ["README.md": "theirs\n"])
      try repository.write("README.md", "ours\n")
      let head = try await repository.commitAll("ours")
      _ = try await Oracle.git(["merge", "\(theirs)"], in: repository.root, allowFailure: true)
      try repository.write("new.txt", "new\n")
      // Its commit would lack a parent.
      let merging = await #expect(throws: GitError.self) {
        try await commit(repository, ["README.md", "new.txt"])
      }
      #expect(merging?.code == .conflict)
      #expect(merging?.message == "a merge is in progress; finish it with git")
      #expect(try await repository.git("status", "--porcelain") == "UU README.md\n?? new.txt")
      let error = await #expect(throws: GitError.self) {
        try await repository.engine().transaction { try $0.stage(["new.txt"]) }
      }
      #expect(error?.code == .conflict)
      #expect(error?.message == "'README.md' is unmerged")
      #expect(try await repository.id("HEAD") == head)
      #expect(try await repository.git("status", "--porcelain") == "UU README.md\nA  new.txt")
    }
  }

  @Test func aBareRepositoryHasNoFiles() async throws {
    try await withTestRepository { repository in
      try await repository.git("clone", "-q", "--bare", ".", "../bare")
      let bare = try GitRepository.open(repository.sandbox.appending("bare"))
      #expect(bare.mainWorktree == nil)
      let error = await #expect(throws: GitError.self) {
        try await bare.transaction { git in
          try git.commit(
            paths: [], message: "x", author: TestRepository.signature,
            committer: TestRepository.signature)
        }
      }
      #expect(error?.code == .bareRepository)
      let status = await #expect(throws: GitError.self) { try await bare.read { try $0.status() } }
      #expect(status?.code == .bareRepository)
      #expect(try await bare.read { try $0.worktrees() } == [])
    }
  }
}
