import GitEngine
import SystemPackage
import TestSupport
import Testing

@Suite struct MergeTests {
  private func merge(
    _ theirs: ObjectID, into ours: ObjectID, _ repository: TestRepository
  ) async throws -> MergeOutcome {
    try await repository.engine().read { try $0.merge(theirs, into: ours) }
  }

  private func conflicts(_ outcome: MergeOutcome) -> [String] {
    guard case .conflicts(let found) = outcome else { return ["\(outcome)"] }
    return found.map { "\($0.path): \($0.kind)" }
  }

  @Test func containedAndFastForward() async throws {
    try await withTestRepository { repository in
      let base = try await repository.id("HEAD")
      let next = try await repository.commit(on: "main", ["README.md": "next\n"])
      let tree = try await repository.id("\(next)^{tree}")
      #expect(try await merge(base, into: next, repository) == .alreadyContained)
      #expect(try await merge(next, into: next, repository) == .alreadyContained)
      #expect(try await merge(next, into: base, repository) == .clean(tree: tree))
      let (up, down) = try await repository.engine().read { git in
        (try git.isAncestor(base, of: next), try git.isAncestor(next, of: base))
      }
      #expect(up && !down)
    }
  }

  @Test func unrelated() async throws {
    try await withTestRepository { repository in
      let main = try await repository.id("HEAD")
      try await repository.git("checkout", "-q", "--orphan", "other")
      let other = try await repository.commitAll("other root")
      #expect(try await merge(other, into: main, repository) == .unrelated)
      #expect(try await repository.engine().read { try $0.mergeBase(main, other) } == nil)
    }
  }

  @Test func inAShallowClone() async throws {
    try await withTestRepository { repository in
      try repository.write("README.md", "two\n")
      try await repository.commitAll("two")
      try await repository.git(
        "clone", "-q", "--depth", "1", "file://\(repository.root)", "../shallow")
      let shallow = TestRepository(
        root: repository.sandbox.appending("shallow"), sandbox: repository.sandbox)
      let ours = try await shallow.commit(on: "HEAD", ["ours": "ours\n"])
      let theirs = try await shallow.commit(on: "HEAD", ["theirs": "theirs\n"])
      let expected = try await Oracle.git(
        ["merge-tree", "--write-tree", ours.description, theirs.description], in: shallow.root)
      let outcome = try await merge(theirs, into: ours, shallow)
      #expect(outcome == ObjectID(hex: expected.text).map { .clean(tree: $0) })
      let base = try await shallow.id("HEAD")
      #expect(try await shallow.engine().read { try $0.isAncestor(base, of: ours) })
      #expect(try await shallow.engine().read { try !$0.isAncestor(ours, of: theirs) })
    }
  }

  /// Nothing but objects is written, and no lock is needed.
  @Test func touchesNeitherFilesNorIndexNorReferences() async throws {
    try await withTestRepository { repository in
      let ours = try await repository.commit(on: "main", ["README.md": "ours\n"])
      let theirs = try await repository.commit(on: "main", ["README.md": "theirs\n"])
      let before = try await CheckoutSnapshot(repository)
      let index = try readFile(repository.root.pushing(".git/index"))
      let outcome = try await merge(theirs, into: ours, repository)
      #expect(conflicts(outcome) == ["README.md: content"])
      #expect(try readFile(repository.root.pushing(".git/index")) == index)
      #expect(try await CheckoutSnapshot(repository) == before)
    }
  }

  @Test func kindsOfConflict() async throws {
    try await withTestRepository { repository in
      let ours = try await repository.commit(
        on: "main", ["README.md": "ours\n", "src/b.txt": nil, "new": "ours\n"])
      let theirs = try await repository.commit(
        on: "main", ["README.md": nil, "src/b.txt": "theirs\n", "new": "theirs\n"])
      #expect(
        conflicts(try await merge(theirs, into: ours, repository)) == [
          "README.md: modify/delete", "new: add/add", "src/b.txt: modify/delete",
        ])
    }
  }

  // Conflicts that libgit2 alone resolves in silence.

  @Test func anAdditionToADirectoryThatWasMoved() async throws {
    try await withTestRepository { repository in
      let mover = try await repository.commit(
        on: "main",
        [
          "src/a.txt": nil, "src/b.txt": nil, "src/deep/c.txt": nil,
          "lib/a.txt": numberedLines("a"), "lib/b.txt": numberedLines("b"),
          "lib/deep/c.txt": numberedLines("c"),
        ])
      let adder = try await repository.commit(on: "main", ["src/new.txt": "new\n"])
      let expected = ["lib/new.txt: directory rename suggested"]
      #expect(conflicts(try await merge(adder, into: mover, repository)) == expected)
      #expect(conflicts(try await merge(mover, into: adder, repository)) == expected)
      let git = try await Oracle.git(
        ["merge-tree", "--write-tree", "\(mover)", "\(adder)"], in: repository.root,
        allowFailure: true)
      #expect(git.status == 1 && git.text.contains("CONFLICT (file location)"))

      // Who does not want to be asked says so.
      try await repository.git("config", "merge.directoryRenames", "false")
      let silent = try await Oracle.git(
        ["merge-tree", "--write-tree", "\(mover)", "\(adder)"], in: repository.root)
      #expect(
        try await merge(adder, into: mover, repository)
          == ObjectID(hex: silent.text).map { .clean(tree: $0) })
    }
  }

  @Test func aDirectoryThatWasDeletedIsNotOneThatWasMoved() async throws {
    try await withTestRepository { repository in
      let ours = try await repository.commit(on: "main", ["src/deep/c.txt": nil])
      let theirs = try await repository.commit(on: "main", ["src/deep/new.txt": "new\n"])
      let git = try await Oracle.git(
        ["merge-tree", "--write-tree", "\(ours)", "\(theirs)"], in: repository.root)
      #expect(
        try await merge(theirs, into: ours, repository)
          == ObjectID(hex: git.text).map { .clean(tree: $0) })
    }
  }

  @Test func aRenameToWhereTheOtherSideHasADirectory() async throws {
    try await withTestRepository { repository in
      let ours = try await repository.commit(
        on: "main", ["src/a.txt": nil, "place": numberedLines("a")])
      let theirs = try await repository.commit(
        on: "main", ["src/b.txt": nil, "place/b.txt": numberedLines("b")])
      let outcome = try await merge(theirs, into: ours, repository)
      let git = try await Oracle.git(
        ["merge-tree", "--write-tree", "\(ours)", "\(theirs)"], in: repository.root,
        allowFailure: true)
      #expect(git.status == 1 && git.text.contains("file/directory"))
      #expect(conflicts(outcome).contains { $0 == "place~\(ours): file/directory" }, "\(outcome)")
    }
  }

  @Test func aMovedFileThatBecameALink() async throws {
    try await withTestRepository { repository in
      let theirs = try await repository.commit(
        on: "main", ["src/a.txt": nil, "moved": numberedLines("a")])
      try await Oracle.run("ln", ["-sf", "b.txt", "src/a.txt"], in: repository.root)
      let ours = try await repository.commitAll("link")
      let git = try await Oracle.git(
        ["merge-tree", "--write-tree", "\(ours)", "\(theirs)"], in: repository.root,
        allowFailure: true)
      #expect(git.status == 1)
      let outcome = try await merge(theirs, into: ours, repository)
      #expect(
        conflicts(outcome) == ["moved: modify/delete"])
    }
  }
}

@Suite struct TextMergeTests {
  /// Merging lines against `git merge-file`.
  @Test func mergesLinesLikeGit() async throws {
    try await withTestRepository { repository in
      let engine = try repository.engine()
      for seed in 0..<120 {
        var random = SeededGenerator(seed: seed)
        let base = (1...Int.random(in: 1...12, using: &random)).map { "line \($0)" }
        let ours = edited(base, "ours", &random)
        let theirs = edited(base, "theirs", &random)
        let texts = [ours, base, theirs].map { text(of: $0, seed) }
        for (name, text) in zip(["ours", "base", "theirs"], texts) {
          try writeFile(repository.sandbox.appending(name), text)
        }
        let git = try await Oracle.git(
          ["merge-file", "-p", "../ours", "../base", "../theirs"], in: repository.root,
          allowFailure: true)
        let merged = try await engine.read { git in
          try git.mergeText(
            base: Array(texts[1].utf8), ours: Array(texts[0].utf8), theirs: Array(texts[2].utf8))
        }
        #expect(merged == (git.status == 0 ? git.bytes : nil), "seed \(seed)")
      }
    }
  }

  private func edited(
    _ lines: [String], _ side: String, _ random: inout SeededGenerator
  ) -> [String] {
    var lines = lines
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      let place = Int.random(in: 0...max(0, lines.count - 1), using: &random)
      switch random.pick(["edit", "insert", "delete", "same"]) {
      case "edit" where !lines.isEmpty: lines[place] = side
      case "delete" where !lines.isEmpty: lines.remove(at: place)
      case "same" where !lines.isEmpty: lines[place] = "the same on both sides"
      default: lines.insert(side, at: place)
      }
    }
    return lines
  }

  /// Some texts do not end with a line end, some have the line ends of Windows.
  private func text(of lines: [String], _ seed: Int) -> String {
    let end = seed % 5 == 0 ? "\r\n" : "\n"
    return lines.joined(separator: end) + (seed % 3 == 0 || lines.isEmpty ? "" : end)
  }

  @Test func whatIsNoTextConflicts() async throws {
    try await withTestRepository { repository in
      let results = try await repository.engine().read { git in
        [
          try git.mergeText(base: [0, 1], ours: [0, 2], theirs: [0, 3]),
          try git.mergeText(base: [0, 1], ours: [0, 1], theirs: [0, 3]),
          try git.mergeText(base: [0, 1], ours: [0, 2], theirs: [0, 2]),
          try git.mergeText(base: [], ours: [], theirs: Array("x\n".utf8)),
          try git.mergeText(base: Array("x\n".utf8), ours: [], theirs: Array("y\n".utf8)),
        ]
      }
      #expect(results == [nil, [0, 3], [0, 2], Array("x\n".utf8), nil])
    }
  }
}
