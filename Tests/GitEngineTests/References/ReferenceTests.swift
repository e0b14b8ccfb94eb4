import Dispatch
import GitEngine
import SystemPackage
import TestSupport
import Testing

private let topic = ReferenceName.branch("topic")

@Suite struct ReferenceTests {
  /// A repository with two commits.
  private func withCommits(
    _ body: (TestRepository, GitRepository, _ old: ObjectID, _ new: ObjectID) async throws -> Void
  ) async throws {
    try await withTestRepository { repository in
      let old = try await repository.id("HEAD")
      try repository.write("README.md", "second\n")
      let new = try await repository.commitAll("second")
      try await body(repository, repository.engine(), old, new)
    }
  }

  private func create(
    _ engine: GitRepository, _ name: ReferenceName, _ id: ObjectID, _ message: String = "made"
  ) async throws {
    try await engine.transaction { git in
      try git.createReference(
        name, at: id, message: message, signature: TestRepository.signature)
    }
  }

  private func update(
    _ engine: GitRepository, _ name: ReferenceName, _ new: ObjectID, from old: ObjectID
  ) async throws {
    try await engine.transaction { git in
      try git.updateReference(
        name, to: new, from: old, message: "moved", signature: TestRepository.signature)
    }
  }

  @Test func createUpdateDelete() async throws {
    try await withCommits { repository, engine, old, new in
      try await create(engine, topic, old)
      #expect(try await repository.id("topic") == old)
      let again = await #expect(throws: GitError.self) { try await create(engine, topic, new) }
      #expect(again?.code == .exists)

      try await update(engine, topic, new, from: old)
      #expect(try await repository.id("topic") == new)
      let lost = await #expect(throws: GitError.self) {
        try await update(engine, topic, old, from: old)
      }
      #expect(lost?.code == .modified)
      #expect(lost?.operation == "update the reference 'refs/heads/topic'")

      #expect(try await !engine.transaction { try $0.deleteReference(topic, at: old) })
      #expect(try await engine.transaction { try $0.deleteReference(topic, at: new) })
      #expect(try await !engine.transaction { try $0.deleteReference(topic, at: new) })
      #expect(try await repository.git("branch", "--list", "topic") == "")
      try await repository.git("fsck", "--strict")

      let gone = await #expect(throws: GitError.self) {
        try await update(engine, topic, new, from: old)
      }
      #expect(gone?.code == .modified)
    }
  }

  /// The log of a deleted branch is gone, so its name can become a directory.
  @Test func aDeletedBranchLeavesRoomForABranchBelowIt() async throws {
    try await withCommits { repository, engine, old, new in
      try await create(engine, topic, old)
      try await engine.transaction { _ = try $0.deleteReference(topic, at: old) }
      #expect(!repository.exists(".git/logs/refs/heads/topic"))
      try await create(engine, .branch("topic/inner"), new)
      #expect(try await repository.git("reflog", "show", "--format=%gs", "topic/inner") == "made")
      let blocked = await #expect(throws: GitError.self) { try await create(engine, topic, old) }
      #expect(blocked != nil)
    }
  }

  @Test func packedReferences() async throws {
    try await withCommits { repository, engine, old, new in
      for name in ["one", "two", "three"] {
        try await repository.git("branch", name, old.description)
      }
      try await repository.git("pack-refs", "--all")
      try await update(engine, .branch("one"), new, from: old)
      let lost = await #expect(throws: GitError.self) {
        try await update(engine, .branch("two"), new, from: new)
      }
      #expect(lost?.code == .modified)
      #expect(
        try await engine.transaction { try $0.deleteReference(.branch("three"), at: old) })
      let again = await #expect(throws: GitError.self) {
        try await create(engine, .branch("two"), new)
      }
      #expect(again?.code == .exists)
      let listed = try await engine.read { git in
        try git.references(under: "refs/heads/").map { "\($0.target) \($0.name)" }
      }
      let expected = try await repository.git(
        "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads/")
      #expect(listed.joined(separator: "\n") == expected)
    }
  }

  /// What git writes into the reflogs for the same steps.
  @Test func reflogsAreGits() async throws {
    try await withCommits { repository, engine, old, new in
      // Nobody is configured: the name is the one that the caller gives.
      try await repository.git("config", "--unset", "user.name")
      try await create(engine, topic, old)
      try await update(engine, topic, new, from: old)
      for (id, message) in [(old, "made"), (new, "moved")] {
        try await Oracle.run(
          "git", ["update-ref", "-m", message, "refs/heads/other", id.description],
          in: repository.root, environment: ["GIT_COMMITTER_NAME": "Test"])
      }
      func log(_ name: RepositoryPath) -> String? {
        repository.read(name)?.replacing(#/> \d+ [+-]\d+/#, with: "> TIME")
      }
      #expect(log(".git/logs/refs/heads/topic") == log(".git/logs/refs/heads/other"))
      #expect(log(".git/logs/refs/heads/topic")?.contains("Test <test@example.com> TIME") == true)

      // The branch that is checked out: HEAD's log gets the line too.
      try await update(engine, .branch("main"), old, from: new)
      #expect(try await repository.git("reflog", "-1", "--format=%H %gs") == "\(old) moved")
    }
  }

  @Test func numberedReferences() async throws {
    try await withCommits { repository, engine, old, new in
      let prefix = ReferenceName("refs/saved/x")
      func next(_ id: ObjectID) async throws -> ReferenceName {
        try await engine.transaction { git in
          try git.createNumberedReference(
            under: prefix, at: id, message: "saved", signature: TestRepository.signature)
        }
      }
      #expect(try await next(old) == prefix.appending("1"))
      #expect(try await next(new) == prefix.appending("2"))
      try await repository.git("update-ref", "-d", "refs/saved/x/1")
      #expect(try await next(old) == prefix.appending("3"))
      try await repository.git("update-ref", "refs/saved/x/7/deeper", old.description)
      try await repository.git("update-ref", "refs/saved/x/text", old.description)
      // Somebody else's number that no counter gets past.
      try await repository.git("update-ref", "refs/saved/x/9223372036854775807", old.description)
      #expect(try await next(old) == prefix.appending("8"))
      #expect(try await repository.id("refs/saved/x/2") == new)
    }
  }

  @Test func symbolicReferences() async throws {
    try await withCommits { repository, engine, _, new in
      try await repository.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
      try await repository.git("symbolic-ref", "refs/heads/dangling", "refs/heads/nowhere")
      let found = try await engine.read { git in
        (
          alias: try git.target(of: .branch("alias")),
          symbolic: try git.symbolicTarget(of: .branch("alias")),
          dangling: try git.target(of: .branch("dangling")),
          names: try git.references(under: "refs/heads/").map(\.name)
        )
      }
      #expect(found.alias == new && found.symbolic == .branch("main"))
      #expect(found.dangling == nil)
      #expect(found.names == [.branch("alias"), .branch("main")])

      try await repository.git("checkout", "-q", "--detach")
      #expect(try await engine.read { try $0.headBranch() } == nil)
      try await repository.git("checkout", "-q", "--orphan", "fresh")
      #expect(try await engine.read { try $0.headBranch() } == .branch("fresh"))
      #expect(try await engine.read { try $0.head() } == nil)
    }
  }

  /// A foreign process holds the lock file for a moment: the engine tries again.
  @Test func waitsForAForeignLock() async throws {
    try await withCommits { repository, engine, old, new in
      try await create(engine, topic, old)
      let lock = repository.root.pushing(".git/refs/heads/topic.lock")
      try await engine.transaction { git in
        try writeFile(lock, "")
        DispatchQueue(label: "foreign").asyncAfter(deadline: .now() + .milliseconds(50)) {
          removeAll(lock)
        }
        try git.updateReference(
          topic, to: new, from: old, message: "moved", signature: TestRepository.signature)
      }
      #expect(try await repository.id("topic") == new)
    }
  }

  @Test func aLockThatStaysIsAnError() async throws {
    try await withCommits { repository, engine, old, new in
      try await create(engine, topic, old)
      try repository.write(".git/refs/heads/topic.lock", "")
      let error = await #expect(throws: GitError.self) {
        try await update(engine, topic, new, from: old)
      }
      #expect(error?.code == .locked)
      #expect(error?.description.contains("topic") == true)
      let deleting = await #expect(throws: GitError.self) {
        try await engine.transaction { _ = try $0.deleteReference(topic, at: old) }
      }
      #expect(deleting?.code == .locked)
      #expect(repository.exists(".git/refs/heads/topic.lock"), "removed a lock of somebody else")
      #expect(try await repository.id("topic") == old)
    }
  }

  @Test(arguments: ["bad name", "refs/heads/a..b", "refs/heads/x.lock", "refs/heads/"])
  func invalidNames(_ name: String) async throws {
    try await withCommits { repository, engine, old, _ in
      let error = await #expect(throws: GitError.self) {
        try await create(engine, ReferenceName(name), old)
      }
      #expect(error?.code == .invalidName)
    }
  }
}
