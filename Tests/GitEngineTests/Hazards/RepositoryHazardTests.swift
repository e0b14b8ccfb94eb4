import CLibGit2
import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// What goes wrong with formats, hooks and the disk.
@Suite("Hazards of repositories")
struct RepositoryHazardTests {
  static let me = TestRepository.signature

  @Test("7: an extension that is let in is not obeyed; ours obeys it, or refuses by name")
  func extensions() async throws {
    try await withTestRepository { repository in
      try await repository.git("worktree", "add", "-q", "--detach", "../wt")
      try await repository.git("config", "core.repositoryFormatVersion", "1")
      try await repository.git("config", "extensions.worktreeConfig", "true")
      let worktree = repository.sandbox.appending("wt")
      try await repository.git("config", "--worktree", "user.name", "Worker", at: worktree)
      let engine = try repository.engine()
      #expect(
        try await engine.read(at: worktree) { try $0.configuration("user.name") } == "Worker")
      // From 1.8 on libgit2 reads that file as well.
      if cgit2_reads_worktree_config() == 0 {
        #expect(try Stock(worktree).configuration("user.name") == "Test")
      }

      try await Oracle.git(["init", "-q", "--object-format=sha256", "new"], in: repository.sandbox)
      let found = try await GitRepository.capabilities(at: repository.sandbox.appending("new"))
      #expect(found.refusals.map(\.feature) == [.objectFormat])
      #expect(throws: GitError.self) {
        try GitRepository.open(repository.sandbox.appending("new"))
      }
    }
  }

  @Test("8: a hook that forbids a commit is not asked, and nobody is told; ours tells")
  func hooks() async throws {
    try await withTestRepository { repository in
      try writeFile(
        repository.root.appending(".git/hooks/pre-commit"), "#!/bin/sh\nexit 1\n", executable: true)
      try repository.write("new.txt", "new\n")
      try await repository.git("add", "--all")
      let output = try await Oracle.git(
        ["commit", "-qm", "forbidden"], in: repository.root, allowFailure: true)
      #expect(output.status != 0)

      let stock = try Stock(repository.root)
      #expect(try stock.commitIndex("all the same\n") == 0)
      #expect(try await repository.git("log", "-1", "--format=%s") == "all the same")
      let hooks = try await repository.engine().read { try $0.capabilities() }[.hooks]
      #expect(hooks?.names == ["pre-commit"])
      #expect(hooks?.treatment == .ignored("they are not run"))
    }
  }

  @Test(
    "12: nothing of a commit is flushed; a landing flushes all that it adds before the branch moves",
    .enabled(if: SystemCalls.canBeTraced, "strace is not installed"), .timeLimit(.minutes(2)))
  func durability() async throws {
    try await withTestRepository { repository in
      let old = try await repository.id("main")
      try await repository.git("worktree", "add", "-q", "-b", "topic", "../agent")
      let agent = repository.sandbox.appending("agent")
      try writeFile(agent.pushing("src/deep/new.txt"), "new\n")
      try writeFile(agent.pushing("src/a.txt"), "changed\n")
      try await repository.git("add", "--all", at: agent)
      try await repository.git("commit", "-q", "-m", "first", at: agent)
      try await Oracle.run("rm", ["src/b.txt"], in: agent)
      try await repository.git("commit", "-q", "-a", "-m", "second", at: agent)
      let calls = try await SystemCalls.trace(
        "TracedOperations/landTopic", "fsync,fdatasync,rename,renameat,renameat2",
        in: repository.root, sandbox: repository.sandbox)
      #expect(try await repository.id("main") == repository.id("topic"))
      try await compare(calls, repository, old)

      try repository.write("more.txt", "more\n")
      try await repository.git("add", "--all")
      let others = try await SystemCalls.trace(
        "TracedOperations/stockCommit", "fsync,fdatasync,rename", in: repository.root,
        sandbox: repository.sandbox)
      #expect(try await repository.git("log", "-1", "--format=%s") == "more")
      #expect(others.contains { $0.contains("rename") })
      #expect(!others.contains { $0.contains("sync(") })
    }
  }

  private func compare(
    _ calls: [String], _ repository: TestRepository, _ old: ObjectID
  ) async throws {
    let moved = try #require(
      calls.firstIndex { $0.contains("rename") && $0.contains("refs/heads/main.lock") })
    let flushed = calls[..<moved].filter { $0.contains("sync(") }
    let objects = try await repository.git("rev-list", "--objects", "topic", "^\(old)")
    let ids = objects.split(separator: "\n").map { $0.prefix(40) }
    #expect(ids.count >= 8)
    for id in ids {
      let file = "objects/\(id.prefix(2))/\(id.dropFirst(2))>"
      #expect(flushed.contains { $0.contains(file) }, "\(id) is not flushed")
      #expect(flushed.contains { $0.contains("objects/\(id.prefix(2))>") })
    }
    #expect(flushed.contains { $0.contains("refs/heads/main.lock>") })
    #expect(flushed.contains { $0.contains(".gitengine-") && $0.contains("/index>") })
    // The new files, and at the end the directories of all that changed.
    #expect(flushed.count { $0.contains(".gitengine-") } >= 3)
    let after = calls[moved...].filter { $0.contains("sync(") }
    for place in ["refs/heads>", "repo/src>", "repo/src/deep>", "repo/.git>"] {
      #expect(after.contains { $0.contains(place) }, "\(place)")
    }
  }
}

/// What the tests above look at from outside.
@Suite(.enabled(if: SystemCalls.place != nil, "only under strace"))
struct TracedOperations {
  @Test func landTopic() async throws {
    let repository = TestRepository(
      root: try #require(SystemCalls.place), sandbox: try #require(SystemCalls.place))
    let (old, new) = (try await repository.id("main"), try await repository.id("topic"))
    let outcome = try await repository.engine().transaction {
      try $0.land(
        LandingRequest(
          branch: .branch("main"), expected: old, commit: new, reflogMessage: "land",
          signature: TestRepository.signature, savedWorkPrefix: ReferenceName("refs/saved/x")))
    }
    guard case .landed = outcome else { throw OracleError(description: "\(outcome)") }
  }

  @Test func stockCommit() async throws {
    // The engine starts libgit2.
    let root = try #require(SystemCalls.place)
    _ = try GitRepository.open(root)
    let status = try Stock(root).commitIndex("more\n")
    #expect(status == 0)
  }
}
