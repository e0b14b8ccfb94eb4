import GitEngine
import SystemPackage
import TestSupport
import Testing

/// Generated histories, merged by the engine and by git: verdict, tree and conflicts must be the same.
@Suite struct MergeOracleTests {
  @Test(arguments: Seeds.portions(400, of: 100))
  func mergesLikeGitWithoutRenames(_ seeds: Range<Int>) async throws {
    try await compare(seeds) { RandomHistory.make(seed: $0, .tame) }
  }

  @Test(arguments: Seeds.portions(1000, of: 100))
  func mergesLikeGitWithRenames(_ seeds: Range<Int>) async throws {
    try await compare(seeds) { RandomHistory.make(seed: $0, .renames) }
  }

  @Test(arguments: Seeds.portions(2000, of: 100))
  func mergesLikeGitWhatNobodyShouldDo(_ seeds: Range<Int>) async throws {
    try await compare(seeds) { RandomHistory.make(seed: $0, .wild) }
  }

  @Test(arguments: Seeds.portions(200, of: 50))
  func mergesLikeGitWhatIsMuchAlike(_ seeds: Range<Int>) async throws {
    try await compare(seeds, RandomCrowd.make)
  }

  @Test(arguments: ["true", "false"], Seeds.portions(600, of: 100))
  func mergesLikeGitWithDirectoryRenames(_ value: String, _ seeds: Range<Int>) async throws {
    try await compare(seeds, configuration: ["merge.directoryRenames": value]) {
      RandomHistory.make(seed: $0, .wild)
    }
  }

  @Test(arguments: ["diff3", "zdiff3"], Seeds.portions(300, of: 100))
  func marksConflictsLikeGit(_ style: String, _ seeds: Range<Int>) async throws {
    try await compare(seeds, configuration: ["merge.conflictStyle": style]) {
      RandomHistory.make(seed: $0, .renames)
    }
  }

  private func compare(
    _ seeds: Range<Int>, configuration: [String: String] = [:], _ history: (Int) -> [UInt8]
  ) async throws {
    try await withTestRepository(empty: true) { repository in
      for (name, value) in configuration { try await repository.git("config", name, value) }
      let file = repository.sandbox.appending("import")
      try writeFile(file, seeds.flatMap { history($0) })
      try await Oracle.run(
        "sh", ["-c", "git fast-import --quiet < '\(file.string)'"], in: repository.root)
      let engine = try repository.engine()
      let pairs = try await engine.read { git in
        try seeds.map { seed in
          guard let ours = try git.target(of: .branch("s\(seed)/ours")),
            let theirs = try git.target(of: .branch("s\(seed)/theirs"))
          else { throw OracleError(description: "the import made no branches for seed \(seed)") }
          return (ours: ours, theirs: theirs)
        }
      }
      let merges = try await GitMerge.all(pairs, in: repository)
      for (index, git) in merges.enumerated() {
        let pair = pairs[index]
        let mine = try await engine.read { try GitMerge(engine: $0, pair.ours, pair.theirs) }
        guard let git else {
          #expect(!mine.isClean, "seed \(seeds.lowerBound + index), where git aborts")
          continue
        }
        if mine.isSame(as: git) || mine.isSafer(than: git) { continue }
        if try await keepsMore(mine, than: git, in: repository) { continue }
        Issue.record(
          """
          seed \(seeds.lowerBound + index), \(Set(git.messages).sorted())
          git: \(git.isClean) \(git.tree) \(git.stages)
          engine: \(mine.isClean) \(mine.tree) \(mine.stages)
          """)
      }
    }
  }

  /// Whether a merge is git's but for files that git moves with a directory, and then loses.
  private func keepsMore(
    _ mine: GitMerge, than git: GitMerge, in repository: TestRepository
  ) async throws -> Bool {
    guard mine.isClean == git.isClean, mine.stages == git.stages,
      git.messages.contains("Path updated due to directory rename")
    else { return false }
    let changes = try await repository.git("diff-tree", "-r", "--name-status", git.tree, mine.tree)
    return changes.split(separator: "\n").allSatisfy { $0.hasPrefix("A\t") }
  }
}
