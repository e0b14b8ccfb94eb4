import GitEngine
import SystemPackage
import TestSupport
import Testing

/// Generated states, switched and reset by the engine and by git, each in a copy of its own.
@Suite struct SwitchOracleTests {
  static let seeds = Array(stride(from: 0, to: 128, by: 8))

  /// The differences that are allowed are those that the article on switching names.
  @Test(arguments: seeds) func switchesAndResetsAsGitDoes(_ first: Int) async throws {
    for seed in first..<(first + 8) {
      try await withTestRepository(empty: true) { repository in
        var state = RandomCheckout(repository, seed: seed)
        try await state.make()
        guard try await repository.git("rev-list", "--all", "--max-count=1") != "" else { return }
        let target = try await RandomTarget(.anything, on: "HEAD", seed: seed).commit(
          in: repository)
        try await repository.git("branch", "topic", "\(target)")
        let twin = TestRepository(
          root: repository.sandbox.appending("twin"), sandbox: repository.sandbox)
        try await Oracle.run(
          "cp", ["-a", repository.root.string, twin.root.string], in: repository.sandbox)
        try await SwitchComparison(
          repository, twin, seed, target, "seed \(seed): \(state.log.joined(separator: "; "))"
        ).run()
      }
    }
  }
}

/// What git says of a checkout, times left out, and its files.
struct CheckoutView: Equatable {
  var head: [UInt8]
  var index: String
  var status: [UInt8]
  var files: [RepositoryPath: [UInt8]]
  var reflog: String
  var references: String

  init(_ repository: TestRepository, _ root: FilePath? = nil) async throws {
    let root = root ?? repository.root
    head = (try? readFile(root.pushing(".git/HEAD"))) ?? []
    let debug = try await repository.git("ls-files", "--stage", "--debug", at: root)
    index = debug.split(separator: "\n").filter { line in
      !["  ctime:", "  mtime:", "  dev:", "  uid:"].contains { line.hasPrefix($0) }
    }.map { $0.hasPrefix("  size:") ? String($0.drop { $0 != "\t" }) : String($0) }
      .joined(separator: "\n")
    status = try await repository.gitBytes(
      "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", at: root)
    files = try workingFiles(below: root)
    reflog = try await Oracle.git(
      ["reflog", "show", "--format=%gd %H %gs", "HEAD"], in: root, allowFailure: true
    ).text
    references = try await repository.git("for-each-ref", at: root)
  }

  /// The paths that are untracked or differ from HEAD or the index.
  var dirty: [RepositoryPath] {
    status.split(separator: 0).filter { $0.count > 3 }.map {
      RepositoryPath(bytes: $0.dropFirst(3))
    }
  }
}

private struct SwitchComparison {
  let ours: TestRepository
  let twin: TestRepository
  let seed: Int
  let target: ObjectID
  let name: String

  init(
    _ ours: TestRepository, _ twin: TestRepository, _ seed: Int, _ target: ObjectID, _ name: String
  ) {
    (self.ours, self.twin, self.seed, self.target, self.name) = (ours, twin, seed, target, name)
  }

  private var arguments: [String] {
    switch seed % 8 {
    case 0, 1: ["switch", "-q", "--detach", "\(target)"]
    case 2: ["switch", "-q", "topic"]
    case 3: ["switch", "-q", "-c", "fresh", "\(target)"]
    case 4: ["reset", "-q", "--keep", "\(target)"]
    case 5: ["reset", "-q", "--hard", "\(target)"]
    case 6: ["reset", "-q", "--mixed", "\(target)"]
    default:
      seed % 16 < 8
        ? ["reset", "-q", "--soft", "\(target)"]
        : ["restore", "-q", "--source=\(target)", "--staged", "--worktree", "."]
    }
  }

  private var isHard: Bool { ["--hard", "--staged"].contains { arguments.contains($0) } }

  private func act() async throws -> SwitchOutcome {
    let (seed, target, me) = (seed, target, TestRepository.signature)
    return try await ours.engine().transaction { git in
      var options = SwitchOptions()
      options.overwritesIgnored = true
      switch seed % 8 {
      case 0, 1: return try git.switchCheckout(to: .detached(target), options, signature: me)
      case 2: return try git.switchCheckout(to: .branch(.branch("topic")), options, signature: me)
      case 3:
        return try git.switchCheckout(
          to: .newBranch(.branch("fresh"), at: target), options, signature: me)
      case 4: return try git.reset(to: target, .keepingEdits, signature: me)
      case 5: return try git.reset(to: target, .losingUncommittedWork, signature: me)
      case 6: return try git.reset(to: target, .mixed, signature: me)
      default:
        if seed % 16 < 8 { return try git.reset(to: target, .soft, signature: me) }
        return try git.restore([""], from: .commit(target), staged: true, worktree: true)
      }
    }
  }

  func run() async throws {
    let before = try await CheckoutView(ours)
    let theirs = try await Oracle.git(arguments, in: twin.root, allowFailure: true)
    let outcome = try await act()
    let after = try await CheckoutView(ours)
    // What git itself would lose: staged files below a path of HEAD that is staged as deleted.
    let git = try await CheckoutView(twin)
    let gitLosesWork = !isHard && !lost(before, git).isEmpty
    switch outcome {
    case .refused(let obstacles):
      #expect(after == before, "\(name)")
      guard theirs.status == 0, !gitLosesWork else { return }
      let allowed = obstacles.allSatisfy { Self.isStricter($0.reason) }
      #expect(allowed, "\(arguments): \(obstacles): git did it; \(name)")
    case .switched(let report):
      #expect(try await ours.falseCachedTrees() == "", "\(name)")
      if !isHard { #expect(lost(before, after) == [], "\(arguments), \(report); \(name)") }
      if theirs.status == 0, !gitLosesWork {
        #expect(after == git, "\(arguments), \(report); \(name)")
      } else {
        // Where a file has the new content already, or a directory took the place of an old one.
        let isKnown = !report.indexOnly.isEmpty || !report.kept.isEmpty
        #expect(isKnown, "\(arguments): \(theirs.errors)\(report); \(name)")
      }
    }
  }

  /// The uncommitted files that are not as they were.
  private func lost(_ before: CheckoutView, _ after: CheckoutView) -> [RepositoryPath] {
    before.dirty.filter { before.files[$0] != nil && before.files[$0] != after.files[$0] }
  }

  private static func isStricter(_ reason: CheckoutObstacle.Reason) -> Bool {
    switch reason {
    case .symlinkedParent, .intentToAdd, .directoryInTheWay, .fileInTheWay, .ignored: true
    default: false
    }
  }
}
