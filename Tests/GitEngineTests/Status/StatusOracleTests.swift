import GitEngine
import SystemPackage
import TestSupport
import Testing

/// One way to ask for a status, in the words of git and of the engine.
struct StatusQuestion {
  var arguments: [String]
  var options = StatusOptions()

  init(
    _ untracked: StatusOptions.Untracked, _ ignored: StatusOptions.Ignored = .no,
    renames: Bool = false, paths: [RepositoryPath]? = nil
  ) {
    options.untracked = untracked
    options.ignored = ignored
    options.findsRenames = renames
    options.paths = paths
    arguments = [
      "--untracked-files=\(untracked)", "--ignored=\(ignored)",
      renames ? "--renames" : "--no-renames",
    ]
  }

  static let common: [StatusQuestion] = [
    StatusQuestion(.all), StatusQuestion(.normal), StatusQuestion(.no),
    StatusQuestion(.all, .traditional), StatusQuestion(.all, .matching),
    StatusQuestion(.normal, .traditional), StatusQuestion(.normal, .matching),
  ]

  /// What a shell runs, with its output in a file.
  func command(_ file: FilePath, _ format: String = "v2") -> String {
    var command = "git --no-optional-locks --literal-pathspecs status --porcelain=\(format) -z "
    command += arguments.joined(separator: " ") + " --"
    // The bytes of a path are spelled out, since not all are text.
    for path in options.paths ?? [] {
      let octal = path.bytes.map { byte -> String in
        let digits = String(byte, radix: 8)
        return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
      }.joined()
      command += " \"$(printf '\(octal)')\""
    }
    return command + " > '\(file.string)'\n"
  }
}

/// Generated states of a checkout: the engine and git say the same, byte for byte.
@Suite struct StatusOracleTests {
  /// Each seed gives a repository that goes through ten states.
  @Test(arguments: Seeds.portions(50, of: 5))
  func saysWhatGitSays(_ seeds: Range<Int>) async throws {
    for seed in seeds {
      try await withTestRepository(empty: true) { repository in
        var state = RandomCheckout(
          repository, seed: seed, kind: seed % 4 == 0 ? .plain : .everything)
        try await state.make()
        for number in 0..<10 {
          if number > 0 { try await state.step() }
          let name = "seed \(seed), state \(number): \(state.history)"
          guard try await hasSameStatus(repository, 10 * seed + number, name) else { break }
        }
      }
    }
  }

  private func hasSameStatus(
    _ repository: TestRepository, _ seed: Int, _ name: String
  ) async throws -> Bool {
    // To git a file in an unfinished merge may be where a deleted one went; it then forgets to say that
    // the other was deleted.
    let isMerging = try await repository.git("ls-files", "--unmerged") != ""
    var questions = [
      StatusQuestion(.all, renames: !isMerging), StatusQuestion.common[seed % 7],
    ]
    questions += try await pathQuestions(repository, seed).prefix(1)
    let file = { (number: Int, format: String) -> FilePath in
      repository.sandbox.appending("status-\(number)-\(format)")
    }
    var script = "set -e\n"
    for (number, question) in questions.enumerated() {
      script += question.command(file(number, "v2"))
    }
    script +=
      "git --no-optional-locks diff --no-renames --cached --name-status -z > '\(file(0, "staged"))'\n"
    script +=
      "git --no-optional-locks diff --no-renames --name-status -z > '\(file(0, "unstaged"))'\n"
    if seed % 3 == 0 { script += questions[0].command(file(0, "v1"), "v1") }
    let index = repository.root.appending(".git/index")
    let before = pathExists(index) ? try readFile(index) : []
    let asked = questions
    let answers = try await repository.engine().read { git in
      try asked.map { try git.status($0.options) }
    }
    #expect((pathExists(index) ? try readFile(index) : []) == before, "\(name): wrote the index")

    let output = try await Oracle.run(
      "sh", ["-c", script], in: repository.root, allowFailure: true)
    // git gives up on a link in the place of a submodule; there is nothing to compare with.
    if output.errors.contains("not to be a symbolic link") { return true }
    try #require(output.status == 0, "\(output.errors)\n\(name)")
    for (number, question) in questions.enumerated() {
      let expected = try readFile(file(number, "v2"))
      let found = StatusReport(answers[number]).porcelainV2
      guard found != expected else { continue }
      let asked = "\(question.arguments) \(question.options.paths ?? [])"
      Issue.record("DIFFERENCE: \(asked)\n\(difference(found, expected))\n\(name)")
      return false
    }
    let report = StatusReport(answers[1])
    let staged = try readFile(file(0, "staged"))
    #expect(
      report.stagedNames == staged, "\(name): \(difference(report.stagedNames, staged))")
    let unstaged = (
      withoutComparison(report.unstagedNames), withoutComparison(try readFile(file(0, "unstaged")))
    )
    #expect(
      unstaged.0 == unstaged.1,
      "\(name): \(difference(Array(unstaged.0.joined()), Array(unstaged.1.joined())))")
    let hasSameNames = report.stagedNames == staged && unstaged.0 == unstaged.1
    guard hasSameNames, seed % 3 == 0 else { return hasSameNames }
    let hasSameText = try StatusReport(answers[0]).porcelainV1 == readFile(file(0, "v1"))
    #expect(hasSameText, "\(name): porcelain v1")
    return hasSameText
  }

  /// Records of letters and paths, without the second one of an unfinished merge.
  private func withoutComparison(_ bytes: [UInt8]) -> [[UInt8]] {
    let fields = bytes.split(separator: 0, omittingEmptySubsequences: false).map { Array($0) }
    var records: [[UInt8]] = []
    var unmerged: Set<[UInt8]> = []
    for place in stride(from: 0, to: fields.count - 1, by: 2) {
      let (letter, path) = (fields[place], fields[place + 1])
      if unmerged.contains(path) { continue }
      if letter == Array("U".utf8) { unmerged.insert(path) }
      records.append(letter + [0] + path)
    }
    return records
  }

  /// Questions about some paths that the state has.
  private func pathQuestions(
    _ repository: TestRepository, _ seed: Int
  ) async throws -> [StatusQuestion] {
    var random = SeededGenerator(seed: ~seed)
    let all = try await repository.engine().read { git in
      var options = StatusOptions()
      options.ignored = .traditional
      return try git.status(options).map(\.path)
    }
    guard !all.isEmpty else { return [] }
    func some() -> [RepositoryPath] {
      (0..<Int.random(in: 1...2, using: &random)).map { _ in
        var path = random.pick(all)
        if path.bytes.last == UInt8(ascii: "/") {
          path = RepositoryPath(bytes: path.bytes.dropLast())
        }
        while random.oneIn(2), let parent = path.parent { path = parent }
        return path
      }
    }
    return [
      StatusQuestion(.all, paths: some()), StatusQuestion(.normal, paths: some()),
      StatusQuestion(.no, paths: some()), StatusQuestion(.normal, .traditional, paths: some()),
    ].shuffled(using: &random)
  }

  private func difference(_ found: [UInt8], _ expected: [UInt8]) -> String {
    func lines(_ bytes: [UInt8]) -> [String] {
      bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
    let (left, right) = (lines(found), lines(expected))
    return "only the engine: \(left.filter { !right.contains($0) })\n"
      + "only git: \(right.filter { !left.contains($0) })\n(\(left.count) and \(right.count) records)"
  }
}
