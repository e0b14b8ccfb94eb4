import GitEngine
import SystemPackage
import TestSupport
import Testing

/// Generated states, stashed and brought back by the engine and by git, each in a copy of its own.
@Suite struct StashOracleTests {
  static let seeds = Array(stride(from: 0, to: 128, by: 8))

  /// The entry is the same commit, bit by bit, unless git itself could not bring it back.
  @Test(arguments: seeds) func savesAndRestoresAsGitDoes(_ first: Int) async throws {
    for seed in first..<(first + 8) {
      try await withTestRepository(empty: true) { repository in
        var state = RandomCheckout(repository, seed: seed)
        try await state.make()
        let twin = TestRepository(
          root: repository.sandbox.appending("twin"), sandbox: repository.sandbox)
        try await Oracle.run(
          "cp", ["-a", repository.root.string, twin.root.string], in: repository.sandbox)
        try await StashComparison(repository, twin, seed, "seed \(seed): \(state.log)").run()
      }
    }
  }
}

/// What `git` says of a checkout and what its files are.
struct StashView: Equatable {
  var status: [UInt8]
  var staged: [UInt8]
  var files: String

  init(_ repository: TestRepository) async throws {
    status = try await repository.gitBytes(
      "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
    staged = try await repository.gitBytes("diff", "--cached", "--binary")
    files = try await Oracle.run(
      "sh",
      [
        "-c",
        "find . -path ./.git -prune -o ! -type d -printf '%y %m %p %l\\n' | sort;"
          + " find . -path ./.git -prune -o -type f -exec sha1sum {} + | sort",
      ], in: repository.root
    ).text
  }
}

extension StashView: CustomStringConvertible {
  var description: String {
    let texts = [status, staged].map { bytes in
      String(decoding: bytes.map { $0 == 0 ? UInt8(ascii: "\n") : $0 }, as: UTF8.self)
    }
    return (texts + [files]).joined(separator: "\n")
  }
}

private struct StashComparison {
  let ours: TestRepository
  let twin: TestRepository
  let seed: Int
  let name: String
  var options = StashOptions()
  var arguments = ["stash", "push"]

  init(_ ours: TestRepository, _ twin: TestRepository, _ seed: Int, _ name: String) {
    (self.ours, self.twin, self.seed, self.name) = (ours, twin, seed, name)
    switch seed % 6 {
    case 1, 4:
      options.includesUntracked = true
      arguments.append("--include-untracked")
    case 2:
      options.includesIgnored = true
      arguments.append("--all")
    case 3:
      options.keepsIndex = true
      arguments.append("--keep-index")
    default: break
    }
    if seed % 4 == 1 {
      options.message = "mine, \(seed)"
      arguments += ["--message", "mine, \(seed)"]
    }
  }

  func run() async throws {
    let before = try await StashView(ours)
    let options = self.options
    guard try await ours.git("rev-list", "--all", "--max-count=1") != "" else {
      await #expect(throws: GitError.self, "\(name)") {
        try await ours.engine().transaction {
          try $0.pushStash(options, signature: TestRepository.signature)
        }
      }
      return
    }
    let outcome = try await ours.engine().transaction {
      try $0.pushStash(options, signature: TestRepository.signature)
    }
    switch outcome {
    case .nothingToSave:
      try await Oracle.git(arguments, in: twin.root)
      if try await hasOnlyEmptyDirectories(twin) { return }
      #expect(try await twin.git("stash", "list") == "", "\(name)")
    case .refused(let obstacles):
      // Where git would delete what it has not saved.
      let reasons = Set(obstacles.map(\.reason))
      #expect(
        reasons.isSubset(of: [.directoryInTheWay, .fileInTheWay, .symlinkedParent]), "\(name)")
      #expect(try await StashView(ours) == before, "\(name)")
    case .saved(let entry):
      #expect(try await ours.id("stash") == entry.id, "\(name)")
      try await ours.git("fsck", "--strict")
      try await compare(entry, before)
    }
  }

  private func compare(_ entry: StashEntry, _ before: StashView) async throws {
    let pushed = try await Oracle.git(arguments, in: twin.root, allowFailure: true)
    let show = ["stash", "show", "-p", "--include-untracked"]
    let expected = try await Oracle.git(show, in: twin.root, allowFailure: true)
    // git refuses marks by `add --intent-to-add`, saves a file twice that was only removed from
    // the index, and forgets some deletions: see the article.
    var isFlawed = pushed.status != 0 || expected.status != 0
    if !isFlawed { isFlawed = try await !restores(before) }
    let shown = try await Oracle.git(show, in: ours.root)
    if !isFlawed {
      // git calls an empty directory an untracked file, and saves a commit of none.
      let revision = try await hasOnlyEmptyDirectories(twin) ? "stash^2" : "stash"
      #expect(try await twin.id(revision) == ours.id(revision), "\(name)")
      #expect(try await twin.id("stash^{tree}") == ours.id("stash^{tree}"), "\(name)")
      #expect(shown.bytes == expected.bytes, "\(name)")
      #expect(
        try await ours.git("stash", "list") == twin.git("stash", "list"), "\(name)")
      #expect(try await StashView(ours) == StashView(twin), "\(name): after the push")
    }
    try await compareRestoring(entry, before, isFlawed)
  }

  private func hasOnlyEmptyDirectories(_ repository: TestRepository) async throws -> Bool {
    let tree = try await Oracle.git(
      ["rev-parse", "--verify", "-q", "stash^3^{tree}"], in: repository.root, allowFailure: true)
    return tree.text == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
  }

  /// Whether git brings back in a third copy what it saved.
  private func restores(_ before: StashView) async throws -> Bool {
    let third = TestRepository(root: twin.sandbox.appending("third"), sandbox: twin.sandbox)
    try await Oracle.run("cp", ["-a", twin.root.string, third.root.string], in: twin.sandbox)
    if options.keepsIndex { try await third.git("reset", "-q", "--hard") }
    let status = try await Oracle.git(["stash", "apply"], in: third.root, allowFailure: true).status
    let files = try await StashView(third).files
    return status == 0 && files == before.files
  }

  private func compareRestoring(
    _ entry: StashEntry, _ before: StashView, _ isFlawed: Bool
  ) async throws {
    if options.keepsIndex {
      try await ours.git("reset", "-q", "--hard")
      try await Oracle.git(["reset", "-q", "--hard"], in: twin.root, allowFailure: true)
    }
    let reinstates = seed % 2 == 0
    let pop = reinstates ? ["stash", "pop", "--index"] : ["stash", "pop"]
    if seed % 3 == 0, !isFlawed {
      // Crosswise: git's entry by the engine, the engine's entry by git.
      try await Oracle.git(pop, in: ours.root)
      let id = try await twin.id("stash")
      let outcome = try await twin.engine().transaction {
        try $0.popStash(id, reinstatesIndex: reinstates)
      }
      #expect(outcome == .applied, "\(name)")
    } else {
      let outcome = try await ours.engine().transaction {
        try $0.popStash(entry.id, reinstatesIndex: reinstates)
      }
      #expect(outcome == .applied, "\(name)")
      if !isFlawed { try await Oracle.git(pop, in: twin.root) }
    }
    let after = try await StashView(ours)
    #expect(after.files == before.files, "\(name)")
    if isFlawed { return }
    let gits = try await StashView(twin)
    let isSame = after == gits
    #expect(isSame, "\(name): after the pop\n\(after)\ngit: \(gits)")
    #expect(try await ours.git("stash", "list") == twin.git("stash", "list"), "\(name)")
    #expect(!pathExists(ours.root.appending(".git/refs/stash")), "\(name)")
  }
}
