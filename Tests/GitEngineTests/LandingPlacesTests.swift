import GitEngine
import TestSupport
import Testing

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// Checkouts that do not lie where one expects them.
@Suite struct LandingPlacesTests {
  /// The git directory lies elsewhere, so libgit2 takes the directory above it for the checkout.
  @Test func landsWhereTheGitDirectoryIsSeparate() async throws {
    try await withTestRepository { repository in
      let gitDirectory = repository.sandbox.appending("elsewhere/repository.git")
      try makeDirectories(gitDirectory.removingLastComponent())
      try await repository.git("init", "-q", "--separate-git-dir", gitDirectory.string)
      let (outcome, commit) = try await repository.land(["src/a.txt": "landed\n"])
      #expect(outcome == .landed(LandingReport(worktree: repository.root)))
      #expect(repository.read("src/a.txt") == "landed\n")
      #expect(try await repository.id("HEAD") == commit)
      #expect(try await repository.git("status", "--porcelain") == "")
    }
  }

  /// Opened by such a git directory alone, nobody knows where the checkout is.
  @Test func defersWhereTheCheckoutIsUnknown() async throws {
    try await withTestRepository { repository in
      let gitDirectory = repository.sandbox.appending("elsewhere/repository.git")
      try makeDirectories(gitDirectory.removingLastComponent())
      try await repository.git("init", "-q", "--separate-git-dir", gitDirectory.string)
      // What libgit2 would take for the checkout has the same files.
      try await Oracle.run("cp", ["-r", "src", "../elsewhere/"], in: repository.root)
      let before = try await repository.id("main")
      let commit = try await repository.commit(on: "main", ["src/a.txt": "landed\n"])
      let request = LandingRequest(
        branch: .branch("main"), expected: before, commit: commit, reflogMessage: "landing",
        signature: TestRepository.signature, savedWorkPrefix: ReferenceName("refs/saved/test"))
      let outcome = try await GitRepository.open(gitDirectory).transaction {
        try $0.land(request)
      }
      #expect(outcome == .deferred([CheckoutObstacle(reason: .worktreeMissing)]))
      #expect(try await repository.id("main") == before)
      let other = repository.sandbox.appending("elsewhere/src/a.txt")
      #expect(try readFile(other) == Array(numberedLines("a").utf8))
    }
  }

  /// A worktree on a drive that is not there must not wake up on a branch that moved.
  @Test func defersWhereTheWorktreeIsLockedAndGone() async throws {
    try await withTestRepository { repository in
      try await repository.git("checkout", "-q", "-b", "other")
      try await repository.git("worktree", "add", "-q", "../drive", "main")
      try await repository.git("worktree", "lock", "../drive")
      try await Oracle.run("mv", ["drive", "unplugged"], in: repository.sandbox)
      let (outcome, _) = try await repository.land(["src/a.txt": "landed\n"])
      #expect(outcome == .deferred([CheckoutObstacle(reason: .worktreeMissing)]))
    }
  }
}
