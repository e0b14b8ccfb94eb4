import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// Merge bases, with and without git's commit-graph, compared with those of git, their order included.
@Suite struct MergeBaseTests {
  /// What is beside the objects.
  enum Graph: CaseIterable {
    case none
    case whole
    /// Two files, and commits that neither has.
    case chain
    /// In the repository that this one borrows objects from.
    case borrowed
    case turnedOff
    case cutOff
    case overwritten
  }

  @Test(arguments: Graph.allCases, Seeds.portions(6, of: 2))
  func mergeBasesAreGits(_ graph: Graph, _ seeds: Range<Int>) async throws {
    for seed in seeds {
      try await withTestRepository(empty: true) { repository in
        let stream = RandomCommits.make(seed: seed, count: 60, skewed: seed % 2 == 1)
        let place = try await make(graph, stream, repository)
        let engine = try GitRepository.open(place)
        var random = SeededGenerator(seed: seed + 7)
        for _ in 0..<20 {
          let one = try await repository.id("c\(Int.random(in: 1...60, using: &random))")
          let other = try await repository.id("c\(Int.random(in: 1...60, using: &random))")
          // Without the graph: git takes a damaged one at its word.
          let expected = try await Oracle.git(
            [
              "-c", "core.commitGraph=false", "merge-base", "--all", one.description,
              other.description,
            ], in: repository.root, allowFailure: true)
          let bases = try await engine.read { try $0.mergeBases(one, other) }
          #expect(
            bases.map(\.description) == expected.text.split(separator: "\n").map { String($0) },
            "seed \(seed): \(one) \(other)")
        }
      }
    }
  }

  /// Makes the history and the graph; gives the repository to ask.
  private func make(
    _ graph: Graph, _ stream: [UInt8], _ repository: TestRepository
  ) async throws -> FilePath {
    let text = String(decoding: stream, as: UTF8.self)
    let commits = text.split(separator: "commit refs/").map { String($0) }
    func add(_ commits: some Sequence<String>) async throws {
      let file = repository.sandbox.appending("stream")
      try writeFile(file, Array(commits.map { "commit refs/" + $0 }.joined().utf8))
      let marks = repository.sandbox.appending("marks").string
      let options = "--import-marks-if-exists='\(marks)' --export-marks='\(marks)'"
      try await Oracle.run(
        "sh", ["-c", "git fast-import --quiet \(options) < ../stream"], in: repository.root)
    }
    func write(_ options: String...) async throws {
      try await Oracle.git(
        ["commit-graph", "write", "--reachable"] + options, in: repository.root)
    }
    let file = repository.root.appending(".git/objects/info/commit-graph")
    switch graph {
    case .none: try await add(commits)
    case .whole:
      try await add(commits)
      try await write()
    case .chain:
      try await add(commits[..<25])
      try await write("--split=no-merge")
      try await add(commits[25..<50])
      try await write("--split=no-merge")
      try await add(commits[50...])
    case .borrowed:
      try await add(commits)
      try await write()
      try await repository.git("clone", "--quiet", "--bare", "--shared", ".", "../clone")
      return repository.sandbox.appending("clone")
    case .turnedOff:
      try await add(commits)
      // With parents that nobody has.
      try await write()
      try overwrite(file, from: 1100)
      try await repository.git("config", "core.commitGraph", "false")
    case .cutOff:
      try await add(commits)
      try await write()
      try writeAnew(file, Array(try readFile(file).prefix(1500)))
    case .overwritten:
      try await add(commits)
      try await write()
      try overwrite(file, from: 0)
    }
    return repository.root
  }

  private func overwrite(_ file: FilePath, from start: Int) throws {
    var bytes = try readFile(file)
    for position in bytes.indices.dropFirst(start) { bytes[position] = 0x6F }
    try writeAnew(file, bytes)
  }

  /// git makes these files read-only.
  private func writeAnew(_ file: FilePath, _ bytes: [UInt8]) throws {
    removeAll(file)
    try writeFile(file, bytes)
  }
}
