import Foundation
import GitEngine
import RunSupport
import SystemPackage
import TestSupport
import Testing

/// The number of workers decides how fast a run is, and nothing else.
@Suite("Determinism", .timeLimit(.minutes(10)))
struct DeterminismTests {
  /// What a run made of a project, without what must differ: times, ids, order of landing.
  private struct Story: Equatable {
    /// The outcome of each issue.
    var outcomes: [String: String] = [:]
    /// Every file of the base branch with its content; issues without moments and the run's id.
    var files: [String: String] = [:]
    /// The change that each landing brought, as git identifies patches.
    var patches: [String: String] = [:]
  }

  @Test("the same issues and agents give the same landings with 1, 2, 4 and 8 workers")
  func workers() async throws {
    var stories: [Int: Story] = [:]
    for workers in [1, 2, 4, 8] {
      stories[workers] = try await withTestRepository { repository in
        try await prepare(repository)
        let output = try await repository.program("--workers", "\(workers)", "--json")
        #expect(output.status == 1, "\(output.errors)")
        return try await story(of: output, in: repository)
      }
    }
    let first = try #require(stories[1])
    #expect(first.outcomes.values.count { $0 == "landed" } == 12)
    #expect(first.outcomes.values.count { $0 == "failed" } == 2)
    #expect(first.outcomes.values.count { $0 == "held" } == 2)
    #expect(first.patches.count == 12)
    for (workers, story) in stories {
      #expect(story.outcomes == first.outcomes, "with \(workers) workers")
      #expect(story.files == first.files, "with \(workers) workers")
      #expect(story.patches == first.patches, "with \(workers) workers")
    }
  }

  /// Sixteen issues: some edit different lines of the same files, some add files, some need what
  /// another one made, two fail, two wait for those.
  private func prepare(_ repository: TestRepository) async throws {
    for number in 1...16 {
      let fields =
        switch number {
        case 6, 7: ["depends_on: BUG-\(number - 4)"]
        case 15, 16: ["blocked_by: [BUG-\(number - 2)]"]
        default: [String]()
        }
      try repository.addIssue(
        "BUG-\(number)", priority: "P\(number % 3 + 1)", fields: ["status: open"] + fields)
    }
    try repository.configure(
      agent: """
        n=${LL_ISSUE_ID#BUG-}
        # The later ones are the faster ones, so that the order of landing changes.
        sleep 0.0$(( (17 - n) / 2 ))
        case $n in
          1|2|3|4|5) sed "s/^a line $((n * 4))$/a line of $LL_ISSUE_ID/" src/a.txt > new
             cat new > src/a.txt; rm new ;;
          6|7) grep -q "of BUG-$((n - 4))$" src/a.txt && echo "$n" > "needs-$n.txt" ;;
          13|14) echo wrong > wrong.txt; exit 1 ;;
          *) mkdir -p "made"; echo "$LL_ISSUE_ID" > "made/$n.txt"
             [ $((n % 2)) = 0 ] || { git add . && git commit --quiet -m "work $n"; } ;;
        esac
        """, settings: [#""p0_sequential": false"#])
    try await repository.commitAll("sixteen issues")
    try await repository.git("tag", "start")
  }

  private func story(
    of output: Oracle.Output, in repository: TestRepository
  ) async throws -> Story {
    struct Result: Decodable {
      struct Issue: Decodable { var id, outcome: String }
      var issues: [Issue]
    }
    var story = Story()
    for issue in try JSONDecoder().decode(Result.self, from: Data(output.bytes)).issues {
      story.outcomes[issue.id] = issue.outcome
    }
    for path in try await repository.git("ls-tree", "-r", "--name-only", "main").split(
      separator: "\n")
    where path != ".ll/ll-config.json" {
      story.files[String(path)] = try await repository.git("show", "main:\(path)")
        .replacing(/completed_at: .*/, with: "completed_at: …").replacing(
          /run \S+\./, with: "run …")
    }
    let landings = try await repository.git(
      "log", "--first-parent", "--format=%H %(trailers:key=Issue,valueonly,separator=%x2C)",
      "start..main")
    for line in landings.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      let patch = try await Oracle.run(
        "sh",
        ["-c", "git diff \(words[0])^1 \(words[0]) -- . ':!.issues' | git patch-id --stable"],
        in: repository.root)
      story.patches[words[1]] = String(patch.text.prefix(40))
    }
    return story
  }
}
