import GitEngine
import SystemPackage
import TestSupport
import Testing

// Each of these shows first what libgit2's own call does, then that the engine's does not. Where the
// first half fails, libgit2 has been mended.

/// What goes wrong with libgit2's stash, worktrees and checkout.
@Suite("Hazards of checkouts")
struct CheckoutHazardTests {
  static let me = TestRepository.signature

  @Test("1: a pop that conflicts drops the entry; ours keeps it")
  func stashPop() async throws {
    func conflicting(_ repository: TestRepository) async throws -> ObjectID {
      try repository.write("src/a.txt", "mine\n")
      try await repository.git("stash", "push", "-q")
      try repository.write("src/a.txt", "theirs\n")
      try await repository.commitAll("in between")
      return try await repository.id("stash")
    }
    try await withTestRepository { repository in
      _ = try await conflicting(repository)
      #expect(try Stock(repository.root).popStash() == 0)
      #expect(try await repository.git("status", "--porcelain") == "UU src/a.txt")
      #expect(try await repository.git("stash", "list") == "")
    }
    try await withTestRepository { repository in
      let id = try await conflicting(repository)
      let outcome = try await repository.engine().transaction { try $0.popStash(id) }
      guard case .conflicts = outcome else { throw OracleError(description: "\(outcome)") }
      #expect(try await repository.id("stash") == id)
    }
  }

  @Test("2: a worktree that cannot be filled stays behind and blocks a second try; ours goes")
  func worktreeAdd() async throws {
    try await withTestRepository { repository in
      // A name that no file system takes.
      let commit = try await repository.commit(
        on: "main", [RepositoryPath(bytes: [UInt8](repeating: 0x61, count: 300)): "text"])
      try await repository.git("reset", "-q", "--soft", commit.description)
      let stock = try Stock(repository.root)
      let path = repository.sandbox.appending("stock")
      #expect(stock.addWorktree("stock", at: path) != 0)
      #expect(pathExists(repository.root.pushing(".git/worktrees/stock/HEAD")))
      try await Oracle.run("rm", ["-rf", path.string], in: "/")
      #expect(stock.addWorktree("stock", at: path) != 0, "a second try")
      try await repository.git("worktree", "prune")
      try await repository.git("branch", "-D", "stock")

      let engine = try repository.engine()
      let ours = repository.sandbox.appending("ours")
      for _ in 0..<2 {
        let error = await #expect(throws: GitError.self) {
          try await engine.addWorktree(
            at: ours, newBranch: .branch("ours"), startingAt: commit, signature: Self.me)
        }
        #expect(error?.code != .exists)
        #expect(!pathExists(ours))
        #expect(!pathExists(repository.root.pushing(".git/worktrees")))
        #expect(try await repository.git("branch", "--list", "ours") == "")
      }
    }
  }

  @Test("6: checkout writes through a hard link into other files; ours replaces the file")
  func hardLinks() async throws {
    try await withTestRepository { repository in
      let file = repository.root.pushing("src/a.txt")
      let twin = repository.sandbox.appending("twin.txt")
      let new = try await repository.commit(on: "main", ["src/a.txt": "new\n"])
      func link() async throws {
        try await repository.git("checkout", "-q", "-f", "main")
        try await Oracle.run("ln", ["-f", file.string, twin.string], in: "/")
      }
      try await link()
      #expect(try Stock(repository.root).checkOut(new, force: true) == 0)
      #expect(try readFile(twin) == Array("new\n".utf8))

      try await Oracle.run("rm", [file.string], in: "/")
      try await link()
      let before = try readFile(twin)
      let outcome = try await land(new, repository)
      guard case .landed = outcome else { throw OracleError(description: "\(outcome)") }
      #expect(repository.read("src/a.txt") == "new\n")
      #expect(try readFile(twin) == before)
    }
  }

  @Test("10: checkout loses a staged edit and overwrites ignored files; a landing waits")
  func landing() async throws {
    func prepare(_ repository: TestRepository) async throws -> ObjectID {
      try repository.write(".git/info/exclude", "notes.txt\n")
      let new = try await repository.commit(
        on: "main", ["src/a.txt": "new\n", "notes.txt": "landed\n"])
      try repository.write("src/a.txt", "staged\n")
      try await repository.git("add", "src/a.txt")
      try repository.write("src/a.txt", numberedLines("a"))
      try repository.write("notes.txt", "mine\n")
      return new
    }
    try await withTestRepository { repository in
      let new = try await prepare(repository)
      #expect(try Stock(repository.root).checkOut(new) == 0)
      #expect(try await repository.git("show", ":src/a.txt") == "new")
      #expect(repository.read("notes.txt") == "landed\n")
    }
    try await withTestRepository { repository in
      let new = try await prepare(repository)
      let outcome = try await land(new, repository)
      guard case .deferred(let obstacles) = outcome else {
        throw OracleError(description: "\(outcome)")
      }
      #expect(Set(obstacles.map(\.path)) == ["src/a.txt", "notes.txt"])
      #expect(try await repository.git("show", ":src/a.txt") == "staged")
      #expect(repository.read("notes.txt") == "mine\n")
    }
  }

  @Test("10: checkout writes all files before it finds the index locked; a landing none")
  func lockedIndex() async throws {
    try await withTestRepository { repository in
      let new = try await repository.commit(on: "main", ["src/a.txt": "new\n"])
      try repository.write(".git/index.lock", "")
      #expect(try Stock(repository.root).checkOut(new) != 0)
      #expect(repository.read("src/a.txt") == "new\n")
    }
    try await withTestRepository { repository in
      let new = try await repository.commit(on: "main", ["src/a.txt": "new\n"])
      try repository.write(".git/index.lock", "")
      let outcome = try await land(new, repository)
      #expect(outcome == .deferred([CheckoutObstacle(reason: .indexLocked)]))
      #expect(repository.read("src/a.txt") == numberedLines("a"))
    }
  }

  @Test("11: a branch that is being rebased does not look checked out; a landing waits")
  func rebasing() async throws {
    try await withTestRepository { repository in
      try repository.write("src/a.txt", "one\n")
      try await repository.commitAll("one")
      let new = try await repository.commit(on: "main", ["other.txt": "new\n"])
      try await Oracle.run(
        "git", ["rebase", "-q", "-i", "HEAD^"], in: repository.root,
        environment: ["GIT_SEQUENCE_EDITOR": "sed -i s/^pick/edit/"])
      #expect(try !Stock(repository.root).isCheckedOut("main"))
      let outcome = try await land(new, repository)
      #expect(
        outcome == .deferred([CheckoutObstacle(reason: .operationInProgress(.rebase))]))
    }
  }

  private func land(
    _ commit: ObjectID, _ repository: TestRepository
  ) async throws -> LandingOutcome {
    let main = try await repository.id("main")
    return try await repository.engine().transaction { git in
      try git.land(
        LandingRequest(
          branch: .branch("main"), expected: main, commit: commit, reflogMessage: "land",
          signature: Self.me, savedWorkPrefix: ReferenceName("refs/saved/hazards")))
    }
  }
}
