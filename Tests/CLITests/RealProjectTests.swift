import RunSupport
import SystemPackage
import TestSupport
import Testing

/// Twenty issues on a project of several hundred files, worked on three at a time.
@Suite("A real project", .timeLimit(.minutes(10)))
struct RealProjectTests {
  /// One issue and what its agent does.
  struct Work {
    var id: String
    var priority: String
    /// The file that is edited, and the line behind which one is added.
    var file: String
    var line: Int
    var commits: Bool
  }

  @Test("all issues land, each with one merge, and nothing is left behind")
  func twentyIssues() async throws {
    try await withSandbox { sandbox in
      let source = try BuildProducts.checkout(of: "swift-collections")
      let repository = try await TestRepository.clone(source, in: sandbox)
      let works = try await plan(in: repository)
      for work in works {
        try repository.addIssue(work.id, priority: work.priority, title: "Edit \(work.file)")
      }
      let lines = works.map {
        "\($0.id) \($0.file) \($0.line) \($0.commits ? "commit" : "forget")\n"
      }
      try writeFile(repository.sandbox.appending("plan"), lines.joined())
      try repository.configure(
        agent: """
          set -- $(grep "^$LL_ISSUE_ID " "$SANDBOX/plan")
          sed "$3a\\\\
          // a note about $LL_ISSUE_ID" "$2" > "$2.new"
          cat "$2.new" > "$2"
          rm "$2.new"
          [ "$4" = forget ] || git commit --quiet --all -m "Note about $1"
          """, settings: ["\"timeout_per_issue\": 120"])
      try await repository.commitAll("twenty issues")
      let before = try await Traces(repository)

      let output = try await repository.program("--workers", "3")

      #expect(output.status == 0, "\(output.errors)\(output.text)")
      try await expectLanded(works, in: repository, since: before.tip)
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(try await repository.git("fsck", "--strict", "--no-dangling") == "")
      let after = try await Traces(repository)
      #expect(after.references == before.references)
      #expect(after.files.subtracting(before.files) == ["./.git/gitengine.lock"])
      #expect(before.files.subtracting(after.files) == [])
      #expect(after.excluded == before.excluded + ["/.worktrees/"])
      #expect(
        directoryNames(repository.root.appending(".git/ll-parallel"))
          == ["journal.jsonl", "logs", "run.lock"])
    }
  }

  /// Sixteen files with one issue each, and four issues in one long file.
  private func plan(in repository: TestRepository) async throws -> [Work] {
    let counted = try await Oracle.run(
      "sh", ["-c", "git ls-files '*.swift' | grep -v ' ' | xargs wc -l"], in: repository.root)
    let sizes = counted.text.split(separator: "\n").compactMap { line -> (String, Int)? in
      let words = line.split(separator: " ")
      guard words.count == 2, words[1] != "total", let size = Int(words[0]), size >= 60 else {
        return nil
      }
      return (String(words[1]), size)
    }.sorted { ($0.1, $0.0) > ($1.1, $1.0) }
    try #require(sizes.count >= 17, "the project has only \(sizes.count) files of some length")
    let (longest, length) = sizes[0]
    return (1...20).map { number in
      let prefix = ["BUG", "FEAT", "ENH"][number % 3]
      let id = "\(prefix)-\(100 + number)"
      let (file, line) =
        number <= 16 ? (sizes[number].0, 20) : (longest, length * (number - 16) / 5)
      return Work(
        id: id, priority: "P\(1 + number % 4)", file: file, line: line, commits: number % 4 != 0)
    }
  }

  private func expectLanded(
    _ works: [Work], in repository: TestRepository, since start: String
  ) async throws {
    let log = try await repository.git(
      "log", "--first-parent", "--reverse", "--format=%H %P|%s|%(trailers:key=Issue,valueonly)",
      "\(start)..main")
    let commits = log.split(separator: "\n").map { $0.split(separator: "|").map(String.init) }
    #expect(commits.count == works.count)
    #expect(Set(commits.compactMap { $0.count > 2 ? $0[2] : nil }) == Set(works.map(\.id)))
    var previous = start
    for commit in commits where commit.count > 2 {
      let ids = commit[0].split(separator: " ").map(String.init)
      #expect(ids.count == 3, "not a merge of two: \(commit)")
      #expect(ids[1] == previous)
      previous = ids[0]
      let work = try #require(works.first { $0.id == commit[2] })
      let changed = try await repository.git("diff", "--name-only", ids[1], ids[0])
      let issue = try #require(changed.split(separator: "\n").first { $0.contains(work.id) })
      #expect(Set(changed.split(separator: "\n").map(String.init)) == [String(issue), work.file])
      #expect(commit[1] == "merge \(work.id): Edit \(work.file)")
      #expect(try await repository.git("show", "\(ids[1]):\(issue)").contains("status: open"))
      let text = try await repository.git("show", "\(ids[0]):\(issue)")
      #expect(text.contains("status: done"))
      #expect(text.contains("completed_at:"))
      #expect(text.contains("## Resolution"))
      let edited = try await repository.git("diff", ids[1], ids[0], "--", work.file)
      let added = edited.split(separator: "\n").filter { $0.hasPrefix("+") && !$0.hasPrefix("+++") }
      #expect(added == ["+// a note about \(work.id)"])
    }
  }
}

/// What a run might leave in a repository beside commits.
private struct Traces {
  var tip: String
  var references: String
  var files: Set<String>
  var excluded: [String]

  init(_ repository: TestRepository) async throws {
    tip = try await repository.git("rev-parse", "main")
    let all = try await repository.git("for-each-ref", "--format=%(refname) %(objectname)")
    references = all.split(separator: "\n").filter { !$0.hasPrefix("refs/heads/main ") }
      .joined(separator: "\n")
    let found = try await Oracle.run(
      "find",
      [
        ".", "-path", "./.git/objects", "-prune", "-o", "-path", "./.git/ll-parallel", "-prune",
        "-o", "-print",
      ], in: repository.root)
    files = Set(found.text.split(separator: "\n").map(String.init))
    excluded = (repository.text(of: ".git/info/exclude") ?? "").split(separator: "\n").map(
      String.init
    )
    .filter { !$0.hasPrefix("#") }
  }
}
