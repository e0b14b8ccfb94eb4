import GitEngine
import SystemPackage
import TestSupport
import Testing

/// Random checkouts, with random landings on the branch that they may show: what P2 says stays the same, stays.
///
/// `LL_SEEDS=1000-9000` gives other seeds.
@Suite struct LandingPropertyTests {
  static let seeds = Seeds.portions(200)

  @Test(arguments: seeds) func nothingOfTheUserChanges(_ seeds: Range<Int>) async throws {
    for seed in seeds {
      try await withTestRepository(empty: true) { repository in
        var series = LandingSeries(repository, seed: seed)
        try await series.run()
      }
    }
  }
}

/// Some landings, one after the other, while the user works on.
private struct LandingSeries {
  let repository: TestRepository
  let seed: Int
  var state: RandomCheckout
  var random: SeededGenerator

  init(_ repository: TestRepository, seed: Int) {
    self.repository = repository
    self.seed = seed
    state = RandomCheckout(repository, seed: seed, kind: .everything)
    random = SeededGenerator(seed: seed + 9_000_000)
  }

  mutating func run() async throws {
    // Long enough for edits that merge.
    for name in 1...5 {
      try repository.write(RepositoryPath("notes/\(name)"), numberedLines("note"))
    }
    try await state.make()
    let main = try await Oracle.git(
      ["rev-parse", "-q", "--verify", "main"], in: repository.root, allowFailure: true)
    guard main.status == 0 else { return }
    if random.oneIn(12) { try await beginOperation() }
    let fsck = try await problems()
    for number in 0..<3 {
      if random.oneIn(2) { try await edit() }
      let target = try await RandomTarget(.fewChanges, on: "main", seed: seed * 10 + number)
        .commit(in: repository)
      try await land(target, "seed \(seed), landing \(number): \(state.history)")
      if random.oneIn(2) { try await state.step() }
    }
    #expect(try await repository.falseCachedTrees() == "", "seed \(seed): \(state.history)")
    let new = try await problems().subtracting(fsck)
    #expect(new == [], "seed \(seed): \(state.history)")
  }

  /// Lines before and behind what files have, which landings may carry.
  private mutating func edit() async throws {
    let listed = try await repository.gitBytes("ls-files", "-z")
    for path in Set(listed.split(separator: 0).map { RepositoryPath(bytes: $0) }).sorted() {
      let place = path.absolute(in: repository.root)
      guard isRegularFile(place), random.oneIn(path.isInside("notes") ? 2 : 6) else { continue }
      let (line, text) = (Array("mine\n".utf8), try readFile(place))
      try writeFile(place, random.oneIn(2) ? line + text : text + line)
      state.note("edit \(path)")
    }
  }

  /// The marks of an operation of the user that is not finished, as git makes them.
  private mutating func beginOperation() async throws {
    let id = try await repository.id("main")
    func write(_ name: String, _ text: String) throws {
      try writeFile(repository.root.pushing(FilePath(".git/\(name)")), text + "\n")
    }
    let kind = random.pick(["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase", "bisect"])
    state.note("operation \(kind)")
    switch kind {
    case "rebase":
      try await repository.git("update-ref", "--no-deref", "HEAD", "\(id)")
      try write("HEAD", "\(id)")
      try write("rebase-merge/head-name", "refs/heads/main")
      try write("rebase-merge/onto", "\(id)")
      try write("rebase-merge/orig-head", "\(id)")
    case "bisect":
      try write("HEAD", "\(id)")
      try write("BISECT_START", "main")
      try write("BISECT_LOG", "git bisect start")
    default: try write(kind, "\(id)")
    }
  }

  private func problems() async throws -> Set<String> {
    let output = try await Oracle.git(
      ["fsck", "--strict", "--no-dangling"], in: repository.root, allowFailure: true)
    // Odd trees are the generator's; what counts is that no object is missing or broken.
    return Set(
      (output.text + "\n" + output.errors).split(separator: "\n").map(String.init)
        .filter { !$0.contains(" in tree ") && !$0.hasPrefix("notice: ") })
  }

  private func land(_ commit: ObjectID, _ name: String) async throws {
    let before = try await UserView(repository)
    let changed = try await repository.engine().read { git in
      Set(
        try git.changes(from: git.tree(of: before.id("refs/heads/main")), to: git.tree(of: commit))
          .map(\.path))
    }
    let request = LandingRequest(
      branch: .branch("main"), expected: try await repository.id("main"), commit: commit,
      reflogMessage: "landing", signature: TestRepository.signature,
      savedWorkPrefix: ReferenceName("refs/saved/test"))
    let outcome: LandingOutcome
    do {
      outcome = try await repository.engine().transaction { try $0.land(request) }
    } catch let error as GitError {
      // What is not supported is said, and nothing happens.
      #expect(error.code == .unsupported, "\(error); \(name)")
      #expect(try await UserView(repository) == before, "\(error); \(name)")
      return
    }
    let after = try await UserView(repository)
    switch outcome {
    case .deferred(let obstacles):
      #expect(!obstacles.isEmpty, "\(name)")
      #expect(after == before, "\(obstacles); \(name)")
    case .branchMoved: Issue.record("\(outcome); \(name)")
    case .landed(let report):
      var references = before.references
      references["refs/heads/main"] = "\(commit)"
      if let saved = report.saved { references["\(saved)"] = after.references["\(saved)"] }
      #expect(after.references == references, "\(report); \(name)")
      #expect(after.gitDirectory == before.gitDirectory, "\(report); \(name)")
      if report.worktree == nil {
        #expect(after.files == before.files, "\(name)")
        #expect(after.index == before.index, "\(name)")
      } else {
        let lost = try await self.lost(before, after, changed, report)
        #expect(lost.isEmpty, "\(lost): \(report); \(name)")
      }
    }
  }

  /// What is not as it was although the landing did not have to change it.
  private func lost(
    _ before: UserView, _ after: UserView, _ changed: Set<RepositoryPath>, _ report: LandingReport
  ) async throws -> [String] {
    var lost: [String] = []
    let carried = Set(report.carried)
    // With other rules, git says otherwise of files that are the same.
    let hasNewRules = changed.contains { $0.lastComponent.starts(with: ".git".utf8) }
    for path in Set(before.files.keys).union(after.files.keys) where !carried.contains(path) {
      let isTheirs = changed.contains(path) && before.status[path] == nil
      if before.files[path] != after.files[path], !isTheirs { lost.append("bytes of \(path)") }
    }
    for path in Set(before.index.keys).union(after.index.keys)
    where before.index[path] != after.index[path] && !changed.contains(path) {
      lost.append("entry of \(path)")
    }
    if !hasNewRules, before.hasStatus, after.hasStatus {
      for (path, status) in before.status
      where !changed.contains(path) && after.status[path] != status {
        lost.append("status of \(path): \(status), now \(after.status[path] ?? "none")")
      }
      // A submodule whose entry goes leaves its directory, as with git.
      for (path, status) in after.status
      where before.status[path] == nil && !changed.contains(where: { path == $0.appending([]) }) {
        lost.append("\(path) is \(status)")
      }
    }
    // A name that is no text cannot be an argument here.
    for path in carried where String(validating: path.bytes, as: UTF8.self) != nil {
      let saved = try await Oracle.git(
        ["cat-file", "--filters", "\(try #require(report.saved)):\(path)"], in: repository.root,
        allowFailure: true)
      let bytes = before.files[path].map { Array($0.drop { $0 != UInt8(ascii: " ") }.dropFirst()) }
      if saved.status != 0 || bytes != saved.bytes { lost.append("saved copy of \(path)") }
    }
    return lost
  }
}

/// What a user could miss: files, staged entries, branches, and what git keeps of unfinished operations.
private struct UserView: Equatable {
  var files: [RepositoryPath: [UInt8]]
  /// Mode, id and stage, and whether it is marked.
  var index: [RepositoryPath: [String]] = [:]
  var status: [RepositoryPath: String] = [:]
  var hasStatus: Bool
  var references: [String: String] = [:]
  /// The names in `.git`, and the content of its files but the index.
  var gitDirectory: [String: [UInt8]] = [:]

  init(_ repository: TestRepository) async throws {
    // Where a link took the place of a submodule, git says nothing but that.
    let said = try await Oracle.git(
      [
        "--no-optional-locks", "status", "--porcelain=v1", "-z", "--untracked-files=all",
        "--no-renames",
      ], in: repository.root, allowFailure: true)
    hasStatus = said.status == 0
    for entry in said.bytes.split(separator: 0) where entry.count > 3 {
      self.status[RepositoryPath(bytes: entry.dropFirst(3))] = String(
        decoding: entry.prefix(2), as: UTF8.self)
    }
    for arguments in [["--stage"], ["-v"]] {
      let listed = try await Oracle.git(["ls-files", "-z"] + arguments, in: repository.root).bytes
      for entry in listed.split(separator: 0) {
        let mark = UInt8(ascii: arguments == ["-v"] ? " " : "\t")
        let parts = entry.split(separator: mark, maxSplits: 1)
        guard parts.count == 2 else { continue }
        index[RepositoryPath(bytes: parts[1]), default: []].append(
          String(decoding: parts[0], as: UTF8.self))
      }
    }
    for line in try await repository.git("for-each-ref", "--format=%(refname) %(objectname)").split(
      separator: "\n")
    {
      let parts = line.split(separator: " ").map(String.init)
      references[parts[0]] = parts[1]
    }
    files = try workingFiles(below: repository.root)
    let place = repository.root.appending(".git")
    for name in directoryNames(place) where !["index", "gitengine.lock"].contains(name) {
      gitDirectory[name] =
        isRegularFile(place.appending(name)) ? try readFile(place.appending(name)) : []
    }
  }

  func id(_ reference: String) throws -> ObjectID {
    try #require(references[reference].flatMap { ObjectID(hex: $0) })
  }
}
