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
