import GitEngine
import SystemPackage
import TestSupport
import Testing

@Suite struct WorktreeRemovalTests {
  private func remove(
    _ path: FilePath, _ repository: TestRepository
  ) async throws -> WorktreeRemovalObstacle? {
    try await repository.engine().removeWorktree(
      at: path, trash: repository.root.pushing(".git/trash"))
  }

  private func withWorktree(
    _ body: (TestRepository, _ path: FilePath) async throws -> Void
  ) async throws {
    try await withTestRepository { repository in
      let path = repository.sandbox.appending("wt")
      try await repository.addWorktree(path, "topic")
      try await body(repository, path)
    }
  }

  @Test func aCleanOneGoesAndItsBranchStays() async throws {
    try await withWorktree { repository, path in
      let before = try await repository.git("worktree", "list", "--porcelain")
      #expect(before.contains("topic"))
      #expect(try await remove(path, repository) == nil)
      #expect(!pathExists(path) && !repository.exists(".git/worktrees"))
      let after = try await repository.git("worktree", "list", "--porcelain")
      #expect(!after.contains("topic"))
      #expect(try await repository.id("topic") == repository.id("main"))
      #expect(!directoryNames(repository.root.pushing(".git/trash")).isEmpty)
      let trash = repository.root.pushing(".git/trash")
      try await repository.engine().deleteTrash(trash)
      #expect(directoryNames(trash).isEmpty)
      try await repository.engine().deleteTrash(repository.root.pushing(".git/no-trash"))
      // The branch can be checked out again at once.
      try await repository.git("worktree", "add", "-q", path.string, "topic")
    }
  }

  @Test func whatWouldBeLostIsNamed() async throws {
    try await withWorktree { repository, path in
      #expect(try await remove(repository.root, repository) == .mainWorktree)
      #expect(try await remove(repository.sandbox, repository) == .unknown)
      #expect(try await remove(path.appending("src"), repository) == .unknown)

      try await repository.git("worktree", "lock", path.string)
      #expect(try await remove(path, repository) == .locked(""))
      try await repository.git("worktree", "unlock", path.string)

      try writeFile(path.appending("note"), "mine")
      #expect(try await remove(path, repository) == .changed(["note"]))
      try await repository.git("add", "note", at: path)
      #expect(try await remove(path, repository) == .changed(["note"]))
      try await repository.git("rm", "-qf", "note", at: path)
      try writeFile(path.pushing("src/a.txt"), "mine")
      #expect(try await remove(path, repository) == .changed(["src/a.txt"]))
      #expect(pathExists(path.pushing("src/b.txt")))
      try await repository.git("checkout", "-q", ".", at: path)
      #expect(try await remove(path, repository) == nil)
    }
  }

  @Test func ignoredFilesGoWithIt() async throws {
    try await withWorktree { repository, path in
      try repository.write(".git/info/exclude", "build/\n")
      try writeFile(path.pushing("build/deep/object.o"), "made")
      #expect(try await remove(path, repository) == nil)
      #expect(!pathExists(path))
    }
  }

  @Test func oneWhoseDirectoryIsGone() async throws {
    try await withWorktree { repository, path in
      removeAll(path)
      let obstacle = try await remove(path, repository)
      #expect(obstacle == nil)
      #expect(!repository.exists(".git/worktrees"))
    }
  }

  /// The worktree was deleted by hand and another repository put in its place.
  @Test func whatIsNotTheWorktreeStays() async throws {
    try await withWorktree { repository, path in
      removeAll(path)
      try await repository.git("init", "-q", path.string)
      #expect(try await remove(path, repository) == .unknown)
      #expect(pathExists(path.appending(".git")))

      removeAll(path)
      try writeFile(path.appending("file"), "no repository at all")
      #expect(try await remove(path, repository) == nil)
      #expect(pathExists(path.appending("file")))
    }
  }

  /// Build tools leave directories that nobody may write.
  @Test func readOnlyDirectoriesAreNoObstacle() async throws {
    try await withWorktree { repository, path in
      try repository.write(".git/info/exclude", "cache/\n")
      try writeFile(path.pushing("cache/inner/file"), "made")
      try await Oracle.run("chmod", ["a-rwx", "cache/inner", "cache"], in: path)
      #expect(try await remove(path, repository) == nil)
      let trash = repository.root.pushing(".git/trash")
      try await repository.engine().deleteTrash(trash)
      #expect(directoryNames(trash).isEmpty)
    }
  }

  @Test func deletingTrashFollowsNoLink() async throws {
    try await withWorktree { repository, path in
      let outside = repository.sandbox.appending("outside")
      try writeFile(outside.appending("file"), "mine")
      try repository.write(".git/info/exclude", "link\n")
      try await Oracle.run("ln", ["-s", outside.string, "link"], in: path)
      #expect(try await remove(path, repository) == nil)
      try await repository.engine().deleteTrash(repository.root.pushing(".git/trash"))
      #expect(pathExists(outside.appending("file")))
    }
  }
}
