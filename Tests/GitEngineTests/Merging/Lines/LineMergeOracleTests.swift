import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// Merges of lines compared with what git makes of the same texts.
@Suite struct LineMergeOracleTests {
  @Test(arguments: ["merge", "diff3", "zdiff3"], Seeds.portions(2000, of: 500))
  func mergesAreThoseOfGit(style: String, seeds: Range<Int>) async throws {
    try await compare(seeds.map { ($0, RandomTexts(seed: $0)) }, style: style)
  }

  @Test(arguments: Seeds.portions(60, of: 20))
  func mergesOfLongTextsAreThoseOfGit(seeds: Range<Int>) async throws {
    try await compare(seeds.map { ($0, RandomTexts(seed: $0, longest: 3000)) }, style: "merge")
  }

  /// Merges all triples with one run of git's own merge.
  private func compare(_ triples: [(seed: Int, texts: RandomTexts)], style: String) async throws {
    try await withTestRepository(empty: true) { repository in
      try await repository.importTexts(triples.map { ("f\($0.seed)", $0.texts) })
      try await repository.git("config", "merge.conflictStyle", style)
      try await repository.git("config", "merge.renames", "false")
      let output = try await Oracle.git(
        ["merge-tree", "--write-tree", "--no-messages", "ours", "theirs"], in: repository.root,
        allowFailure: true)
      let tree = try #require(ObjectID(hex: output.text.prefix(40)))
      let expected = try await repository.engine().read { git in
        try Dictionary(
          uniqueKeysWithValues: git.entries(of: tree).map {
            (String(decoding: $0.name, as: UTF8.self), try git.blob($0.entry.id))
          })
      }
      let base = try await repository.git("rev-parse", "--short", "base")
      let labels = LineMerge.Labels(ancestor: base, ours: "ours", theirs: "theirs")
      let styles: [String: LineMerge.Style] = ["diff3": .diff3, "zdiff3": .zdiff3]
      var different: [Int] = []
      for (seed, texts) in triples {
        // What is trivial by files never comes to lines.
        guard texts.base != texts.ours, texts.base != texts.theirs, texts.ours != texts.theirs
        else { continue }
        let result = try LineMerge.merge(
          base: texts.base, ours: texts.ours, theirs: texts.theirs,
          style: styles[style] ?? .merge, labels: labels)
        if result.bytes != expected["f\(seed)"] { different.append(seed) }
      }
      #expect(different.isEmpty, "merges that differ from git's, by seed")
    }
  }
}

extension TestRepository {
  /// Makes the branches `base`, `ours` and `theirs`, on one another, with a file for each triple.
  func importTexts(_ triples: [(name: String, texts: RandomTexts)]) async throws {
    func commit(
      _ branch: String, from: String?, _ text: (RandomTexts) -> [UInt8]
    ) -> [UInt8] {
      var stream = Array(
        """
        commit refs/heads/\(branch)
        committer Test <test@example.com> 1700000000 +0100
        data 5
        texts
        \(from.map { "from refs/heads/\($0)\n" } ?? "")
        """.utf8)
      for triple in triples {
        let bytes = text(triple.texts)
        stream += Array("M 644 inline \(triple.name)\ndata \(bytes.count)\n".utf8) + bytes
        stream.append(UInt8(ascii: "\n"))
      }
      return stream
    }
    let file = sandbox.appending("texts")
    try writeFile(
      file,
      commit("base", from: nil, \.base) + commit("ours", from: "base", \.ours)
        + commit("theirs", from: "base", \.theirs))
    try await Oracle.run("sh", ["-c", "git fast-import --quiet < '\(file.string)'"], in: root)
  }
}
