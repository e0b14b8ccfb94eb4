import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

@Suite struct SwitchTests {
  private static let me = TestRepository.signature

  private func target(_ repository: TestRepository) async throws -> ObjectID {
    let id = try await repository.commit(
      on: "main",
      [
        "src/a.txt": "changed\n", "new/file.txt": "new\n", "src/deep/c.txt": nil, "z.txt": "z\n",
      ])
    try await repository.git("branch", "topic", "\(id)")
    return id
  }

  @Test func aPreviewSaysWhatASwitchThenDoes() async throws {
    try await withTestRepository { repository in
      _ = try await target(repository)
      try repository.write("README.md", "my edit\n")
      let preview = try await repository.engine().read {
        try $0.previewSwitch(to: .branch(.branch("topic")))
      }
      #expect(preview.written == ["new/file.txt", "src/a.txt", "z.txt"])
      #expect(preview.removed == ["src/deep/c.txt"])
      #expect(try await repository.git("status", "--porcelain") == " M README.md")
      let outcome = try await repository.engine().transaction {
        try $0.switchCheckout(to: .branch(.branch("topic")), signature: Self.me)
      }
      #expect(outcome == .switched(preview))
      #expect(try await repository.git("status", "--porcelain") == " M README.md")
      #expect(!repository.exists("src/deep"))
      #expect(try await repository.git("symbolic-ref", "HEAD") == "refs/heads/topic")
      try repository.write("z.txt", "Z\n")
      #expect(try await repository.git("status", "--porcelain") == " M README.md\n M z.txt")
    }
  }

  @Test func aRefusalNamesEachPathAndChangesNothing() async throws {
    try await withTestRepository { repository in
      _ = try await target(repository)
      try repository.write("src/a.txt", "my edit\n")
      try repository.write("z.txt", "untracked\n")
      try repository.write(".git/info/exclude", "new/\n")
      try repository.write("new/file.txt", "ignored\n")
      let before = try await CheckoutView(repository)
      let outcome = try await repository.engine().transaction {
        try $0.switchCheckout(to: .branch(.branch("topic")), signature: Self.me)
      }
      #expect(
        outcome
          == .refused([
            CheckoutObstacle(path: "new/file.txt", reason: .ignored),
            CheckoutObstacle(path: "src/a.txt", reason: .edited),
            CheckoutObstacle(path: "z.txt", reason: .untracked),
          ]))
      #expect(try await CheckoutView(repository) == before)
    }
  }

  @Test func aBranchThatAnotherWorktreeHasIsRefused() async throws {
    try await withTestRepository { repository in
      _ = try await target(repository)
      let other = repository.sandbox.appending("other")
      try await repository.git("worktree", "add", "-q", other.string, "topic")
      let refused = try await repository.engine().transaction {
        try $0.switchCheckout(to: .branch(.branch("topic")), signature: Self.me)
      }
      #expect(refused == .refused([CheckoutObstacle(reason: .checkedOutElsewhere(other))]))
      let own = try await repository.engine().transaction(at: other) {
        try $0.switchCheckout(to: .branch(.branch("topic")), signature: Self.me)
      }
      #expect(own == .switched(CheckoutReport()))
    }
  }

  @Test func aNewBranchThatIsTakenFailsWithNothingChanged() async throws {
    try await withTestRepository { repository in
      let id = try await target(repository)
      let before = try await CheckoutView(repository)
      await #expect(throws: GitError.self) {
        try await repository.engine().transaction {
          try $0.switchCheckout(to: .newBranch(.branch("topic"), at: id), signature: Self.me)
        }
      }
      #expect(try await CheckoutView(repository) == before)
    }
  }

  @Test func aMergeInProgressIsNotForgottenByASwitch() async throws {
    try await withTestRepository { repository in
      _ = try await target(repository)
      try repository.write(".git/MERGE_HEAD", "\(try await repository.id("main"))\n")
      let outcome = try await repository.engine().transaction {
        try $0.switchCheckout(to: .branch(.branch("topic")), signature: Self.me)
      }
      #expect(outcome == .refused([CheckoutObstacle(reason: .operationInProgress(.merge))]))
    }
  }

  /// Whatever a kill left of the files, index and lock, the second call ends as the first would.
  @Test(arguments: 0..<6) func aKilledSwitchIsFinishedByASecondOne(_ done: Int) async throws {
    try await withTestRepository { repository in
      let id = try await target(repository)
      let twin = repository.sandbox.appending("twin")
      try await Oracle.run("cp", ["-a", repository.root.string, twin.string], in: "/")
      try await repository.git("switch", "-q", "topic", at: twin)
      let wanted = try await CheckoutView(repository, twin)

      let files: [RepositoryPath: String?] = [
        "src/deep/c.txt": nil, "src/a.txt": "changed\n", "new/file.txt": "new\n", "z.txt": "z\n",
      ]
      for (path, text) in files.sorted(by: { $0.key < $1.key }).prefix(done) {
        if let text {
          try repository.write(path, text)
        } else {
          removeAll(path.absolute(in: repository.root))
        }
      }
      if done == 5 { try await repository.git("read-tree", "\(id)") }
      let staging = repository.root.pushing(".git/.gitengine-staging-1-2")
      let lateEdit = staging.appending("new-3")
      try writeFile(staging.appending("new-1"), numberedLines("a"))
      try writeFile(lateEdit, "written by an editor\n")
      try writeFile(
        repository.root.pushing(".git/index.lock"), IndexLockFile.repeatable(staging))

      let outcome = try await repository.engine().transaction {
        try $0.switchCheckout(to: .branch(.branch("topic")), signature: Self.me)
      }
      guard case .switched = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(try await CheckoutView(repository) == wanted)
      // What is nowhere else is not deleted.
      #expect(directoryNames(staging) == ["new-3"])
    }
  }

  @Test func anIndexLockOfAnotherProgramStays() async throws {
    try await withTestRepository { repository in
      _ = try await target(repository)
      let lock = repository.root.pushing(".git/index.lock")
      try writeFile(lock, "")
      let outcome = try await repository.engine().transaction {
        try $0.switchCheckout(to: .branch(.branch("topic")), signature: Self.me)
      }
      #expect(outcome == .refused([CheckoutObstacle(reason: .indexLocked)]))
      #expect(pathExists(lock))
    }
  }

  @Test func aCancelledSwitchChangesNothing() async throws {
    try await withTestRepository { repository in
      _ = try await target(repository)
      let before = try await CheckoutView(repository)
      let engine = try repository.engine()
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await engine.transaction {
          try $0.switchCheckout(to: .branch(.branch("topic")), signature: Self.me)
        }
      }
      let error = await #expect(throws: GitError.self) { try await task.value }
      #expect(error?.code == .cancelled)
      #expect(try await CheckoutView(repository) == before)
    }
  }

  @Test func aHardResetOverAnUnfinishedMergeEndsIt() async throws {
    try await withTestRepository { repository in
      _ = try await target(repository)
      try repository.write("src/a.txt", "mine\n")
      try await repository.commitAll("mine")
      try await Oracle.git(["merge", "-q", "topic"], in: repository.root, allowFailure: true)
      let head = try await repository.id("HEAD")
      let kept = try await repository.engine().transaction {
        try $0.reset(to: head, .keepingEdits, signature: Self.me)
      }
      guard case .refused(let obstacles) = kept else {
        Issue.record("\(kept)")
        return
      }
      #expect(obstacles.contains(CheckoutObstacle(path: "src/a.txt", reason: .unmerged)))
      try await repository.engine().transaction {
        _ = try $0.reset(to: head, .losingUncommittedWork, signature: Self.me)
      }
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(!repository.exists(".git/MERGE_HEAD"))
      #expect(repository.read("src/a.txt") == "mine\n")
    }
  }

  @Test func restoringTakesTheNamedPathsAlone() async throws {
    try await withTestRepository { repository in
      try repository.write("src/a.txt", "staged\n")
      try await repository.git("add", "src/a.txt")
      try repository.write("src/a.txt", "edited\n")
      try repository.write("README.md", "edited\n")
      _ = try await repository.engine().transaction {
        try $0.restore(["src"], from: .index, staged: false, worktree: true)
      }
      #expect(repository.read("src/a.txt") == "staged\n")
      #expect(repository.read("README.md") == "edited\n")
      let head = try await repository.id("HEAD")
      _ = try await repository.engine().transaction {
        try $0.restore(["src/a.txt"], from: .commit(head), staged: true, worktree: false)
      }
      #expect(try await repository.git("status", "--porcelain") == " M README.md\n M src/a.txt")
      await #expect(throws: GitError.self) {
        try await repository.engine().transaction {
          _ = try $0.restore(["nowhere"], from: .index, staged: false, worktree: true)
        }
      }
    }
  }

  @Test(arguments: [true, false]) func attributesOfARecycledCheckout(
    _ keepsIgnored: Bool
  ) async throws {
    try await withTestRepository { repository in
      _ = try await target(repository)
      // Ignored, and counts as long as it is there.
      try repository.write(".git/info/exclude", ".gitattributes\n")
      try repository.write(".gitattributes", "*.txt text eol=crlf\n")
      let outcome = try await repository.engine().transaction {
        try $0.recycleCheckout(
          to: .branch(.branch("topic")), keepsIgnored: keepsIgnored, signature: Self.me)
      }
      guard case .switched = outcome else {
        Issue.record("\(outcome)")
        return
      }
      let text = try readFile(repository.root.appending("z.txt"))
      #expect(text == Array((keepsIgnored ? "z\r\n" : "z\n").utf8))
      #expect(repository.exists(".gitattributes") == keepsIgnored)
    }
  }

  @Test func aRecycledCheckoutHasNothingOfTheWorkBefore() async throws {
    try await withTestRepository { repository in
      _ = try await target(repository)
      try repository.write(".git/info/exclude", "*.o\n")
      try repository.write("z.txt", "untracked\n")
      try repository.write("more/of/it.txt", "untracked\n")
      try repository.write("built.o", "x")
      try repository.write("src/a.txt", "edited\n")
      let refused = try await repository.engine().transaction {
        try $0.recycleCheckout(
          to: .branch(.branch("topic")), keepsIgnored: true, signature: Self.me)
      }
      #expect(refused == .refused([CheckoutObstacle(path: "src/a.txt", reason: .edited)]))
      #expect(repository.exists("more/of/it.txt"))
      try await repository.git("checkout", "-q", "src/a.txt")
      let careful = try await repository.engine().transaction {
        try $0.recycleCheckout(
          to: .branch(.branch("topic")), keepsUntracked: true, keepsIgnored: true,
          signature: Self.me)
      }
      #expect(
        careful
          == .refused([
            CheckoutObstacle(path: "more/of/it.txt", reason: .untracked),
            CheckoutObstacle(path: "z.txt", reason: .untracked),
          ]))
      #expect(repository.exists("more/of/it.txt"))
      _ = try await repository.engine().transaction {
        try $0.recycleCheckout(
          to: .branch(.branch("topic")), keepsIgnored: true, signature: Self.me)
      }
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(!repository.exists("more"))
      #expect(repository.exists("built.o"))
      try await repository.engine().transaction { _ = try $0.removeUntrackedFiles(ignored: true) }
      #expect(!repository.exists("built.o"))
    }
  }
}
