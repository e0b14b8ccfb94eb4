import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// Long operations on a large repository end soon after they are cancelled, and leave what their
/// documentation says.
@Suite("Cancellation", .timeLimit(.minutes(5)), .serialized)
struct CancellationTests {
  /// 6,000 files in 300 directories, a second commit that changes every tenth of them, and 100 more on top
  /// of the first that change one each.
  private func withLargeRepository(
    _ body: (TestRepository, GitRepository) async throws -> Void
  ) async throws {
    try await withTestRepository(empty: true) { repository in
      let script = #"""
        {
          for v in 1 2; do
            echo "commit refs/heads/v$v"
            echo "committer T <t@e> 1700000000 +0000"
            echo "data 2"; echo "v$v"
            [ $v = 1 ] || echo "from refs/heads/v1"
            seq 0 5999 | awk -v v=$v 'v == 1 || $1 % 10 == 0 { d = $1 % 300; t = "file " $1 " version " v "\n";
              for (i = 0; i < 40; i++) t = t "line " i " of many, the same in both\n";
              printf "M 100644 inline d%d/f%d\ndata %d\n%s\n", d, $1, length(t), t }'
          done
          seq 1 100 | awk '{ printf "commit refs/heads/long\ncommitter T <t@e> %d +0000\ndata 2\nx\n", 1700000000 + $1;
            if ($1 == 1) print "from refs/heads/v1";
            t = "changed by " $1 "\n"; printf "M 100644 inline d%d/f%d\ndata %d\n%s\n", $1 % 300, $1, length(t), t }'
        } | git fast-import --quiet
        git symbolic-ref HEAD refs/heads/v1
        git reset -q --hard
        """#
      try await Oracle.run("bash", ["-c", script], in: repository.root)
      try await body(repository, repository.engine())
    }
  }

  /// Runs an operation, then runs it again and cancels it on its way; how long it took from there.
  ///
  /// The least of some tries: the machine has other things to do, which is no fault of the operation.
  private func latency(
    _ operation: @escaping @Sendable () async throws -> Void,
    betweenTries clean: () async throws -> Void = {}
  ) async throws -> Duration {
    let clock = ContinuousClock()
    let whole = try await clock.measure { try await operation() }
    try await clean()
    var least: Duration?
    var count = 0
    // From later to earlier, as the machine may be faster now than it was at first.
    for part in [0.7, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02] where count < 5 {
      let task = Task { try await operation() }
      try await Task.sleep(for: whole * part)
      let start = clock.now
      task.cancel()
      do {
        try await task.value
      } catch let error as GitError where error.code == .cancelled {
        let time = clock.now - start
        least = min(least ?? time, time)
        count += 1
      }
      try await clean()
    }
    return try #require(least, "it always came to its end, after \(whole)")
  }

  @Test("status, adding a worktree, switching, merging and rebasing stop within 100 milliseconds")
  func stopsSoon() async throws {
    try await withLargeRepository { repository, engine in
      let limit = Duration.milliseconds(100)
      let signature = TestRepository.signature
      let (v1, v2) = (try await repository.id("v1"), try await repository.id("v2"))
      let long = try await repository.id("long")

      // Without times that can be trusted all files are read.
      try await Oracle.run(
        "sh", ["-c", "find . -name .git -prune -o -type f -exec touch -d 2020-01-01 {} +"],
        in: repository.root)
      let index = try readFile(repository.root.appending(".git/index"))
      let status = try await latency { _ = try await engine.read { try $0.status() } }
      #expect(status < limit, "status: \(status)")
      #expect(try readFile(repository.root.appending(".git/index")) == index)
      try await repository.git("reset", "-q", "--hard")

      let path = repository.sandbox.appending("wt")
      let adding = try await latency {
        _ = try await engine.addWorktree(
          at: path, checkingOut: .detached(v2), signature: signature)
      } betweenTries: {
        // Nothing is left of one that was cancelled; of one that was not, all.
        if pathExists(path) {
          try await repository.git("worktree", "remove", "--force", path.string)
        }
        #expect(try await repository.git("worktree", "list").split(separator: "\n").count == 1)
      }
      // It took back thousands of files; that is a part of stopping.
      #expect(adding < .seconds(5), "add: \(adding)")
      let filling = repository.sandbox.appending("filled")
      try await repository.git("worktree", "add", "-q", "--no-checkout", "--detach", filling.string)
      let fill = try await latency {
        try await engine.read(at: filling) { try $0.fillWorkingTree(from: v2, BlockSharing()) }
      } betweenTries: {
        try await Oracle.run("sh", ["-c", "rm -rf d*"], in: filling)
        try await Oracle.run("rm", ["-f", ".git/worktrees/filled/index"], in: repository.root)
      }
      #expect(fill < limit, "filling a worktree: \(fill)")

      let switching = try await latency {
        try await engine.transaction {
          _ = try $0.switchCheckout(to: .detached(v2), signature: signature)
        }
      } betweenTries: {
        // Files, index and HEAD are as before, or as wanted.
        #expect(try await repository.git("status", "--porcelain") == "")
        try await repository.git("checkout", "-q", "--detach", "v1")
      }
      #expect(switching < limit, "switch: \(switching)")

      let other = try await engine.read { git in
        let updates = (0..<300).map { number in
          TreeUpdate.remove(RepositoryPath("d\(number)/f\(number)"))
        }
        return try git.createCommit(
          tree: git.tree(updating: git.tree(of: v1), updates), parents: [v1], message: "other\n",
          author: signature, committer: signature)
      }
      let merging = try await latency {
        _ = try await engine.read { try $0.merge(v2, into: other) }
      }
      #expect(merging < limit, "merge: \(merging)")

      let references = try await repository.git("for-each-ref")
      let rebasing = try await latency {
        _ = try await engine.read { git in
          try git.rebase(RebaseRequest(long, upstream: v1, onto: other), committer: signature)
        }
      }
      #expect(rebasing < limit, "rebase: \(rebasing)")
      #expect(try await repository.git("for-each-ref") == references)
    }
  }
}
