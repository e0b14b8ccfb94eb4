import GitEngine
import SystemPackage
import TestSupport
import Testing

@Suite struct WorktreeMoveTests {
  private func withWorktree(
    _ body: (TestRepository, _ path: FilePath) async throws -> Void
  ) async throws {
    try await withTestRepository { repository in
      let path = repository.sandbox.appending("wt")
      try await repository.addWorktree(path, "topic")
      try await body(repository, path)
    }
  }

  private func places(_ repository: TestRepository) async throws -> [String] {
    try await repository.git("worktree", "list", "--porcelain").split(separator: "\n")
      .filter { $0.hasPrefix("worktree ") || $0.hasPrefix("prunable") }.dropFirst().map(String.init)
  }

  @Test func gitFindsItAtItsNewPlace() async throws {
    try await withWorktree { repository, path in
      try writeFile(path.appending("note"), "mine")
      let target = repository.sandbox.appending("elsewhere")
      let worktree = try await repository.engine().moveWorktree(at: path, to: target)
      #expect(
        worktree.path.lastComponent == "elsewhere" && worktree.head == .branch(.branch("topic")))
      #expect(!pathExists(path))
      #expect(try await places(repository) == ["worktree \(target)"])
      #expect(try await repository.git("status", "--porcelain", at: target) == "?? note")
      #expect(try await repository.git("rev-parse", "--show-toplevel", at: target) == target.string)
    }
  }

  @Test func whatStandsAgainstItIsSaidAndNothingChanges() async throws {
    try await withWorktree { repository, path in
      let engine = try repository.engine()
      let target = repository.sandbox.appending("elsewhere")
      func code(_ from: FilePath, _ to: FilePath) async -> GitError.Code? {
        do {
          _ = try await engine.moveWorktree(at: from, to: to)
          return nil
        } catch { return (error as? GitError)?.code }
      }
      #expect(await code(repository.root, target) == .notFound)
      #expect(await code(repository.sandbox, target) == .notFound)
      try writeFile(target.appending("theirs"), "")
      #expect(await code(path, target) == .exists)
      #expect(await code(path, repository.sandbox.pushing("not/there")) == .notFound)
      try await repository.git("worktree", "lock", "--reason", "mine", path.string)
      #expect(await code(path, repository.sandbox.appending("free")) == .locked)
      #expect(try await places(repository) == ["worktree \(path)"])
      #expect(try await repository.git("status", "--porcelain", at: path) == "")
    }
  }

  /// As after a kill between the two steps.
  @Test func oneThatWasMovedByHandIsRepaired() async throws {
    try await withWorktree { repository, path in
      let engine = try repository.engine()
      #expect(try await engine.repairWorktree(at: path) == false)
      let target = repository.sandbox.appending("elsewhere")
      try await Oracle.run("mv", [path.string, target.string], in: repository.sandbox)
      #expect(try await places(repository).contains { $0.hasPrefix("prunable") })
      #expect(try await engine.repairWorktree(at: repository.root) == false)
      #expect(try await engine.repairWorktree(at: target))
      #expect(try await places(repository) == ["worktree \(target)"])
      #expect(try await repository.git("status", "--porcelain", at: target) == "")
    }
  }
}
