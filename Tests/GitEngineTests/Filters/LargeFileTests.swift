import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// git-lfs itself, as people install it into a repository.
@Suite(.timeLimit(.minutes(2)))
struct LargeFileTests {
  private func content(_ mark: UInt8) -> [UInt8] {
    (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ Int(mark)) }
  }

  @Test(
    "files come out of git-lfs and go into it, by the process and by its commands",
    arguments: ["process", "commands"])
  func largeFiles(_ kind: String) async throws {
    try await withTestRepository { repository in
      try await repository.git("lfs", "install", "--local", "--skip-repo")
      if kind == "commands" { try await repository.git("config", "--unset", "filter.lfs.process") }
      #expect(try await repository.git("config", "filter.lfs.required") == "true")
      try repository.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
      try repository.write("a.bin", content(1))
      try await repository.engineCommit(".gitattributes", "a.bin")
      let pointer = try await repository.git("cat-file", "blob", "HEAD:a.bin")
      #expect(pointer.hasPrefix("version https://git-lfs.github.com/spec/v1\noid sha256:"))
      #expect(pointer.contains("size 70000"))
      #expect(try await repository.git("status", "--porcelain") == "")

      let path = repository.sandbox.appending("wt")
      let worktree = try await repository.addWorktree(path, "topic")
      #expect(try readFile(path.appending("a.bin")) == content(1))
      #expect(try await repository.git("status", "--porcelain", at: worktree.path) == "")
      #expect(try await repository.git("lfs", "ls-files", at: path).contains("* a.bin"))

      // Work in the worktree lands in the main checkout as the file itself.
      try writeFile(path.appending("a.bin"), content(2))
      try writeFile(path.appending("new.bin"), content(3))
      let engine = try repository.engine()
      let old = try await repository.id("main")
      let new = try await engine.transaction(at: path) { git in
        try git.commit(
          paths: ["a.bin", "new.bin"], message: "work\n", author: TestRepository.signature,
          committer: TestRepository.signature)
      }
      let request = LandingRequest(
        branch: .branch("main"), expected: old, commit: try #require(new), reflogMessage: "land",
        signature: TestRepository.signature, savedWorkPrefix: ReferenceName("refs/saved/x"))
      _ = try await engine.transaction { try $0.land(request) }
      #expect(try await repository.id("main") == new)
      #expect(try readFile(repository.root.appending("a.bin")) == content(2))
      #expect(try readFile(repository.root.appending("new.bin")) == content(3))
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(try await engine.read { try $0.status() } == [])
    }
  }

  @Test("a missing git-lfs is an error, and nothing is left of the worktree")
  func missing() async throws {
    try await withTestRepository { repository in
      try repository.write(".gitattributes", "*.bin filter=lfs -text\n")
      try repository.write("a.bin", "x")
      try await repository.commitAll("a file that never was in LFS")
      try await repository.git("config", "filter.lfs.process", "no-git-lfs-here filter-process")
      try await repository.git("config", "filter.lfs.required", "true")
      let path = repository.sandbox.appending("wt")
      await #expect {
        try await repository.addWorktree(path, "topic")
      } throws: { error in
        (error as? GitError)?.code == .filter && "\(error)".contains("not found")
      }
      #expect(!pathExists(path))
    }
  }
}
