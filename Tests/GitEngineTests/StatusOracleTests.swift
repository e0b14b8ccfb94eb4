import GitEngine
import SystemPackage
import TestSupport
import Testing

/// A line of `git status --porcelain=v1`: the two letters and the path.
struct StatusLine: Hashable, Comparable, CustomStringConvertible {
  var letters: String
  var path: RepositoryPath

  var description: String { "\(letters) \(path)" }

  static func < (left: Self, right: Self) -> Bool {
    (left.path, left.letters) < (right.path, right.letters)
  }

  /// The lines of the output with `-z`, without renames.
  static func parse(_ porcelain: [UInt8]) -> Set<StatusLine> {
    Set(
      porcelain.split(separator: 0).map { record in
        StatusLine(
          letters: String(decoding: record.prefix(2), as: UTF8.self),
          path: RepositoryPath(bytes: record.dropFirst(3)))
      })
  }
}

extension StatusEntry {
  /// What `git status` prints of the entry; a path that was removed from the index and is there
  /// as an untracked file has two lines.
  var lines: [StatusLine] {
    func letter(_ change: Change?) -> String {
      switch change {
      case .added: "A"
      case .modified: "M"
      case .deleted: "D"
      case .typeChanged: "T"
      case nil: " "
      }
    }
    var lines: [StatusLine] = []
    if staged != nil || unstaged != nil {
      lines.append(StatusLine(letters: letter(staged) + letter(unstaged), path: path))
    }
    if isUntracked { lines.append(StatusLine(letters: "??", path: path)) }
    if isIgnored { lines.append(StatusLine(letters: "!!", path: path)) }
    return lines
  }
}

@Suite struct StatusOracleTests {
  static let seeds = Array(stride(from: 0, to: 160, by: 8))

  /// Generated states of a checkout: the engine and git say the same, letter by letter.
  @Test(arguments: seeds) func saysWhatGitSays(_ first: Int) async throws {
    for seed in first..<(first + 8) {
      try await withTestRepository(empty: true) { repository in
        var state = RandomCheckout(repository, seed: seed)
        try await state.make()
        try await expectSameStatus(repository, "seed \(seed): \(state.log)")
      }
    }
  }

  private func expectSameStatus(_ repository: TestRepository, _ name: String) async throws {
    let index = repository.root.appending(".git/index")
    let before = pathExists(index) ? try readFile(index) : []
    var withIgnored = StatusOptions()
    withIgnored.ignored = true
    let options = withIgnored
    let (plain, all) = try await repository.engine().read { git in
      (try git.status(), try git.status(options))
    }
    #expect((pathExists(index) ? try readFile(index) : []) == before, "\(name): wrote the index")

    // git refreshes the index when it looks, so it looks last.
    let porcelain = try await repository.gitBytes(
      "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
    let expected = StatusLine.parse(porcelain)
    let found = Set(plain.flatMap(\.lines))
    #expect(
      found == expected,
      "\(name)\nonly git: \(expected.subtracting(found).sorted())\nonly the engine: \(found.subtracting(expected).sorted())"
    )
    #expect(plain == plain.sorted { $0.path < $1.path })
    #expect(
      Set(all.flatMap(\.lines)).filter { $0.letters != "!!" } == found,
      "\(name): looking for ignored files changed the rest")
  }
}
