import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

@Suite struct CapabilityTests {
  private func features(_ repository: TestRepository) async throws -> [String] {
    let head = try await repository.id("HEAD")
    return try await repository.engine().read { git in
      try git.unsupportedFeatures(in: head).map(\.name)
    }
  }

  @Test func aPlainRepositoryHasNone() async throws {
    try await withTestRepository { repository in
      let found = try await features(repository)
      #expect(found == [])
    }
  }

  /// `git sparse-checkout` writes its switch to `config.worktree`, which libgit2 1.5 does not read.
  @Test(arguments: [["set", "src/deep"], ["set", "--no-cone", "README.md"]])
  func sparseCheckout(_ arguments: [String]) async throws {
    try await withTestRepository { repository in
      try await Oracle.git(["sparse-checkout"] + arguments, in: repository.root)
      let isCone = !arguments.contains("--no-cone")
      #expect(
        try await features(repository) == (isCone ? [] : ["sparse checkout with patterns"]))
      try await repository.git("sparse-checkout", "disable")
      #expect(try await features(repository) == [])
    }
  }

  @Test func splitIndex() async throws {
    try await withTestRepository { repository in
      try await repository.git("update-index", "--split-index")
      #expect(try await features(repository) == ["split index"])
      try await repository.git("update-index", "--no-split-index")
      #expect(try await features(repository) == [])
      try await repository.git("config", "core.splitIndex", "true")
      #expect(try await features(repository) == ["split index"])
    }
  }

  @Test(arguments: [".gitattributes", "src/deep/.gitattributes", ".git/info/attributes"])
  func filters(_ place: String) async throws {
    try await withTestRepository { repository in
      try repository.write(RepositoryPath(place), "*.bin filter=lfs.2 diff=lfs\n")
      try await repository.commitAll("attributes")
      #expect(try await features(repository) == [], "not configured: git does nothing either")
      try await repository.git("config", "filter.lfs.2.clean", "git-lfs clean -- %f")
      try await repository.git("config", "filter.unused.smudge", "cat")
      #expect(try await features(repository) == ["the filter 'lfs.2'"])
    }
  }
}

@Suite struct IdentityTests {
  private func identity(
    _ repository: TestRepository, _ environment: [String: String] = [:]
  ) async throws -> [String]? {
    try await repository.engine().read { git in
      try git.identity { environment[$0] }.map { author, committer in
        [author, committer].map { "\($0.name) <\($0.email)>" }
      }
    }
  }

  @Test func fromConfigurationAndEnvironment() async throws {
    try await withTestRepository { repository in
      #expect(
        try await identity(repository) == Array(repeating: "Test <test@example.com>", count: 2))
      try await repository.git("config", "author.name", "Writer")
      #expect(
        try await identity(repository) == [
          "Writer <test@example.com>", "Test <test@example.com>",
        ])
      let environment = [
        "GIT_AUTHOR_NAME": "A", "GIT_COMMITTER_EMAIL": "c@example.com", "EMAIL": "e@example.com",
      ]
      #expect(
        try await identity(repository, environment) == [
          "A <test@example.com>", "Test <c@example.com>",
        ])
      for variable in ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"] {
        let git = try await Oracle.run(
          "git", ["var", variable], in: repository.root, environment: environment)
        let mine = try await identity(repository, environment)
        #expect(mine?.contains { git.text.hasPrefix($0) } == true)
      }

      try await repository.git("config", "--unset", "user.email")
      #expect(try await identity(repository) == nil)
      #expect(
        try await identity(repository, ["EMAIL": "e@example.com"]) == [
          "Writer <e@example.com>", "Test <e@example.com>",
        ])
      try await repository.git("config", "--unset", "user.name")
      #expect(try await identity(repository, ["EMAIL": "e@example.com"]) == nil)
    }
  }

  @Test func configurationIsReadByGitsRules() async throws {
    try await withTestRepository { repository in
      for (value, truth) in [("yes", true), ("off", false), ("1", true), ("true", true)] {
        try await repository.git("config", "x.flag", value)
        let read = try await repository.engine().read { try $0.configurationFlag("x.flag") }
        #expect(read == truth, "\(value)")
      }
      try await repository.git("config", "x.flag", "perhaps")
      await #expect(throws: GitError.self) {
        try await repository.engine().read { try $0.configurationFlag("x.flag") }
      }
      #expect(try await repository.engine().read { try $0.configuration("no.such") } == nil)
    }
  }
}
