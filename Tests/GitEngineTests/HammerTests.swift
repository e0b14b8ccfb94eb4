import GitEngine
import SystemPackage
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Eight tasks and two foreign processes on one repository, at once, for a while.
///
/// `LL_HAMMER_SECONDS` says how long; a minute is what the documentation speaks of.
@Suite("Hammer", .timeLimit(.minutes(10)))
struct HammerTests {
  static let seconds = getenv("LL_HAMMER_SECONDS").flatMap { Int(String(cString: $0)) } ?? 6

  /// Programs that know nothing of the engine's lock: commits, gc and packed references in one,
  /// worktrees coming and going in the other.
  ///
  /// That they themselves lose a race for a lock file is theirs to bear; anything else is an error.
  static let foreigners = [
    """
    n=0
    while [ -e "$SANDBOX/on" ]; do
      n=$((n + 1))
      echo $n > ext.txt
      git add ext.txt && git commit -q -m "ext $n"
      [ $((n % 10)) -ne 0 ] || git gc -q
      [ $((n % 7)) -ne 0 ] || git pack-refs --all
    done
    """,
    """
    n=0
    while [ -e "$SANDBOX/on" ]; do
      n=$((n + 1))
      git worktree add -q -b "foreign-$n" "$SANDBOX/foreign-$n" main &&
        git worktree remove "$SANDBOX/foreign-$n"
      git branch -q -D "foreign-$n"
    done
    """,
  ]

  @Test("nothing but locked comes of it, nothing is lost, and git finds the repository sound")
  func hammer() async throws {
    try await withTestRepository { repository in
      try await repository.git("worktree", "add", "-q", "-b", "ext", "../ext")
      let engine = try repository.engine()
      let landed = try await withThrowingTaskGroup(of: [String].self) { tasks in
        let on = repository.sandbox.appending("on")
        try writeFile(on, "")
        let words = Task { try await foreignWords(repository) }
        let deadline = ContinuousClock.now + .seconds(Self.seconds)
        for number in 0..<8 {
          tasks.addTask {
            var landed: [String] = []
            while ContinuousClock.now < deadline {
              let name = "task-\(number)-\(landed.count)"
              try await oneRound(name, repository, engine)
              landed.append(name)
            }
            return landed
          }
        }
        var all: [String] = []
        let outcome: Result<Void, any Error>
        do {
          for try await some in tasks { all += some }
          outcome = .success(())
        } catch { outcome = .failure(error) }
        try await Oracle.run("rm", [on.string], in: repository.sandbox)
        let foreign = try await words.value
        #expect(foreign == [], "the foreign processes: \(foreign)")
        try outcome.get()
        return all
      }
      #expect(landed.count >= 8)
      let files = try await repository.git("ls-tree", "-r", "--name-only", "main", "done")
      #expect(files.split(separator: "\n").map(String.init) == landed.map { "done/\($0)" }.sorted())
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(try await Oracle.git(["fsck", "--strict"], in: repository.root).errors == "")
      let worktrees = try await repository.git("worktree", "list", "--porcelain")
      #expect(!worktrees.contains("/task-"), "\(worktrees)")
    }
  }

  /// What they say when they lose a race for a lock or with each other: `git worktree add` first writes a
  /// HEAD of zeros, at which `git gc` stops.
  static let theirOwn = [
    "lock", "Another git process", "an editor opened by", "are terminated then try again",
    "may have crashed in this",
    "remove the file manually", "worktrees/foreign-", "failed to run",
    "unable to write reflog",
  ]

  /// Runs both foreign scripts to their end; what they said that is not about a lock.
  private func foreignWords(_ repository: TestRepository) async throws -> [String] {
    try await withThrowingTaskGroup(of: [String].self) { scripts in
      for script in Self.foreigners {
        scripts.addTask {
          let output = try await Oracle.run(
            "sh", ["-c", script], in: repository.sandbox.appending("ext"),
            environment: ["SANDBOX": repository.sandbox.string], allowFailure: true)
          return output.errors.split(separator: "\n").map(String.init)
        }
      }
      var words: [String] = []
      for try await some in scripts { words += some }
      return words.filter { line in !Self.theirOwn.contains { line.contains($0) } }
    }
  }

  /// What an agent's work goes through: worktree, commit, status, stash, merge, landing, removal.
  private func oneRound(
    _ name: String, _ repository: TestRepository, _ engine: GitRepository
  ) async throws {
    let signature = TestRepository.signature
    let branch = ReferenceName.branch(name)
    let start = try #require(try await engine.read { try $0.target(of: .branch("main")) })
    let worktree = try await engine.addWorktree(
      at: repository.sandbox.appending(name), newBranch: branch, startingAt: start,
      signature: signature)
    try writeFile(worktree.path.pushing(FilePath("done/\(name)")), name)
    let tip = try await engine.transaction(at: worktree.path) { git in
      try git.commit(
        paths: [RepositoryPath("done").appending(Array(name.utf8))], message: "\(name)\n",
        author: signature, committer: signature)
    }
    let commit = try #require(tip)
    #expect(try await engine.read(at: worktree.path) { try $0.status() } == [])
    try await land(commit, name, engine)
    let obstacle = try await engine.removeWorktree(
      at: worktree.path, trash: repository.sandbox.appending("trash"))
    #expect(obstacle == nil)
    #expect(try await engine.transaction { try $0.deleteReference(branch, at: commit) })
  }

  /// Merges into `main` as often as it takes: it moves under all eight.
  private func land(_ commit: ObjectID, _ name: String, _ engine: GitRepository) async throws {
    let signature = TestRepository.signature
    while true {
      let (tip, merge) = try await engine.read { git in
        let tip = try #require(try git.target(of: .branch("main")))
        let merged = try git.merge(commit, into: tip)
        guard case .clean(let tree) = merged else {
          throw OracleError(description: "\(name): \(commit) into \(tip): \(merged)")
        }
        let merge = try git.createCommit(
          tree: tree, parents: [tip, commit], message: "Merge \(name)\n", author: signature,
          committer: signature)
        return (tip, merge)
      }
      let outcome = try await engine.transaction { git in
        try git.land(
          LandingRequest(
            branch: .branch("main"), expected: tip, commit: merge, reflogMessage: "merge \(name)",
            signature: signature, savedWorkPrefix: ReferenceName("refs/saved/hammer")))
      }
      switch outcome {
      case .landed: return
      case .branchMoved: continue
      case .deferred(let obstacles): throw OracleError(description: "\(name): \(obstacles)")
      }
    }
  }
}
