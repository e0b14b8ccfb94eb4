import GitEngine
import SystemPackage
import TestSupport
import Testing

@Suite struct MergeOptionTests {
  private func lines(_ name: String, edited line: Int = 0) -> String {
    (1...20).map { $0 == line ? "edited\n" : "\(name) line \($0)\n" }.joined()
  }

  /// Past 1,000 changes libgit2 stopped to look for renames, in silence.
  @Test func aThousandRenamesMeetEdits() async throws {
    try await withTestRepository { repository in
      var base: [RepositoryPath: String?] = [:]
      var moves: [RepositoryPath: String?] = [:]
      var edits: [RepositoryPath: String?] = [:]
      for number in 0..<1100 {
        let name = "file \(number)"
        let old = RepositoryPath("old/\(number % 7)/\(name)")
        base[old] = lines(name)
        moves[old] = .some(nil)
        moves[RepositoryPath("new/\(number % 5)/\(number)")] = lines(name, edited: 3)
        if number % 10 == 0 { edits[old] = lines(name, edited: 15) }
      }
      let start = try await repository.commit(on: "main", base)
      let ours = try await repository.commit(on: "\(start)", moves)
      let theirs = try await repository.commit(on: "\(start)", edits)
      let git = try await GitMerge.all([(ours, theirs), (theirs, ours)], in: repository)
      for (index, pair) in [(ours, theirs), (theirs, ours)].enumerated() {
        let mine = try await repository.engine().read { try GitMerge(engine: $0, pair.0, pair.1) }
        #expect(mine.isClean && mine.tree == git[index]?.tree)
      }
    }
  }

  @Test func aLimitThatIsTooLowIsTold() async throws {
    try await withTestRepository { repository in
      var base: [RepositoryPath: String?] = [:]
      var moves: [RepositoryPath: String?] = [:]
      var edits: [RepositoryPath: String?] = [:]
      for number in 0..<4 {
        base[RepositoryPath("old\(number)")] = lines("\(number)")
        moves[RepositoryPath("old\(number)")] = .some(nil)
        moves[RepositoryPath("new\(number)")] = lines("\(number)", edited: 3)
        edits[RepositoryPath("old\(number)")] = lines("\(number)", edited: 15)
      }
      let start = try await repository.commit(on: "main", base)
      let ours = try await repository.commit(on: "\(start)", moves)
      let theirs = try await repository.commit(on: "\(start)", edits)
      var options = MergeOptions()
      options.renameLimit = 3
      let limited = options
      let merge = try await repository.engine().read {
        try $0.mergeInDetail(theirs, into: ours, options: limited)
      }
      guard case .merged(let result) = merge else {
        Issue.record("\(merge)")
        return
      }
      #expect(result.neededRenameLimit == 4)
      #expect(!result.isClean)
      try await repository.git("config", "merge.renameLimit", "3")
      let git = try await GitMerge.all([(ours, theirs)], in: repository)[0]
      let mine = try await repository.engine().read { try GitMerge(engine: $0, ours, theirs) }
      #expect(git.map { mine.isSame(as: $0) } == true)
      try await repository.git("config", "merge.renameLimit", "4")
      let clean = try await repository.engine().read { try GitMerge(engine: $0, ours, theirs) }
      #expect(clean.isClean)
    }
  }

  @Test func conflictsAreWrittenOnlyOnRequest() async throws {
    try await withTestRepository { repository in
      let ours = try await repository.commit(on: "main", ["README.md": "ours\n"])
      let theirs = try await repository.commit(on: "main", ["README.md": "theirs\n"])
      let before = try await repository.git("count-objects")
      let merge = try await repository.engine().read { try $0.mergeInDetail(theirs, into: ours) }
      guard case .merged(let result) = merge else {
        Issue.record("\(merge)")
        return
      }
      #expect(result.tree == nil && !result.isClean)
      #expect(try await repository.git("count-objects") == before)
    }
  }

  /// What cherry-picks are made of: three trees, and labels of the caller's choice.
  @Test func treesWithLabels() async throws {
    try await withTestRepository { repository in
      let ours = try await repository.commit(on: "main", ["README.md": "ours\n"])
      let theirs = try await repository.commit(on: "main", ["README.md": "theirs\n"])
      let text = try await repository.engine().read { git in
        var options = MergeOptions()
        options.labels = MergeOptions.Labels(ancestor: "start", ours: "HEAD", theirs: "picked")
        options.conflictStyle = .diff3
        options.writesConflictTree = true
        let base = try #require(try git.target(of: .branch("main")))
        let merge = try git.mergeTrees(
          base: git.tree(of: base), ours: git.tree(of: ours), theirs: git.tree(of: theirs),
          options: options)
        #expect(merge.conflicts.map(\.kind) == [.content])
        let tree = try #require(merge.tree)
        let entry = try #require(try git.entry(at: "README.md", in: tree))
        return String(decoding: try git.blob(entry.id), as: UTF8.self)
      }
      #expect(
        text == """
          <<<<<<< HEAD
          ours
          ||||||| start
          # Sample

          A repository for tests.
          =======
          theirs
          >>>>>>> picked

          """)
    }
  }

  @Test func favoringASideLeavesNoConflict() async throws {
    try await withTestRepository { repository in
      let ours = try await repository.commit(on: "main", ["README.md": "ours\n"])
      let theirs = try await repository.commit(on: "main", ["README.md": "theirs\n"])
      for (favor, side) in [(MergeOptions.Favor.ours, ours), (.theirs, theirs)] {
        let outcome = try await repository.engine().read { git in
          var options = MergeOptions()
          options.favor = favor
          return (try git.merge(theirs, into: ours, options: options), try git.tree(of: side))
        }
        #expect(outcome.0 == .clean(tree: outcome.1))
      }
    }
  }

  @Test func cancellationEndsAMergeWithoutAnObject() async throws {
    try await withTestRepository { repository in
      let ours = try await repository.commit(on: "main", ["README.md": "ours\n"])
      let theirs = try await repository.commit(on: "main", ["src/a.txt": "theirs\n"])
      let before = try await repository.git("count-objects")
      let engine = try repository.engine()
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await engine.read { try $0.merge(theirs, into: ours) }
      }
      await #expect { try await task.value } throws: { ($0 as? GitError)?.code == .cancelled }
      #expect(try await repository.git("count-objects") == before)
    }
  }

  /// A submodule goes to the side that contains the other, if its repository is there to ask.
  @Test func submodulesAreFastForwarded() async throws {
    try await withTestRepository { repository in
      let sub = repository.root.appending("sub")
      try await Oracle.git(["init", "-q", "-b", "main", sub.string], in: repository.root)
      var commits: [String] = []
      for number in 0..<3 {
        try await Oracle.git(
          [
            "-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "-q", "--allow-empty",
            "-m", "\(number)",
          ], in: sub)
        commits.append(try await Oracle.git(["rev-parse", "HEAD"], in: sub).text)
      }
      func commit(_ number: Int, on parent: String) async throws -> ObjectID {
        try await repository.git("checkout", "-q", "--detach", parent)
        try await repository.git(
          "update-index", "--add", "--cacheinfo", "160000,\(commits[number]),sub")
        try await repository.git("commit", "-q", "-m", "sub")
        return try await repository.id("HEAD")
      }
      let base = try await commit(0, on: "main")
      let one = try await commit(1, on: "\(base)")
      let two = try await commit(2, on: "\(base)")
      for (ours, theirs) in [(one, two), (two, one)] {
        let git = try await GitMerge.all([(ours, theirs)], in: repository)[0]
        let mine = try await repository.engine().read { try GitMerge(engine: $0, ours, theirs) }
        #expect(git.map { mine.isSame(as: $0) } == true && mine.isClean)
      }
    }
  }
}
