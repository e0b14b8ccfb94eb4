import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// In a sparse checkout in cone mode nothing happens to files that are not there.
@Suite struct SparseCheckoutTests {
  /// `src/deep` is there, and the files of `src` and of the root; `other` is not.
  private func withSparseRepository(
    _ body: (TestRepository) async throws -> Void
  ) async throws {
    try await withTestRepository { repository in
      try repository.write("other/x.txt", "x\n")
      try repository.write("src/else/y.txt", "y\n")
      try await repository.commitAll("more")
      try await repository.git("sparse-checkout", "set", "--cone", "src/deep")
      #expect(!repository.exists("other/x.txt") && !repository.exists("src/else/y.txt"))
      try await body(repository)
    }
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

  @Test func noDeletionIsCommittedThatNobodyMade() async throws {
    try await withSparseRepository { repository in
      let status = try await repository.engine().read { try $0.status() }
      #expect(status == [])
      let named = try await commit(repository, ["other/x.txt", "src/else/y.txt"])
      #expect(named == nil)
      try repository.write("src/deep/c.txt", "mine\n")
      let made = try await commit(repository, ["src/deep/c.txt", "other/x.txt"])
      #expect(made != nil)
      #expect(try await repository.git("ls-tree", "-r", "--name-only", "HEAD").contains("other/x"))
      #expect(try await repository.git("status", "--porcelain") == "")
    }
  }

  /// As `git add`: what is outside is left, though its file is there and `status` shows it.
  @Test func filesOutsideAreNotStaged() async throws {
    try await withSparseRepository { repository in
      try repository.write("other/x.txt", "changed\n")
      try repository.write("other/new.txt", "new\n")
      let paths = try await repository.engine().read { try $0.status().map(\.path) }
      #expect(paths == ["other/new.txt", "other/x.txt"])
      let made = try await commit(repository, paths)
      #expect(made == nil)
      _ = try await Oracle.git(["add", "--all"], in: repository.root, allowFailure: true)
      #expect(try await repository.git("diff", "--cached", "--name-only") == "")
    }
  }

  @Test func aSnapshotKeepsWhatIsNotThere() async throws {
    try await withSparseRepository { repository in
      try repository.write("README.md", "mine\n")
      let made = try await repository.engine().read { git in
        try git.snapshot(
          of: ["README.md", "other/x.txt"], message: "kept\n", author: TestRepository.signature,
          committer: TestRepository.signature)
      }
      let id = try #require(made)
      #expect(
        try await repository.git("diff", "--name-only", "HEAD", id.description) == "README.md")
    }
  }

  @Test func aNewWorktreeIsAsSparseAsGitMakesIt() async throws {
    try await withSparseRepository { repository in
      let (ours, theirs) = (
        repository.sandbox.appending("ours"), repository.sandbox.appending("theirs")
      )
      try await repository.git("worktree", "add", "-q", "-b", "theirs", theirs.string)
      let head = try await repository.id("HEAD")
      let worktree = try await repository.engine().addWorktree(
        at: ours, newBranch: .branch("ours"), startingAt: head, signature: TestRepository.signature)
      for arguments in [
        ["ls-files", "-t", "--stage"], ["status", "--porcelain=v2"],
        ["config", "--worktree", "--list"], ["sparse-checkout", "list"],
      ] {
        let expected = try await Oracle.git(arguments, in: theirs).text
        #expect(try await Oracle.git(arguments, in: ours).text == expected, "\(arguments)")
      }
      let find = ["-c", "find . -name .git -prune -o -type f -print | sort"]
      #expect(
        try await Oracle.run("sh", find, in: ours).text
          == Oracle.run("sh", find, in: theirs).text)
      #expect(worktree.lockReason == nil)
    }
  }

  /// Patterns outside of cone mode are refused by name; nothing is left behind.
  @Test func aNewWorktreeOfPatternsIsRefused() async throws {
    try await withSparseRepository { repository in
      try await repository.git("sparse-checkout", "set", "--no-cone", "*.md")
      let head = try await repository.id("HEAD")
      let error = await #expect(throws: GitError.self) {
        try await repository.engine().addWorktree(
          at: repository.sandbox.appending("w"), newBranch: .branch("w"), startingAt: head,
          signature: TestRepository.signature)
      }
      #expect(error?.code == .unsupported)
      #expect(error?.description.contains("cone") == true)
      #expect(!pathExists(repository.sandbox.appending("w")))
      #expect(try await repository.git("worktree", "list", "--porcelain").contains("/w") == false)
      let status = try await repository.engine().read { try $0.status() }
      #expect(status == [])
    }
  }

  @Test func aLandingChangesFilesOutsideInTheIndexAlone() async throws {
    try await withSparseRepository { repository in
      let landing = try await repository.commit(
        on: "HEAD",
        [
          "other/x.txt": "landed\n", "other/new.txt": "new\n", "src/else/y.txt": nil,
          "src/deep/c.txt": "landed\n", "src/deep/new.txt": "new\n",
        ])
      let head = try await repository.id("HEAD")
      let outcome = try await repository.engine().transaction { git in
        try git.land(
          LandingRequest(
            branch: .branch("main"), expected: head, commit: landing, reflogMessage: "land",
            signature: TestRepository.signature, savedWorkPrefix: ReferenceName("refs/saved")))
      }
      guard case .landed = outcome else { return #expect(Bool(false), "\(outcome)") }
      #expect(repository.read("src/deep/c.txt") == "landed\n")
      #expect(repository.read("src/deep/new.txt") == "new\n")
      #expect(!repository.exists("other/new.txt") && !repository.exists("other/x.txt"))
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(
        try await repository.git("ls-files", "-t") == """
          H README.md
          S other/new.txt
          S other/x.txt
          H src/a.txt
          H src/b.txt
          H src/deep/c.txt
          H src/deep/new.txt
          """)
    }
  }

  @Test func stashLeavesWhatIsNotThere() async throws {
    try await withSparseRepository { repository in
      try repository.write("src/deep/c.txt", "mine\n")
      let tags = try await repository.git("ls-files", "-t")
      let outcome = try await repository.engine().transaction {
        try $0.pushStash(signature: TestRepository.signature)
      }
      guard case .saved(let entry) = outcome else { return #expect(Bool(false), "\(outcome)") }
      #expect(
        try await repository.git("diff", "--name-only", "stash^", "stash") == "src/deep/c.txt")
      #expect(try await repository.git("ls-files", "-t") == tags)
      let popped = try await repository.engine().transaction { try $0.popStash(entry.id) }
      #expect(popped == .applied)
      #expect(repository.read("src/deep/c.txt") == "mine\n")
      #expect(try await repository.git("ls-files", "-t") == tags)
    }
  }
}
