import GitEngine
import SystemPackage
import TestSupport
import Testing

/// What a repository uses, and what the engine says that it does about it.
@Suite struct CapabilityTests {
  private func capabilities(_ repository: TestRepository) async throws -> GitCapabilities {
    try await GitRepository.capabilities(at: repository.root)
  }

  private func features(_ repository: TestRepository) async throws -> [GitCapabilities.Feature] {
    try await capabilities(repository).findings.map(\.feature)
  }

  private func refused(_ repository: TestRepository) async throws -> [GitCapabilities.Feature] {
    try await capabilities(repository).refusals.map(\.feature)
  }

  @Test func aPlainRepositoryUsesNothing() async throws {
    try await withTestRepository { repository in
      #expect(try await features(repository) == [])
      let found = try await repository.engine().read { try $0.capabilities() }
      #expect(found.findings == [])
    }
  }

  @Test func aRepositoryWithoutACommit() async throws {
    try await withTestRepository(empty: true) { repository in
      let found = try await capabilities(repository)
      #expect(found.findings.map(\.feature) == [.unbornHead])
      #expect(found.refusals == [])
    }
  }

  /// `git sparse-checkout` writes its switch to `config.worktree`, which libgit2 1.5 does not read.
  @Test func sparseCheckouts() async throws {
    try await withTestRepository { repository in
      try await repository.git("sparse-checkout", "set", "src/deep")
      #expect(try await features(repository) == [.sparseCheckout])
      #expect(try await refused(repository) == [])
      try await repository.git("sparse-checkout", "set", "--no-cone", "README.md")
      let found = try await capabilities(repository)
      #expect(found.refusals.map(\.feature) == [.sparsePatterns])
      #expect(found[.sparsePatterns]?.refusal?.contains("--cone") == true)
      try await repository.git("sparse-checkout", "disable")
      #expect(try await features(repository) == [])
    }
  }

  @Test func indexesThatCannotBeRead() async throws {
    try await withTestRepository { repository in
      try await repository.git("update-index", "--split-index")
      #expect(try await refused(repository) == [.splitIndex])
      try await repository.git("update-index", "--no-split-index")
      #expect(try await refused(repository) == [])
      try await repository.git("config", "core.splitIndex", "true")
      #expect(try await refused(repository) == [.splitIndex])
      try await repository.git("config", "--unset", "core.splitIndex")
      try await repository.git("sparse-checkout", "set", "--sparse-index", "src/deep")
      #expect(try await refused(repository) == [.sparseIndex])
      let error = await #expect(throws: GitError.self) {
        try await repository.engine().transaction { try $0.stage(["README.md"]) }
      }
      #expect(error?.code == .unsupported, "\(String(describing: error))")
    }
  }

  @Test(arguments: [".gitattributes", "src/deep/.gitattributes", ".git/info/attributes"])
  func drivers(_ place: String) async throws {
    try await withTestRepository { repository in
      try repository.write(
        RepositoryPath(place), "# filter=comment\n*.bin filter=lfs.2 diff=lfs\n*.m\tmerge=own\n")
      try await repository.commitAll("attributes")
      #expect(try await features(repository) == [], "not configured: git does nothing either")
      try await repository.git("config", "filter.lfs.2.clean", "git-lfs clean -- %f")
      try await repository.git("config", "filter.unused.smudge", "cat")
      try await repository.git("config", "filter.comment.smudge", "cat")
      try await repository.git("config", "merge.own.driver", "true")
      let found = try await capabilities(repository)
      #expect(found.findings.map(\.feature) == [.filters, .mergeDrivers])
      #expect(found[.filters]?.names == ["lfs.2"] && found[.mergeDrivers]?.names == ["own"])
      #expect(found.refusals == [])
    }
  }

  @Test("files of another encoding are neither written nor stored")
  func encodings() async throws {
    try await withTestRepository { repository in
      try repository.write(
        ".gitattributes", "*.u8 working-tree-encoding=UTF-8\n*.u16 working-tree-encoding=UTF-16\n")
      try repository.write("a.u8", "text\n")
      try repository.write("a.u16", [0xfe, 0xff, 0, 65, 0, 10])
      try await repository.commitAll("encoded")
      let found = try await capabilities(repository)
      #expect(found[.workingTreeEncoding]?.names == ["UTF-16"])
      #expect(found.refusals.count == 1)

      try repository.write("a.u16", [0xfe, 0xff, 0, 66, 0, 10])
      let engine = try repository.engine()
      let staging = await #expect(throws: GitError.self) {
        try await engine.transaction { try $0.stage(["a.u16"]) }
      }
      #expect(staging?.code == .unsupported)
      #expect(staging?.message.contains("working-tree-encoding=UTF-16") == true)
      _ = try await engine.transaction { try $0.stage(["a.u8"]) }
      let worktree = repository.sandbox.appending("wt")
      let adding = await #expect(throws: GitError.self) {
        try await repository.addWorktree(worktree, "topic")
      }
      #expect(adding?.code == .unsupported, "\(String(describing: adding))")
      #expect(!pathExists(worktree))
    }
  }

  @Test func whatIsLeftOut() async throws {
    try await withTestRepository { repository in
      try await repository.commitAll("second")
      let hook = repository.root.appending(".git/hooks/pre-commit")
      try writeFile(hook, "#!/bin/sh\n", executable: true)
      try writeFile(repository.root.appending(".git/hooks/post-merge"), "#!/bin/sh\n")
      try writeFile(repository.root.appending(".git/hooks/a.sample"), "", executable: true)
      try await repository.git("config", "core.fsmonitor", "true")
      try await repository.git("config", "core.sharedRepository", "group")
      try await repository.git("config", "commit.gpgSign", "true")
      try await repository.git("replace", "--graft", "HEAD")
      try await repository.git("worktree", "add", "-q", "--detach", "../moved")
      try await Oracle.run("mv", ["moved", "elsewhere"], in: repository.sandbox)
      let found = try await capabilities(repository)
      #expect(
        found.findings.map(\.feature) == [
          .replacements, .hooks, .signing, .fileSystemMonitor, .sharedRepository, .movedWorktrees,
        ])
      #expect(found[.hooks]?.names == ["pre-commit"])
      #expect(found[.movedWorktrees]?.names == ["\(repository.sandbox.appending("moved"))"])
      #expect(found.refusals == [])
      try await repository.git("config", "core.fsmonitor", "false")
      #expect(try await capabilities(repository)[.fileSystemMonitor] == nil)
      try await repository.git("config", "core.hooksPath", "src")
      #expect(try await capabilities(repository)[.hooks] == nil)
    }
  }

  @Test func clones() async throws {
    try await withTestRepository { repository in
      try await repository.commitAll("second")
      try await repository.git("config", "uploadpack.allowFilter", "true")
      let clones = [
        ("shared", ["--shared"], [GitCapabilities.Feature.alternates]),
        ("shallow", ["--depth=1"], [.shallowClone]),
        ("partial", ["--filter=blob:none"], [.partialClone]),
      ]
      for (name, arguments, expected) in clones {
        let url = name == "shared" ? repository.root.string : "file://\(repository.root)"
        try await Oracle.git(["clone", "-q"] + arguments + [url, name], in: repository.sandbox)
        let path = repository.sandbox.appending(name)
        let found = try await GitRepository.capabilities(at: path)
        #expect(found.findings.map(\.feature) == expected)
        #expect(found.refusals.isEmpty == (name != "partial"))
      }
    }
  }

  @Test func submodules() async throws {
    try await withTestRepository { repository in
      try await Oracle.git(["init", "-q", "-b", "main", "other"], in: repository.sandbox)
      let other = repository.sandbox.appending("other")
      try await repository.git(
        "-c", "user.name=t", "-c", "user.email=t@e", "commit", "-qm", "x", "--allow-empty",
        at: other)
      try await repository.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other.string, "module")
      try await repository.commitAll("a submodule")
      #expect(try await features(repository) == [.submodules])
      #expect(try await refused(repository) == [])
    }
  }

  /// Repositories that do not open, each with the configuration that makes it so.
  static let closedRepositories:
    [(feature: GitCapabilities.Feature, variable: String, value: String)] = [
      (.objectFormat, "extensions.objectFormat", "sha256"),
      (.referenceStorage, "extensions.refStorage", "reftable"),
      (.partialClone, "extensions.partialClone", "origin"),
      (.unknownFormat, "extensions.futureThing", "true"),
      (.unknownFormat, "core.repositoryFormatVersion", "7"),
    ]

  @Test(
    "one that does not open is reported, and the error says the same", arguments: closedRepositories
  )
  func closed(_ feature: GitCapabilities.Feature, _ variable: String, _ value: String) async throws
  {
    try await withTestRepository { repository in
      try await repository.git("worktree", "add", "-q", "--detach", "../linked")
      try await repository.git("config", "core.repositoryFormatVersion", "1")
      try await repository.git("config", variable, value)
      for root in [repository.root, repository.sandbox.appending("linked")] {
        let found = try await GitRepository.capabilities(at: root)
        #expect(found.findings.map(\.feature) == [feature])
        let refusal = try #require(found.refusals.first?.refusal)
        let error = #expect(throws: GitError.self) { try GitRepository.open(root) }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains(refusal) == true, "\(String(describing: error))")
      }
    }
  }

  @Test func harmlessExtensionsOpen() async throws {
    try await withTestRepository { repository in
      try await repository.git("config", "core.repositoryFormatVersion", "1")
      for name in ["worktreeConfig", "preciousObjects", "relativeWorktrees", "noop"] {
        // git itself refuses to work where it does not know one.
        let file = repository.root.appending(".git/config").string
        try await Oracle.git(
          ["config", "-f", file, "extensions.\(name)", "true"], in: repository.sandbox)
      }
      #expect(try await features(repository) == [])
    }
  }
}
