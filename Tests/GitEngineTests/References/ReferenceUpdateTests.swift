import GitEngine
import SystemPackage
import TestSupport
import Testing

@Suite struct ReferenceUpdateTests {
  private static let me = TestRepository.signature

  private func withCommits(
    _ body: (TestRepository, GitRepository, _ old: ObjectID, _ new: ObjectID) async throws -> Void
  ) async throws {
    try await withTestRepository { repository in
      let old = try await repository.id("HEAD")
      try repository.write("README.md", "second\n")
      let new = try await repository.commitAll("second")
      for name in ["one", "two", "three"] { try await repository.git("branch", name, "\(old)") }
      try await body(repository, repository.engine(), old, new)
    }
  }

  @Test func severalReferencesChangeTogether() async throws {
    try await withCommits { repository, engine, old, new in
      try await repository.git("pack-refs", "--all")
      try await engine.transaction { git in
        try git.updateReferences(
          [
            .update(.branch("one"), to: new, from: old), .delete(.branch("two"), at: old),
            .create(ReferenceName("refs/tool/x"), at: new), .verify(.branch("three"), at: old),
            .verify(.branch("nothing"), at: nil),
          ], message: "all of it", signature: Self.me)
      }
      #expect(try await repository.id("one") == new)
      #expect(try await repository.id("refs/tool/x") == new)
      #expect(try await repository.git("branch", "--list", "two") == "")
      #expect(!repository.exists(".git/logs/refs/heads/two"))
      #expect(try await repository.git("reflog", "-1", "--format=%gs", "one") == "all of it")
      try await repository.git("fsck", "--strict")
    }
  }

  @Test(arguments: 0..<6) func oneThatIsNotAsExpectedKeepsAllFromChanging(_ kind: Int) async throws
  {
    try await withCommits { repository, engine, old, new in
      let lock = repository.root.pushing(".git/refs/heads/three.lock")
      let wrong: ReferenceUpdate =
        switch kind {
        case 0: .update(.branch("three"), to: new, from: new)
        case 1: .create(.branch("three"), at: new)
        case 2: .delete(.branch("three"), at: new)
        case 3: .verify(.branch("three"), at: nil)
        case 4: .create(.branch("one/below"), at: new)
        default: .update(.branch("three"), to: new, from: old)
        }
      if kind == 5 { try writeFile(lock, "") }
      let before = try await repository.git("for-each-ref")
      await #expect(throws: GitError.self) {
        try await engine.transaction { git in
          try git.updateReferences(
            [
              .update(.branch("one"), to: new, from: old), .delete(.branch("two"), at: old), wrong,
            ], message: "no", signature: Self.me)
        }
      }
      #expect(try await repository.git("for-each-ref") == before)
      #expect(try await repository.git("reflog", "-1", "--format=%gs", "one") != "no")
      #expect(repository.exists(".git/logs/refs/heads/two"))
      #expect(pathExists(lock) == (kind == 5))
    }
  }

  @Test func listingIsGits() async throws {
    try await withCommits { repository, engine, _, _ in
      try await repository.git("tag", "light")
      try await repository.git("tag", "-a", "-m", "heavy", "heavy")
      try await repository.git("tag", "-a", "-m", "tag of a tag", "heavier", "heavy")
      try await repository.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/one")
      try await repository.git("symbolic-ref", "refs/remotes/origin/gone", "refs/heads/gone")
      let listed = try await engine.read { git in
        try git.references(peeling: true).map { reference in
          let peeled = reference.peeled == reference.target ? "" : "\(reference.peeled ?? .zero)"
          return "\(reference.name) \(reference.target) \(peeled) "
            + (reference.symbolicTarget?.text ?? "")
        }
      }
      let expected = try await repository.git(
        "for-each-ref", "--format=%(refname) %(objectname) %(*objectname) %(symref)")
      // git peels one level only.
      let inner = try await repository.id("heavy")
      let expectedLines = expected.replacing("\(inner) refs/tags", with: "")
        .split(separator: "\n").map(String.init)
      #expect(listed.count == expectedLines.count)
      #expect(
        listed.filter { !$0.contains("heavier") }
          == expectedLines.filter { !$0.contains("heavier") })
      let heads = try await engine.read { try $0.references(under: "refs/heads/t").map(\.name) }
      #expect(heads == [.branch("three"), .branch("two")])
    }
  }

  @Test func annotatedTagsAreGits() async throws {
    try await withCommits { repository, engine, old, _ in
      let id = try await engine.transaction { git in
        try git.createTag(.tag("v1"), of: old, message: "one\n", tagger: Self.me)
      }
      #expect(try await repository.git("cat-file", "-t", "v1") == "tag")
      #expect(try await repository.id("v1^{commit}") == old)
      try await repository.git("tag", "-a", "-m", "two", "v2", "\(old)")
      let second = try await repository.id("v2")
      let (ours, theirs) = try await engine.read { (try $0.tag(id), try $0.tag(second)) }
      #expect(ours.name == "v1" && ours.target == old && ours.tagger == Self.me)
      #expect(theirs.name == "v2" && theirs.message == "two\n")
      try await repository.git("fsck", "--strict")
      await #expect(throws: GitError.self) {
        try await engine.transaction { git in
          _ = try git.createTag(.tag("v1"), of: old, message: "again\n", tagger: Self.me)
        }
      }
    }
  }

  @Test func aReflogIsReadAndContinued() async throws {
    try await withCommits { repository, engine, old, new in
      try await repository.git("update-ref", "-m", "by git", "refs/heads/one", "\(new)")
      try await engine.transaction { git in
        try git.appendToReflog(
          of: .branch("one"), old, message: "by the engine", signature: Self.me)
      }
      let entries = try await engine.read { try $0.reflog(of: .branch("one")) }
      #expect(entries.prefix(2).map(\.message) == ["by the engine", "by git"])
      #expect(entries.prefix(2).map(\.new) == [old, new])
      #expect(entries.first?.old == new)
      let log = try await repository.git("reflog", "show", "--format=%gs", "one")
      #expect(log == entries.map(\.message).joined(separator: "\n"))
      #expect(try await engine.read { try $0.reflog(of: .branch("none")) } == [])
    }
  }

  @Test func aRenamedBranchTakesWorktreesReflogAndConfigurationAlong() async throws {
    try await withCommits { repository, engine, _, _ in
      let linked = repository.sandbox.appending("linked")
      try await repository.git("worktree", "add", "-q", linked.string, "one")
      try await repository.git("config", "branch.one.description", "about")
      try await engine.transaction { git in
        try git.renameBranch(.branch("one"), to: .branch("uno"), signature: Self.me)
        try git.renameBranch(.branch("main"), to: .branch("trunk"), signature: Self.me)
      }
      #expect(try await repository.git("symbolic-ref", "HEAD", at: linked) == "refs/heads/uno")
      #expect(try await repository.git("symbolic-ref", "HEAD") == "refs/heads/trunk")
      #expect(try await repository.git("config", "branch.uno.description") == "about")
      #expect(
        try await repository.git("reflog", "show", "--format=%gs", "trunk")
          == "Branch: renamed refs/heads/main to refs/heads/trunk\ncommit: second\n"
          + "commit (initial): first")
      #expect(try await repository.git("branch", "--list", "one", "main") == "")
      try await engine.transaction { git in
        try git.renameBranch(.branch("two"), to: .branch("two/deep"), signature: Self.me)
        try git.renameBranch(.branch("two/deep"), to: .branch("two"), signature: Self.me)
      }
      #expect(try await repository.git("reflog", "show", "two").split(separator: "\n").count == 3)
      try await repository.git("fsck", "--strict")
      #expect(try await repository.git("status", "--porcelain", "--branch") == "## trunk")
      let taken = await #expect(throws: GitError.self) {
        try await engine.transaction { git in
          try git.renameBranch(.branch("two"), to: .branch("three"), signature: Self.me)
        }
      }
      #expect(taken?.code == .exists)
    }
  }

  @Test func upstreams() async throws {
    try await withCommits { repository, engine, old, _ in
      try await repository.git("remote", "add", "origin", "https://example.invalid/x.git")
      try await repository.git("update-ref", "refs/remotes/origin/main", "\(old)")
      #expect(try await engine.read { try $0.upstream(of: .branch("main")) } == nil)
      try await engine.transaction { git in
        try git.setUpstream(of: .branch("main"), to: ReferenceName("refs/remotes/origin/main"))
        try git.setUpstream(of: .branch("one"), to: .branch("two"))
      }
      #expect(
        try await repository.git("rev-parse", "--symbolic-full-name", "main@{upstream}")
          == "refs/remotes/origin/main")
      #expect(
        try await repository.git("rev-parse", "--symbolic-full-name", "one@{upstream}")
          == "refs/heads/two")
      #expect(
        try await engine.read { try $0.upstream(of: .branch("main")) }
          == ReferenceName("refs/remotes/origin/main"))
      try await engine.transaction { git in
        try git.setUpstream(of: .branch("main"), to: nil)
        try git.setUpstream(of: .branch("main"), to: nil)
      }
      #expect(try await engine.read { try $0.upstream(of: .branch("main")) } == nil)
    }
  }

  @Test func revisionsAreResolvedAsByGit() async throws {
    try await withCommits { repository, engine, _, _ in
      for revision in ["HEAD", "main~1", "main^{tree}", "HEAD:README.md", "one@{0}", ":/second"] {
        let expected = try await repository.id(revision)
        let found = try await engine.read { try $0.resolve(revision) }
        #expect(found == expected, "\(revision)")
      }
      #expect(try await engine.read { try $0.resolve("nothing") } == nil)
      #expect(try await engine.read { try $0.resolve("HEAD:nothing") } == nil)
      #expect(ReferenceName("refs/heads/a..b").isValid == false)
      #expect(ReferenceName.branch("fine").isValid)
    }
  }
}
