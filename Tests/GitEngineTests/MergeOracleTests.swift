import GitEngine
import SystemPackage
import TestSupport
import Testing

/// What `git merge-tree --write-tree` says of a merge.
struct GitMerge {
  var isClean: Bool
  var tree: String
  var paths: Set<RepositoryPath>
  var messages: [String]

  init(_ output: Oracle.Output) throws {
    guard output.status <= 1 else { throw OracleError(description: output.errors) }
    isClean = output.status == 0
    var fields = output.bytes.split(separator: 0, omittingEmptySubsequences: false)[...]
    tree = fields.popFirst().map { String(decoding: $0, as: UTF8.self) } ?? ""
    paths = []
    while let field = fields.popFirst(), !field.isEmpty {
      // "path~branch" is where git would put a file whose name it cannot give to both sides.
      paths.insert(RepositoryPath(bytes: field.prefix { $0 != UInt8(ascii: "~") }))
    }
    // Then, for each message: number of paths, paths, kind, text.
    messages = []
    while let count = fields.popFirst().flatMap({ Int(String(decoding: $0, as: UTF8.self)) }) {
      fields = fields.dropFirst(count)
      if let kind = fields.popFirst() { messages.append(String(decoding: kind, as: UTF8.self)) }
      fields = fields.dropFirst()
    }
  }
}

@Suite struct MergeOracleTests {
  /// How a merge by the engine differs from git's.
  enum Difference: Hashable {
    case engineCleanGitConflict([String])
    case gitCleanEngineConflict
    case otherTree
    case otherPaths([String])
  }

  /// Without renames the verdicts are the same but for one class, and clean trees are equal.
  @Test func mergesLikeGitWithoutRenames() async throws {
    let differences = try await compare(seeds: 0..<400, renames: false)
    // A binary file that one side edits and whose mode the other changes: git takes both.
    #expect(differences.filter { $0.key != .gitCleanEngineConflict } == [:])
    #expect(Set(differences[.gitCleanEngineConflict] ?? []).isSubset(of: [178, 179]))
  }

  /// With renames the engine stops where git stops, and where it is clean the tree is git's.
  @Test func mergesLikeGitWithRenames() async throws {
    let differences = try await compare(seeds: 1000..<2000, renames: true)
    for (kind, seeds) in differences.sorted(by: { $0.value.count > $1.value.count }) {
      print("merge difference \(kind): \(seeds.count) of 1000, seeds \(seeds.prefix(5))")
    }
    let silent = differences.filter {
      if case .engineCleanGitConflict = $0.key { true } else { false }
    }
    // The merge bases of these criss-crosses conflict about a rename. Nothing is lost: both names
    // of the file are in the result.
    #expect(Set(silent.values.joined()).isSubset(of: [1837, 1838]))
    #expect(differences[.otherTree] == nil)
    #expect((differences[.gitCleanEngineConflict] ?? []).count <= 25)
  }

  private func compare(seeds: Range<Int>, renames: Bool) async throws -> [Difference: [Int]] {
    try await withTestRepository(empty: true) { repository in
      let histories = seeds.map { ($0, RandomHistory.make(seed: $0, renames: renames)) }
      let file = repository.sandbox.appending("import")
      try writeFile(file, histories.flatMap(\.1))
      try await Oracle.run(
        "sh", ["-c", "git fast-import --quiet < '\(file.string)'"], in: repository.root)
      var differences: [Difference: [Int]] = [:]
      let engine = try repository.engine()
      for (seed, _) in histories {
        let output = try await Oracle.git(
          [
            "merge-tree", "--write-tree", "--messages", "--name-only", "-z", "s\(seed)/ours",
            "s\(seed)/theirs",
          ], in: repository.root, allowFailure: true)
        let git = try GitMerge(output)
        let outcome = try await engine.read { session in
          guard let ours = try session.target(of: .branch("s\(seed)/ours")),
            let theirs = try session.target(of: .branch("s\(seed)/theirs"))
          else { throw OracleError(description: "the import made no branches") }
          return try session.merge(theirs, into: ours)
        }
        if let difference = Self.difference(outcome, git) {
          differences[difference, default: []].append(seed)
        }
      }
      return differences
    }
  }

  private static func difference(_ outcome: MergeOutcome, _ git: GitMerge) -> Difference? {
    let conflicts = Set(git.messages.filter { $0.hasPrefix("CONFLICT") }).sorted()
    switch outcome {
    case .clean(let tree):
      guard git.isClean else { return .engineCleanGitConflict(conflicts) }
      return git.tree == tree.description ? nil : .otherTree
    case .conflicts(let found):
      if git.isClean { return .gitCleanEngineConflict }
      let named = Set(found.map(\.path))
      let all = named.union(found.flatMap(\.otherPaths))
      return named == git.paths || git.paths.isSubset(of: all) ? nil : .otherPaths(conflicts)
    case .alreadyContained, .unrelated: return .otherTree
    }
  }
}
