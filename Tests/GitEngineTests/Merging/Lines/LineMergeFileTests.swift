import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// Merges by the classic diff compared with `git merge-file`, and its styles and favours.
@Suite struct LineMergeFileTests {
  private struct Case {
    var flags: [String]
    var favor: LineMerge.Favor = .none
    var style: LineMerge.Style = .merge
    var markerSize = 7
  }

  private static let cases = [
    Case(flags: []), Case(flags: ["--diff3"], style: .diff3),
    Case(flags: ["--zdiff3"], style: .zdiff3), Case(flags: ["--union"], favor: .union),
    Case(flags: ["--ours"], favor: .ours), Case(flags: ["--theirs"], favor: .theirs),
    Case(flags: ["--marker-size=13"], markerSize: 13),
  ]

  @Test(arguments: 0..<7) func mergesFilesLikeGit(number: Int) async throws {
    let test = Self.cases[number]
    try await withSandbox { sandbox in
      var different: [Int] = []
      for seed in number * 100 + 30_000..<number * 100 + 30_100 {
        let texts = RandomTexts(seed: seed, longest: seed % 10 == 0 ? 2000 : 60)
        try writeFile(sandbox.appending("ours"), texts.ours)
        try writeFile(sandbox.appending("base"), texts.base)
        try writeFile(sandbox.appending("theirs"), texts.theirs)
        let output = try await Oracle.git(
          ["merge-file", "-p", "-L", "mine", "-L", "old", "-L", "their own"] + test.flags
            + ["ours", "base", "theirs"], in: sandbox, allowFailure: true)
        let result = try LineMerge.merge(
          base: texts.base, ours: texts.ours, theirs: texts.theirs, favor: test.favor,
          style: test.style, markerSize: test.markerSize,
          labels: .init(ancestor: "old", ours: "mine", theirs: "their own"), algorithm: .myers,
          level: .zealousAboutWords)
        if result.bytes != output.bytes || min(result.conflicts, 127) != output.status {
          different.append(seed)
        }
      }
      #expect(different.isEmpty, "merges that differ from git's, by seed")
    }
  }
}
