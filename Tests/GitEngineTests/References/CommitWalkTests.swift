import GitEngine
import SystemPackage
import TestSupport
import Testing

@Suite struct CommitWalkTests {
  private func withHistory(
    seed: Int, skewed: Bool, _ body: (TestRepository, Int) async throws -> Void
  ) async throws {
    try await withTestRepository(empty: true) { repository in
      let stream = repository.sandbox.appending("stream")
      try writeFile(stream, RandomCommits.make(seed: seed, count: 60, skewed: skewed))
      try await Oracle.run(
        "sh", ["-c", "git fast-import --quiet < ../stream"], in: repository.root)
      try await body(repository, 60)
    }
  }

  @Test(arguments: 0..<12) func aheadAndBehindAreGits(_ seed: Int) async throws {
    try await withHistory(seed: seed, skewed: seed % 3 == 0) { repository, count in
      var random = SeededGenerator(seed: seed + 99)
      for _ in 0..<8 {
        let one = "c\(Int.random(in: 1...count, using: &random))"
        let other = "c\(Int.random(in: 1...count, using: &random))"
        let (left, right) = (try await repository.id(one), try await repository.id(other))
        let counts = try await repository.engine().read { try $0.aheadBehind(left, right) }
        // One side at a time, since git itself miscounts "one...other" where dates are wrong.
        let ahead = try await repository.git("rev-list", "--count", one, "^" + other)
        let behind = try await repository.git("rev-list", "--count", other, "^" + one)
        #expect(
          "\(counts.ahead) \(counts.behind)" == "\(ahead) \(behind)",
          "seed \(seed): \(one) \(other)")
      }
    }
  }

  @Test(arguments: 0..<12) func walksAreGits(_ seed: Int) async throws {
    try await withHistory(seed: seed, skewed: false) { repository, count in
      var random = SeededGenerator(seed: seed + 7)
      for _ in 0..<6 {
        let tip = "c\(Int.random(in: 1...count, using: &random))"
        let hidden = "c\(Int.random(in: 1...count, using: &random))"
        var walk = CommitWalk(
          from: [try await repository.id(tip)], hiding: [try await repository.id(hidden)])
        walk.firstParentOnly = random.oneIn(3)
        walk.isReversed = random.oneIn(3)
        var arguments = ["rev-list", "--date-order", tip, "^" + hidden]
        if walk.firstParentOnly { arguments.append("--first-parent") }
        if walk.isReversed { arguments.append("--reverse") }
        let ids = try await repository.engine().read { [walk] git in
          try git.commits(walk).map { "\($0.id)" }
        }
        let expected = try await Oracle.git(arguments, in: repository.root).text
        // Commits of one date have no order that is promised.
        #expect(
          Set(ids) == Set(expected.split(separator: "\n").map(String.init)),
          "seed \(seed): \(arguments)")
        #expect(try await isTopological(ids, walk.isReversed, repository))
      }
    }
  }

  private func isTopological(
    _ ids: [String], _ isReversed: Bool, _ repository: TestRepository
  ) async throws -> Bool {
    let order = isReversed ? ids.reversed() : ids
    let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    let parents = try await repository.git("rev-list", "--parents", "--all")
    return parents.split(separator: "\n").allSatisfy { line in
      let names = line.split(separator: " ").map(String.init)
      guard let place = places[names[0]] else { return true }
      return names.dropFirst().allSatisfy { places[$0].map { $0 > place } ?? true }
    }
  }

  @Test func aWalkStopsWhenItIsTold() async throws {
    try await withTestRepository { repository in
      for number in 1...5 { try await repository.commitAll("commit \(number)") }
      let tip = try await repository.id("HEAD")
      let engine = try repository.engine()
      let two = try await engine.read { try $0.commits(CommitWalk(from: [tip]), limit: 2) }
      #expect(two.map(\.summary) == ["commit 5", "commit 4"])
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await engine.read { try $0.commits(CommitWalk(from: [tip])) }
      }
      let error = await #expect(throws: GitError.self) { try await task.value }
      #expect(error?.code == .cancelled)
    }
  }

  /// libgit2 before 1.7 finds no object behind the boundary.
  @Test(arguments: [1, 3, 6]) func shallowClonesEndAtTheirBoundary(_ depth: Int) async throws {
    try await withTestRepository { repository in
      for number in 1...4 { try await repository.commitAll("main \(number)") }
      try await repository.git("switch", "-q", "-c", "side", "HEAD~2")
      for number in 1...3 { try await repository.commitAll("side \(number)") }
      try await repository.git("merge", "-q", "--no-edit", "main")
      let clone = TestRepository(
        root: repository.sandbox.appending("clone"), sandbox: repository.sandbox)
      try await Oracle.git(
        [
          "clone", "-q", "--no-single-branch", "--depth=\(depth)", "file://\(repository.root)",
          clone.root.string,
        ], in: repository.sandbox)
      let (side, main) = (try await clone.id("HEAD"), try await clone.id("origin/main"))
      let (counts, ids) = try await clone.engine().read { git in
        (
          try git.aheadBehind(side, main),
          try git.commits(CommitWalk(from: [side], hiding: [main])).map { "\($0.id)" }
        )
      }
      let numbers = try await clone.git(
        "rev-list", "--left-right", "--count", "HEAD...origin/main")
      #expect("\(counts.ahead)\t\(counts.behind)" == numbers)
      let expected = try await clone.git("rev-list", "--date-order", "HEAD", "^origin/main")
      #expect(Set(ids) == Set(expected.split(separator: "\n").map(String.init)))
    }
  }
}
