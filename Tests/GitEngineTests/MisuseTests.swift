import GitEngine
import SystemPackage
import TestSupport
import Testing

/// Misuse of the engine does not compile, and the compiler says what the mistake is.
@Suite("Misuse", .timeLimit(.minutes(5)))
struct MisuseTests {
  struct Mistake: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// The body of a function that has a `repository`.
    var body: String
    /// What the compiler says of it; `nil` when it is no mistake.
    var says: String?
  }

  static let mistakes = [
    Mistake(
      testDescription: "none: what the others are variations of",
      body: "_ = try await repository.transaction { git in try git.head() }"),
    Mistake(
      testDescription: "storing the session",
      body: """
        nonisolated(unsafe) var kept: GitSession<Writing>? = nil
        try await repository.transaction { git in kept = git }
        _ = consume kept
        """,
      says: "is consuming"),
    Mistake(
      testDescription: "returning the session",
      body: "let kept: GitSession<Writing> = try await repository.transaction { git in git }",
      says: "requires that 'GitSession<Writing>' conform to 'Copyable'"),
    Mistake(
      testDescription: "handing the session to a task",
      body: "try await repository.transaction { git in _ = Task { _ = try git.head() } }",
      // Swift 6.3 gives up here without a message of its own.
      says: ""),
    Mistake(
      testDescription: "copying the session",
      body: "try await repository.transaction { git in let copy = git; _ = try copy.head() }",
      says: "'git' is borrowed and cannot be consumed"),
    Mistake(
      testDescription: "waiting inside a transaction, with others shut out",
      body: "try await repository.transaction { git in await Task.yield() }",
      says: "async"),
    Mistake(
      testDescription: "calling from outside a transaction",
      body: "_ = try repository.head()",
      says: "has no member 'head'"),
    Mistake(
      testDescription: "making a session by oneself",
      body: "_ = GitSession<Writing>()",
      says: "initializer is inaccessible"),
    Mistake(
      testDescription: "moving a branch in a read",
      body: """
        try await repository.read { git in
          try git.deleteReference(.branch("main"), at: git.head()!)
        }
        """,
      says: "requires the types 'Reading' and 'Writing' be equivalent"),
    Mistake(
      testDescription: "a transaction inside a transaction, which would wait for itself",
      body: "try await repository.transaction { git in try repository.transaction { _ in } }",
      says: "actor-isolated"),
  ]

  @Test("the compiler refuses it", arguments: mistakes)
  func doesNotCompile(_ mistake: Mistake) async throws {
    try await withSandbox { sandbox in
      let file = sandbox.appending("main.swift")
      try writeFile(
        file,
        """
        import GitEngine
        func f(_ repository: GitRepository) async throws {
        \(mistake.body)
        }

        """)
      let output = try await BuildProducts.compile(file)
      guard let expected = mistake.says else {
        #expect(output.status == 0, "\(output.errors)")
        return
      }
      #expect(output.status != 0)
      #expect(expected.isEmpty || output.errors.contains(expected), "\(output.errors)")
    }
  }

  @Test("values stay good when their session, their repository and its files are gone")
  func valuesOutlive() async throws {
    let (id, status, worktrees) = try await withTestRepository { repository in
      try repository.write("a", "1")
      try await repository.commitAll("one")
      try repository.write("b", "2")
      return try await repository.engine().read { git in
        (try git.head(), try git.status(), try git.worktrees())
      }
    }
    #expect(id?.description.count == 40)
    #expect(status.map(\.path) == ["b"])
    #expect(worktrees.first?.head == .branch(.branch("main")))
  }

  @Test("a repository that was deleted under its actor gives an error, not a crash")
  func repositoryGone() async throws {
    let engine = try await withTestRepository { try $0.engine() }
    await #expect(throws: GitError.self) { try await engine.read { try $0.head() } }
    await #expect(throws: GitError.self) { try await engine.transaction { try $0.head() } }
  }
}
