import Dispatch
import GitEngine
import SystemPackage
import TestSupport
import Testing

@Suite struct TransactionTests {
  /// Eight tasks run sequences that read, compute and write: none sees another's half.
  @Test func sequencesDoNotInterleave() async throws {
    try await withTestRepository { repository in
      let counter = repository.root.appending("counter")
      try writeFile(counter, "0")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask {
            // Opened anew each time: it is the repository that excludes, not the value.
            for _ in 0..<25 {
              try await GitRepository.open(repository.root).transaction { git in
                let before = try #require(Int(String(decoding: readFile(counter), as: UTF8.self)))
                _ = try git.head()
                try writeFile(counter, "\(before + 1)")
              }
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(repository.read("counter") == "200")
    }
  }

  /// One repository, whatever path led to it.
  @Test func openingTwiceGivesTheSameActor() async throws {
    try await withTestRepository { repository in
      try await repository.git("worktree", "add", "-q", "-b", "side", "../side")
      try await Oracle.run("ln", ["-s", "repo", "link"], in: repository.sandbox)
      let main = try GitRepository.open(repository.root)
      for path in ["repo/.git", "side", "link", "repo/.git/worktrees/side"] {
        let other = try GitRepository.open(repository.sandbox.pushing(FilePath(path)))
        #expect(other === main, "\(path)")
      }
      #expect(main.mainWorktree == repository.root)
      #expect(main.commonDirectory == repository.root.appending(".git"))
    }
  }

  @Test func aSessionActsOnTheCheckoutThatItIsGiven() async throws {
    try await withTestRepository { repository in
      try await repository.git("worktree", "add", "-q", "-b", "side", "../side")
      let side = repository.sandbox.appending("side")
      let engine = try repository.engine()
      let branch = try await engine.transaction(at: side) { try $0.headBranch() }
      #expect(branch == .branch("side"))
      let nested = try await engine.read { git in try git.at(side) { try $0.headBranch() } }
      #expect(nested == .branch("side"))
    }
  }

  /// The lock of one repository must not cover work on another.
  @Test func aCheckoutOfAnotherRepositoryIsRefused() async throws {
    try await withTestRepository { repository in
      let other = repository.sandbox.appending("other")
      try await repository.git("clone", "-q", ".", other.string)
      let engine = try repository.engine()
      await #expect(throws: GitError.self) { try await engine.transaction(at: other) { _ in } }
      await #expect(throws: GitError.self) { try await engine.read(at: other) { _ in } }
      let error = await #expect(throws: GitError.self) {
        try await engine.read { git in try git.at(other) { _ in } }
      }
      #expect(error?.description.contains("does not belong to the repository") == true)
    }
  }

  /// A process that holds the lock file as another engine would, until it is told to let go.
  private func withForeignTransaction(
    _ repository: TestRepository,
    _ body: (_ release: @escaping @Sendable () async throws -> Void)
      async throws -> Void
  ) async throws {
    let sandbox = repository.sandbox
    try await Oracle.run("mkfifo", ["ready", "go"], in: sandbox)
    async let holder = Oracle.run(
      "flock", ["repo/.git/gitengine.lock", "sh", "-c", "echo > ready; read line < go"],
      in: sandbox)
    try await Oracle.run("cat", ["ready"], in: sandbox)
    try await body { try await Oracle.run("sh", ["-c", "touch released; echo > go"], in: sandbox) }
    _ = try await holder
  }

  @Test(.timeLimit(.minutes(1))) func aTransactionWaitsForAnotherProcess() async throws {
    try await withTestRepository { repository in
      let engine = try repository.engine()
      // Its name must not be taken for the holder's below.
      try await engine.transaction { _ in }
      let released = repository.sandbox.appending("released")
      try await withForeignTransaction(repository) { release in
        let error = await #expect(throws: GitError.self) {
          try await engine.transaction(patience: .milliseconds(20)) { _ in }
        }
        #expect(error?.code == .locked)
        #expect(error?.operation.contains("gitengine.lock") == true)
        #expect(error?.message.contains("holder unknown") == true)

        // Reading needs no lock.
        let head = try await engine.read { try $0.head() }
        #expect(head != nil)

        async let seen = engine.transaction { _ in pathExists(released) }
        try await release()
        #expect(try await seen, "the transaction ran while another process was inside one")
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func waitingCanBeCancelled() async throws {
    try await withTestRepository { repository in
      let engine = try repository.engine()
      try await withForeignTransaction(repository) { release in
        let waiting = Task { try await engine.transaction { _ in } }
        waiting.cancel()
        let error = await #expect(throws: GitError.self) { try await waiting.value }
        #expect(error?.code == .locked)
        #expect(error?.message == "cancelled while waiting")
        try await release()
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func readingDoesNotWaitForATransaction() async throws {
    try await withTestRepository { repository in
      let engine = try repository.engine()
      let entered = AsyncStream.makeStream(of: Void.self)
      let leave = DispatchSemaphore(value: 0)
      async let transaction: Void = engine.transaction { _ in
        entered.continuation.finish()
        leave.wait()
      }
      for await _ in entered.stream {}
      let status = try await engine.read { try $0.status() }
      #expect(status == [])
      leave.signal()
      try await transaction
    }
  }

  @Test func cancellationIsVisibleInside() async throws {
    try await withTestRepository { repository in
      let engine = try repository.engine()
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        let inTransaction = try await engine.transaction { _ in Task.isCancelled }
        let inRead = try await engine.read { _ in Task.isCancelled }
        return inTransaction && inRead
      }
      #expect(try await task.value)
    }
  }

  @Test func anErrorOfTheBodyComesOutAndReleasesTheLock() async throws {
    struct Mine: Error {}
    try await withTestRepository { repository in
      let engine = try repository.engine()
      await #expect(throws: Mine.self) { try await engine.transaction { _ in throw Mine() } }
      try await engine.transaction(patience: .zero) { _ in }
    }
  }
}
