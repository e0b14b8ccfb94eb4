import GitEngine
import SystemPackage
import TestSupport
import Testing

/// Commits that are copied, taken back and put in a row, compared with what git makes of them.
@Suite struct HistoryOracleTests {
  /// What git's command did: the commit it made, or why not.
  private struct Answer {
    var commit: String
    var succeeded: Bool
    var conflicts: Bool
    var head: String
  }

  /// Runs a command of git for some commits, each time with the same commit checked out.
  private func answers(
    _ repository: TestRepository, on target: String, _ commits: [ObjectID],
    _ command: (ObjectID) -> String
  ) async throws -> [Answer] {
    var script = ""
    for commit in commits {
      script += """
        git checkout -q -f --detach \(target)
        git \(command(commit)) >/dev/null 2>&1; status=$?
        unmerged=$(git ls-files -u | head -c 1)
        echo "\(commit) $status ${unmerged:+yes}${unmerged:-no} $(git rev-parse HEAD)"
        git cherry-pick --abort 2>/dev/null || git revert --abort 2>/dev/null
        git rebase --abort 2>/dev/null
        git reset -q --hard

        """
    }
    script += "true\n"
    let file = repository.sandbox.appending("script")
    try writeFile(file, script)
    return try await Oracle.run("sh", [file.string], in: repository.root).text
      .split(separator: "\n").map { line in
        let fields = line.split(separator: " ")
        return Answer(
          commit: String(fields[0]), succeeded: fields[1] == "0",
          conflicts: fields[2].hasPrefix("yes"), head: String(fields.last ?? ""))
      }
  }

  private func withHistories(
    _ seeds: Range<Int>, _ body: (TestRepository, Int) async throws -> Void
  ) async throws {
    try await withTestRepository(empty: true) { repository in
      let file = repository.sandbox.appending("import")
      try writeFile(file, seeds.flatMap { RandomBranches.make(seed: $0) })
      try await Oracle.run(
        "sh", ["-c", "git fast-import --quiet < '\(file)'"], in: repository.root)
      for seed in seeds { try await body(repository, seed) }
    }
  }

  private func commits(_ repository: TestRepository, _ range: String) async throws -> [ObjectID] {
    try await repository.git("rev-list", range).split(separator: "\n").compactMap {
      ObjectID(hex: $0)
    }
  }

  private func expectSame(
    _ outcome: PickOutcome, _ answer: Answer, _ seed: Int, _ repository: TestRepository
  ) async throws {
    switch outcome {
    case .picked(let commit):
      guard commit.description != answer.head || !answer.succeeded else { return }
      let one = try await repository.git("cat-file", "-p", commit.description)
      let other = try await repository.git("cat-file", "-p", answer.head)
      Issue.record("seed \(seed), \(answer): \(one)\n--- git:\n\(other)")
    case .empty: #expect(!answer.succeeded && !answer.conflicts, "seed \(seed), \(answer)")
    case .conflicts: #expect(!answer.succeeded && answer.conflicts, "seed \(seed), \(answer)")
    }
  }

  @Test(arguments: [
    [], ["-x"], ["--allow-empty"], ["--keep-redundant-commits"], ["--ff"],
  ])
  func cherryPicksLikeGit(flags: [String]) async throws {
    try await withHistories(0..<25) { repository, seed in
      let target = try await repository.id("s\(seed)/main")
      let all = try await commits(repository, "s\(seed)/main..s\(seed)/topic")
      let merges = Set(
        try await repository.git("rev-list", "--merges", "s\(seed)/topic").split(separator: "\n")
          .map(String.init))
      let answers = try await answers(repository, on: "s\(seed)/main", all) { commit in
        let mainline = merges.contains(commit.description) ? "-m 1" : ""
        return "cherry-pick \(flags.joined(separator: " ")) \(mainline) \(commit)"
      }
      for (commit, answer) in zip(all, answers) {
        var options = PickOptions()
        options.recordsOrigin = flags == ["-x"]
        options.keepsEmpty = flags == ["--allow-empty"]
        options.keepsRedundant = flags == ["--keep-redundant-commits"]
        options.allowsFastForward = flags == ["--ff"]
        if merges.contains(commit.description) { options.mainline = 1 }
        let outcome = try await repository.engine().read { [options] git in
          try git.cherryPick(
            commit, onto: target, options: options, committer: TestRepository.signature)
        }
        try await expectSame(outcome, answer, seed, repository)
      }
    }
  }

  @Test func revertsLikeGit() async throws {
    try await withHistories(100..<130) { repository, seed in
      let target = try await repository.id("s\(seed)/topic")
      let all = try await commits(repository, "s\(seed)/topic")
      let merges = Set(
        try await repository.git("rev-list", "--merges", "s\(seed)/topic").split(separator: "\n")
          .map(String.init))
      let answers = try await answers(repository, on: "s\(seed)/topic", all) { commit in
        "revert --no-edit \(merges.contains(commit.description) ? "-m 2" : "") \(commit)"
      }
      for (commit, answer) in zip(all, answers) {
        var options = PickOptions()
        if merges.contains(commit.description) { options.mainline = 2 }
        let outcome = try await repository.engine().read { [options] git in
          try git.revert(
            commit, on: target, options: options, author: TestRepository.signature,
            committer: TestRepository.signature)
        }
        try await expectSame(outcome, answer, seed, repository)
      }
    }
  }

  @Test(arguments: [[], ["--reapply-cherry-picks"], ["--empty=keep"], ["--onto"]])
  func rebasesLikeGit(flags: [String]) async throws {
    try await withHistories(200..<270) { repository, seed in
      let (main, topic) = (
        try await repository.id("s\(seed)/main"), try await repository.id("s\(seed)/topic")
      )
      var request = RebaseRequest(topic, upstream: main)
      var command = "rebase \(flags.joined(separator: " ")) s\(seed)/main"
      if flags == ["--onto"] {
        request.target = try await repository.id("s\(seed)/main~0")
        request.upstream = try await repository.id("s\(seed)/topic~1")
        command = "rebase --onto s\(seed)/main s\(seed)/topic~1"
      }
      request.keepsUpstreamChanges = flags == ["--reapply-cherry-picks"]
      if flags == ["--empty=keep"] { request.emptyCommits = .keep }
      let answer = try #require(
        try await answers(repository, on: "s\(seed)/topic", [topic]) { _ in command }.first)
      let outcome = try await repository.engine().read { [request] git in
        try git.rebase(request, committer: TestRepository.signature)
      }
      switch outcome {
      case .done(let rebase):
        #expect(
          answer.succeeded && rebase.tip.description == answer.head, "seed \(seed) \(rebase)")
      case .stopped(let stop):
        #expect(
          answer.conflicts && stop.done.tip.description == answer.head, "seed \(seed) \(stop)")
      }
    }
  }
}
