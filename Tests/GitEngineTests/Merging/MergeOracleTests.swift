import GitEngine
import SystemPackage
import TestSupport
import Testing

/// Generated histories, merged by the engine and by git: verdict, tree and conflicts must be the same.
@Suite struct MergeOracleTests {
  @Test func mergesLikeGitWithoutRenames() async throws {
    try await compare(seeds: 0..<400, .tame)
  }

  @Test func mergesLikeGitWithRenames() async throws {
    try await compare(seeds: 1000..<2000, .renames)
  }

  @Test func mergesLikeGitWhatNobodyShouldDo() async throws {
    try await compare(seeds: 2000..<4000, .wild)
  }

  @Test(arguments: ["true", "false"])
  func mergesLikeGitWithDirectoryRenames(_ value: String) async throws {
    try await compare(seeds: 4000..<4600, .wild, configuration: ["merge.directoryRenames": value])
  }

  @Test(arguments: ["diff3", "zdiff3"])
  func marksConflictsLikeGit(_ style: String) async throws {
    try await compare(seeds: 5000..<5300, .renames, configuration: ["merge.conflictStyle": style])
  }

  private func compare(
    seeds: Range<Int>, _ wildness: RandomHistory.Wildness, configuration: [String: String] = [:]
  ) async throws {
    try await withTestRepository(empty: true) { repository in
      for (name, value) in configuration { try await repository.git("config", name, value) }
      let file = repository.sandbox.appending("import")
      try writeFile(file, seeds.flatMap { RandomHistory.make(seed: $0, wildness) })
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
        Issue.record(
          """
          seed \(seeds.lowerBound + index), \(Set(git.messages).sorted())
          git: \(git.isClean) \(git.tree) \(git.stages)
          engine: \(mine.isClean) \(mine.tree) \(mine.stages)
          """)
      }
    }
  }
}
