import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// Operations that are cancelled while a filter program works: it says through a named pipe that it
/// does, and would go on for ever.
@Suite(.timeLimit(.minutes(2)))
struct FilterCancellationTests {
  private func withBlockingFilter(
    _ direction: String, _ body: (TestRepository, FilePath) async throws -> Void
  ) async throws {
    try await withTestRepository { repository in
      let pipe = repository.sandbox.appending("pipe")
      try await Oracle.run("mkfifo", [pipe.string], in: "/")
      try repository.write(".gitattributes", "*.x filter=f\n")
      try repository.write("a.x", "a\n")
      try repository.write("b.x", "b\n")
      try await repository.commitAll("filtered")
      try await repository.git("config", "filter.f.required", "true")
      try await repository.git(
        "config", "filter.f.\(direction)",
        "FILTER_MARK='\(repository.sandbox)'; export FILTER_MARK; "
          + "sh -c 'echo started > \"\(pipe)\"; sleep 1000'")
      try await body(repository, pipe)
      try await wait(for: "the end of the programs") {
        processes(withEnvironment: "FILTER_MARK=\(repository.sandbox)").isEmpty
      }
    }
  }

  /// Cancels a task when the filter has begun; what it throws.
  private func cancel<Value: Sendable>(
    _ task: Task<Value, any Error>, at pipe: FilePath
  ) async throws -> (any Error)? {
    #expect(try await Oracle.run("cat", [pipe.string], in: "/").text == "started")
    task.cancel()
    do {
      _ = try await task.value
      return nil
    } catch {
      return error
    }
  }

  @Test func worktreeAdd() async throws {
    try await withBlockingFilter("smudge") { repository, pipe in
      let before = try await repository.listing()
      let start = try await repository.id("HEAD")
      let engine = try repository.engine()
      let task = Task {
        try await engine.addWorktree(
          at: repository.sandbox.appending("wt"), newBranch: .branch("topic"), startingAt: start,
          signature: TestRepository.signature)
      }
      let error = try await cancel(task, at: pipe)
      #expect((error as? GitError)?.code == .cancelled, "\(String(describing: error))")
      let after = try await repository.listing()
      #expect(before == after)
      #expect(try await repository.git("branch", "--list", "topic") == "")
    }
  }

  @Test func staging() async throws {
    try await withBlockingFilter("clean") { repository, pipe in
      try repository.write("a.x", "edited\n")
      let index = try readFile(repository.root.appending(".git/index"))
      let engine = try repository.engine()
      let task = Task { try await engine.transaction { try $0.stage(["a.x", "b.x"]) } }
      let error = try await cancel(task, at: pipe)
      #expect((error as? GitError)?.code == .cancelled, "\(String(describing: error))")
      #expect(try readFile(repository.root.appending(".git/index")) == index)
      #expect(!repository.exists(".git/index.lock"))
    }
  }

  @Test func stash() async throws {
    try await withBlockingFilter("clean") { repository, pipe in
      try repository.write("a.x", "edited\n")
      try repository.write("README.md", "edited\n")
      let engine = try repository.engine()
      let task = Task {
        try await engine.transaction { try $0.pushStash(signature: TestRepository.signature) }
      }
      let error = try await cancel(task, at: pipe)
      #expect((error as? GitError)?.code == .cancelled, "\(String(describing: error))")
      #expect(repository.read("a.x") == "edited\n" && repository.read("README.md") == "edited\n")
      #expect(try await repository.git("stash", "list") == "")
      #expect(!repository.exists(".git/index.lock"))
    }
  }

  @Test func status() async throws {
    try await withBlockingFilter("clean") { repository, pipe in
      try repository.write("a.x", "A\n")
      try await Oracle.run("touch", ["-d", "2020-01-01", "a.x"], in: repository.root)
      let engine = try repository.engine()
      let task = Task { try await engine.read { try $0.status() } }
      let error = try await cancel(task, at: pipe)
      #expect((error as? GitError)?.code == .cancelled, "\(String(describing: error))")
    }
  }

  @Test func landing() async throws {
    try await withBlockingFilter("smudge") { repository, pipe in
      let old = try await repository.id("main")
      let new = try await repository.commit(on: "main", ["a.x": "new\n", "README.md": "new\n"])
      let request = LandingRequest(
        branch: .branch("main"), expected: old, commit: new, reflogMessage: "land",
        signature: TestRepository.signature, savedWorkPrefix: ReferenceName("refs/saved/x"))
      let before = try await repository.listing()
      let engine = try repository.engine()
      let task = Task { try await engine.transaction { try $0.land(request) } }
      let error = try await cancel(task, at: pipe)
      #expect((error as? GitError)?.code == .cancelled, "\(String(describing: error))")
      let after = try await repository.listing()
      #expect(before == after)
      #expect(try await repository.id("main") == old)
      #expect(repository.read("a.x") == "a\n")
    }
  }

  @Test("a session that begins in a cancelled task runs to its end")
  func tidyingUp() async throws {
    try await withTestRepository { repository in
      try await repository.configureRot13()
      try repository.write(".git/info/attributes", "*.r13 filter=rot13\n")
      try repository.write("a.r13", "Hello\n")
      let engine = try repository.engine()
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await engine.transaction { try $0.stage(["a.r13"]) }
      }
      _ = try await task.value
      #expect(try await repository.git("cat-file", "blob", ":a.r13") == "Uryyb")
    }
  }
}
