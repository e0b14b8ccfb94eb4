import GitEngine
import SystemPackage
import TestSupport
import Testing

/// Merges that are begun in a checkout, compared with what `git merge --no-commit` leaves there.
@Suite struct MergeStartTests {
  // MARK: Generated histories

  @Test(arguments: [RandomHistory.Wildness.tame, .renames, .wild])
  func leavesWhatGitLeaves(_ wildness: RandomHistory.Wildness) async throws {
    try await compare(seeds: 0..<40, wildness)
  }

  @Test func leavesWhatGitLeavesAsConfigured() async throws {
    try await compare(
      seeds: 500..<520, .renames,
      configuration: ["merge.conflictStyle": "diff3", "core.commentChar": ";"])
  }

  private func compare(
    seeds: Range<Int>, _ wildness: RandomHistory.Wildness, configuration: [String: String] = [:]
  ) async throws {
    try await withTestRepository { repository in
      for (name, value) in configuration { try await repository.git("config", name, value) }
      let file = repository.sandbox.appending("import")
      try writeFile(file, seeds.flatMap { RandomHistory.make(seed: $0, wildness) })
      try await Oracle.run(
        "sh", ["-c", "git fast-import --quiet < '\(file.string)'"], in: repository.root)
      let places = ["git", "engine"].map { repository.sandbox.appending($0) }
      for place in places {
        try await repository.git("worktree", "add", "-q", "--detach", place.string)
      }
      let engine = try repository.engine()
      var compared = 0
      for seed in seeds {
        let (ours, theirs) = (
          try await repository.id("s\(seed)/ours"), try await repository.id("s\(seed)/theirs")
        )
        let git = try #require(
          try await GitMerge.all([(ours: ours, theirs: theirs)], in: repository).first)
        let mine = try await engine.read { try GitMerge(engine: $0, ours, theirs) }
        // Where the merges themselves differ, other tests say why.
        guard let git, mine.isSame(as: git) else { continue }
        var isUsable = true
        for place in places {
          let output = try await Oracle.run(
            "sh",
            [
              "-c",
              """
              go() { git checkout -q -f --detach $1 && git clean -ffdxq && git status --porcelain; }
              git reset -q --hard && git clean -ffdxq && go \(theirs) && go \(ours)
              """,
            ], in: place)
          // A link with a zero byte in its target is always modified.
          isUsable = isUsable && output.bytes.isEmpty
        }
        guard isUsable else { continue }
        var options = MergeOptions()
        options.labels = MergeOptions.Labels(ours: "HEAD", theirs: "s\(seed)/theirs")
        options.writesConflictTree = true
        let merge = try await engine.read(at: places[1]) { [options] git -> TreeMerge? in
          guard
            case .merged(let merge) = try git.mergeInDetail(theirs, into: ours, options: options)
          else { return nil }
          return merge
        }
        guard let merge else { continue }
        let started = try await engine.transaction(at: places[1]) { git in
          try git.startMerge(
            merge, of: theirs, into: ours,
            message: .merge(branch: "s\(seed)/theirs", into: "HEAD"))
        }
        guard case .started = started else {
          // A submodule in the place of a file, or the other way round, is for a person.
          if case .refused(let obstacles) = started,
            obstacles.allSatisfy({ $0.reason == .modeChanged })
          {
            continue
          }
          Issue.record("seed \(seed): \(started)")
          continue
        }
        _ = try await Oracle.git(
          ["merge", "--no-commit", "s\(seed)/theirs"], in: places[0], allowFailure: true)
        let (left, right) = (try await state(places[0]), try await state(places[1]))
        if left != right {
          Issue.record(
            """
            seed \(seed)
            git: \(left.filter { !right.contains($0) })
            engine: \(right.filter { !left.contains($0) })
            """)
        }
        compared += 1
      }
      #expect(compared > seeds.count / 2)
    }
  }

  /// Index, files, what git remembers of the merge, and the commit that ends it.
  private func state(_ place: FilePath) async throws -> [String] {
    try await Oracle.run(
      "sh",
      [
        "-c",
        """
        git ls-files -s
        git status --porcelain=v2 --untracked-files=all
        cd "$(git rev-parse --show-toplevel)"
        cp "$(git rev-parse --git-path index)" ../temporary-index
        GIT_INDEX_FILE=../temporary-index git add -A && GIT_INDEX_FILE=../temporary-index git write-tree
        cd "$(git rev-parse --git-dir)"
        for name in MERGE_HEAD MERGE_MSG MERGE_MODE AUTO_MERGE ORIG_HEAD; do
          echo "== $name"; cat $name
        done
        cd - >/dev/null
        git add -A && git commit -q --no-edit && git log -1 --format=%H%n%P%n%B
        """,
      ], in: place, allowFailure: true
    ).text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  // MARK: By hand

  /// Two branches that change one line, and `body` with their commits; `topic` is checked out.
  private func withConflict(
    _ body: (TestRepository, _ ours: ObjectID, _ theirs: ObjectID) async throws -> Void
  ) async throws {
    try await withTestRepository { repository in
      let text = numberedLines("a")
      let theirs = try await repository.commit(
        on: "main",
        [
          "src/a.txt": text.replacing("a line 3\n", with: "theirs\n"), "new.txt": "new\n",
          "src/b.txt": nil,
        ])
      try await repository.git("branch", "other", "\(theirs)")
      try await repository.git("checkout", "-q", "-b", "topic")
      try repository.write("src/a.txt", text.replacing("a line 3\n", with: "ours\n"))
      let ours = try await repository.commitAll("ours")
      try await body(repository, ours, theirs)
    }
  }

  private func start(
    _ repository: TestRepository, _ theirs: ObjectID, into ours: ObjectID
  ) async throws -> MergeStart {
    let engine = try repository.engine()
    var options = MergeOptions()
    options.labels = MergeOptions.Labels(ours: "HEAD", theirs: "other")
    options.writesConflictTree = true
    let merge = try await engine.read { [options] git in
      try git.mergeInDetail(theirs, into: ours, options: options).treeMerge
    }
    let made = try #require(merge)
    return try await engine.transaction { git in
      try git.startMerge(
        made, of: theirs, into: ours, message: .merge(branch: "other", into: "topic"))
    }
  }

  @Test func reportsAndCanBeAborted() async throws {
    try await withConflict { repository, ours, theirs in
      guard case .started(let report) = try await start(repository, theirs, into: ours) else {
        return #expect(Bool(false), "refused")
      }
      #expect(Set(report.written) == ["src/a.txt", "new.txt"])
      #expect(report.removed == ["src/b.txt"])
      #expect(
        repository.read("src/a.txt")?.contains("<<<<<<< HEAD\nours\n=======\ntheirs\n") == true)
      let operation = try await repository.engine().read { try $0.worktrees().first?.operation }
      #expect(operation?.kind == .merge)
      try await repository.git("merge", "--abort")
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(try await repository.id("HEAD") == ours)
    }
  }

  /// The index names trees of unchanged directories; one that gets a conflict is none.
  @Test func forgetsTheTreeOfADirectoryWithANewConflict() async throws {
    try await withTestRepository { repository in
      let base = try await repository.commit(on: "main", ["src/deep/new.txt": "base\n"])
      let ours = try await repository.commit(on: "\(base)", ["src/deep/new.txt": nil, "b": "b\n"])
      let other = try await repository.commit(on: "\(base)", ["src/deep/new.txt": "other\n"])
      try await repository.git("checkout", "-q", "--detach", "\(ours)")
      // Writes the names of all trees into the index.
      try await repository.git("write-tree")
      guard case .started = try await start(repository, other, into: ours) else {
        return #expect(Bool(false), "refused")
      }
      #expect(
        try await repository.git("status", "--porcelain") == "DU src/deep/new.txt")
    }
  }

  @Test func takenBackByAReset() async throws {
    try await withConflict { repository, ours, theirs in
      _ = try await start(repository, theirs, into: ours)
      _ = try await repository.engine().transaction { git in
        try git.reset(
          to: ours, .losingUncommittedWork, signature: TestRepository.signature)
      }
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(!repository.exists(".git/MERGE_HEAD") && !repository.exists("new.txt"))
    }
  }

  @Test(arguments: ["edited", "staged elsewhere", "untracked", "merging"])
  func refusesWhatIsInTheWay(_ what: String) async throws {
    try await withConflict { repository, ours, theirs in
      switch what {
      case "edited": try repository.write("src/a.txt", "mine\n")
      case "staged elsewhere":
        try repository.write("README.md", "mine\n")
        try await repository.git("add", "README.md")
      case "untracked": try repository.write("new.txt", "mine\n")
      default:
        _ = try await Oracle.git(["merge", "other"], in: repository.root, allowFailure: true)
      }
      let before = try await shown(repository)
      guard case .refused(let obstacles) = try await start(repository, theirs, into: ours) else {
        return #expect(Bool(false), "started")
      }
      #expect(!obstacles.isEmpty)
      #expect(try await shown(repository) == before)
    }
  }

  private func shown(_ repository: TestRepository) async throws -> [String] {
    let files = ["src/a.txt", "src/b.txt", "new.txt", "README.md", ".git/MERGE_MSG"]
    return [
      try await repository.git("ls-files", "-s"), try await repository.git("status", "--porcelain"),
    ] + files.map { repository.read(RepositoryPath($0)) ?? "-" }
  }

  /// An edit of a file that the merge does not touch stays.
  @Test func carriesOtherEdits() async throws {
    try await withConflict { repository, ours, theirs in
      try repository.write("README.md", "mine\n")
      guard case .started = try await start(repository, theirs, into: ours) else {
        return #expect(Bool(false), "refused")
      }
      #expect(repository.read("README.md") == "mine\n")
    }
  }

  @Test func refusesAnotherHead() async throws {
    try await withConflict { repository, ours, theirs in
      try await repository.git("commit", "-q", "--allow-empty", "-m", "more")
      do {
        _ = try await start(repository, theirs, into: ours)
        Issue.record("started")
      } catch let error as GitError {
        #expect(error.code == .modified)
      }
    }
  }

  // MARK: Operations

  @Test(arguments: ["merge", "rebase", "cherry-pick", "revert", "bisect"])
  func forgetsOperations(_ kind: String) async throws {
    try await withConflict { repository, ours, theirs in
      switch kind {
      case "bisect": try await repository.git("bisect", "start", "HEAD", "HEAD~1")
      case "revert":
        try repository.write("src/a.txt", "all\n")
        try await repository.commitAll("more")
        _ = try await Oracle.git(
          ["revert", "--no-edit", "HEAD~1"], in: repository.root, allowFailure: true)
      default:
        try repository.write("README.md", "edited\n")
        _ = try await Oracle.git(
          kind == "cherry-pick" ? [kind, "other"] : [kind, "--autostash", "other"],
          in: repository.root, allowFailure: true)
      }
      let engine = try repository.engine()
      func operation() async throws -> OperationInProgress? {
        try await engine.read { try $0.worktrees().first?.operation }
      }
      #expect(try await operation()?.kind.rawValue == kind)
      let aside = try await engine.read { try $0.autostash() }
      #expect((aside != nil) == ["merge", "rebase"].contains(kind))
      if let aside {
        #expect(try await repository.git("show", "\(aside):README.md") == "edited")
      }
      try await engine.transaction { try $0.forgetOperation() }
      #expect(try await operation() == nil)
      #expect(try await repository.git("status").contains("in progress") == false)
    }
  }
}
