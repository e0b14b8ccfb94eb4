import GitEngine
import SystemPackage
import TestSupport
import Testing

/// What goes wrong is said with what was tried, on what, and why.
@Suite struct ErrorTests {
  private func openingFails(
    _ path: FilePath, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    do throws(GitError) {
      _ = try GitRepository.open(path)
      Issue.record("it opened", sourceLocation: sourceLocation)
    } catch {
      for word in words + ["cannot open the repository at \(path)"] {
        #expect(
          error.description.lowercased().contains(word.lowercased()), "\(error)",
          sourceLocation: sourceLocation)
      }
    }
  }

  @Test func aMissingRepository() async throws {
    try await withSandbox { sandbox in
      openingFails(sandbox, "could not find")
      openingFails(sandbox.appending("nowhere"), "nowhere")
      try writeFile(sandbox.appending("file"), "text")
      openingFails(sandbox.appending("file"), "file")
      let found = try GitRepository.discover(from: sandbox)
      #expect(found == nil)
    }
  }

  @Test func openingDoesNotSearchButDiscoveringDoes() async throws {
    try await withTestRepository { repository in
      openingFails(repository.root.pushing("src/deep"), "could not find")
      let found = try GitRepository.discover(from: repository.root.pushing("src/deep"))
      #expect(found == repository.root)
    }
  }

  @Test func anExtensionThatIsNotKnown() async throws {
    try await withTestRepository { repository in
      try await repository.git("config", "core.repositoryFormatVersion", "1")
      try await repository.git("config", "extensions.futureThing", "true")
      openingFails(repository.root, "extensions.futurething")
    }
  }

  @Test func aNewerFormat() async throws {
    try await withTestRepository { repository in
      try await repository.git("config", "core.repositoryFormatVersion", "7")
      openingFails(repository.root, "version")
    }
  }

  @Test func aSHA256Repository() async throws {
    try await withSandbox { sandbox in
      try await Oracle.git(["init", "-q", "--object-format=sha256", "new"], in: sandbox)
      openingFails(sandbox.appending("new"), "objectformat")
    }
  }

  @Test func aCorruptHead() async throws {
    try await withTestRepository { repository in
      let engine = try repository.engine()
      try repository.write(".git/HEAD", "garbage\n")
      let error = await #expect(throws: GitError.self) { try await engine.read { try $0.head() } }
      #expect(error?.operation == "read HEAD")
      #expect(error?.code != .notFound, "a corrupt HEAD must not look like an unborn branch")
      let listed = try await engine.read { try $0.worktrees() }
      #expect(listed.first?.head == .unreadable)
    }
  }

  @Test func aCorruptIndex() async throws {
    try await withTestRepository { repository in
      try repository.write(".git/index", "garbage")
      let error = await #expect(throws: GitError.self) {
        try await repository.engine().read { try $0.status() }
      }
      #expect(error?.description.contains("index") == true)
      #expect(repository.read(".git/index") == "garbage")
    }
  }

  @Test func aMissingObject() async throws {
    try await withTestRepository { repository in
      let id = try #require(ObjectID(hex: String(repeating: "12", count: 20)))
      let engine = try repository.engine()
      for error in [
        await #expect(throws: GitError.self) { try await engine.read { _ = try $0.blob(id) } },
        await #expect(throws: GitError.self) { try await engine.read { _ = try $0.commit(id) } },
        await #expect(throws: GitError.self) { try await engine.read { _ = try $0.tree(of: id) } },
      ] {
        #expect(error?.code == .notFound && error?.operation.contains("1212121") == true)
      }
    }
  }

  @Test func aBlobIsNotACommit() async throws {
    try await withTestRepository { repository in
      let blob = try await repository.id("HEAD:README.md")
      await #expect(throws: GitError.self) {
        try await repository.engine().read { _ = try $0.commit(blob) }
      }
      await #expect(throws: GitError.self) {
        try await repository.engine().transaction { git in
          try git.createReference(
            .branch("x"), at: blob, message: "", signature: TestRepository.signature)
        }
      }
    }
  }
}
