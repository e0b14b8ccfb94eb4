import Foundation
import GitEngine
import RunSupport
import SystemPackage
import TestSupport
import Testing

// What must be so in the evening.
extension DayTests {
  /// P7: each issue ended as it had to, and is reported once.
  func checkOutcomes(_ summary: Summary, _ plan: DayPlan) {
    let found = Dictionary(summary.issues.map { ($0.id, $0.outcome) }) { one, _ in one + " twice" }
    for (id, outcome) in plan.outcomes.sorted(by: { $0.key < $1.key }) {
      let issue = summary.issues.first { $0.id == id }
      #expect(found[id] == outcome, "\(id), \(issue?.reason ?? "")")
    }
    #expect(found.count == 100 && summary.exitCode == 1)
    let counts = Dictionary(summary.issues.map { ($0.outcome, 1) }, uniquingKeysWith: +)
    #expect(summary.counts["landed"] == counts["landed"])
    #expect(summary.counts["closed"] == counts["closed"])
    #expect(summary.counts["deferred"] == counts["deferred"])
    #expect(
      summary.counts["failed"] == (counts["failed"] ?? 0) + (counts["conflict"] ?? 0))
    for id in plan.ids(.hang) {
      let reason = summary.issues.first { $0.id == id }?.reason
      #expect(reason?.contains("longer than its time-out") == true, "\(reason ?? "")")
    }
    #expect(Set(summary.leaks.flatMap(\.suspects)).isSuperset(of: plan.ids(.leak)))
    let carried = summary.issues.filter { !$0.carried.isEmpty }
    #expect(carried.map(\.carried) == [[plan.carried]])
  }

  /// P1, and that events and summary agree.
  func checkEvents(_ log: EventLog, _ summary: Summary, _ plan: DayPlan) {
    #expect(EventProof(log).violations == [])
    #expect(Set(log.entries.map(\.runID)) == [summary.runID])
    #expect(log.entries.last?.exitCode == 1)
    for issue in summary.issues {
      let merges = log.outcomes(of: issue.id)
      let worker = log.named("parallel.worker_completed").filter { $0.issue == issue.id }
      switch issue.outcome {
      case "landed":
        #expect(merges.last == "merged" && merges.count { $0 == "merged" } == 1, "\(issue.id)")
      case "closed":
        #expect(merges.last == "merged" && worker.map(\.status) == ["closed"], "\(issue.id)")
      case "conflict", "deferred":
        #expect(merges.last == issue.outcome && worker.map(\.status) == ["failure"], "\(issue.id)")
      case "blocked":
        #expect(merges == [] && worker.map(\.status) == ["blocked"], "\(issue.id)")
      case "held": #expect(merges == [] && worker.isEmpty, "\(issue.id)")
      default: #expect(merges == [] && worker.map(\.status) == ["failure"], "\(issue.id)")
      }
    }
    #expect(Set(log.named("issue.closed").compactMap(\.issue)) == plan.ids(.close))
  }

  /// P3, P5 and P7: the base branch has each landing once, whole, and nothing of the others.
  func checkHistory(
    of repository: TestRepository, _ summary: Summary, _ plan: DayPlan
  ) async throws {
    let lines = try await repository.git(
      "log", "--first-parent", "--format=%H|%s|%(trailers:key=Issue,valueonly,separator=%x2C)",
      "morning..main"
    ).split(separator: "\n").map { $0.split(separator: "|", omittingEmptySubsequences: false) }
    var commits: [String: String] = [:]
    for line in lines where !line[2].isEmpty {
      #expect(commits.updateValue(String(line[0]), forKey: String(line[2])) == nil, "\(line)")
    }
    let done = summary.issues.filter { ["landed", "closed"].contains($0.outcome) }
    #expect(commits == Dictionary(uniqueKeysWithValues: done.map { ($0.id, $0.commit ?? "") }))
    let others = lines.filter { $0[2].isEmpty }.map { String($0[1]) }
    #expect(Set(others) == ["the user's commit", "Merge branch 'side'"])

    let landed = summary.ids("landed")
    for issue in plan.issues {
      let text = try? await repository.git("show", "main:\(issue.file)")
      let isThere =
        switch issue.kind {
        case .edit, .rival, .settle, .collide, .quarrel: text?.contains(DayPlan.note(issue.id))
        case .need: text.map { $0 == issue.other }
        default: text.map { $0 == issue.id }
        }
      #expect((isThere ?? false) == landed.contains(issue.id), "\(issue.id) \(issue.kind)")
      let file = try await repository.git("ls-files", ".issues/bugs/*-\(issue.id)-*")
      let isDone = try await repository.git("show", "main:\(file)").contains("status: done")
      #expect(isDone == (commits[issue.id] != nil), "\(issue.id)")
    }
    #expect(try await repository.git("fsck", "--strict", "--no-dangling") == "")
  }

  /// P2: the user's checkout has what the user did, what agents left there, and nothing else.
  func checkCheckout(
    of repository: TestRepository, _ user: DayUser, _ summary: Summary, _ plan: DayPlan
  ) async throws {
    #expect(try await repository.git("symbolic-ref", "HEAD") == "refs/heads/main")
    let status = try await repository.gitBytes("status", "--porcelain")
    let lines = String(decoding: status, as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(
      Set(lines)
        == user.expectedStatus.union(plan.ids(.leak).map { "?? leak-of-\($0).txt" }))
    #expect(repository.text(of: "untracked.txt") == "mine\n")
    #expect(repository.text(of: "ignored.log") == "mine, too\n")
    for (file, base) in [
      (plan.kept, "main"), (plan.edited, "main"), (plan.carried, "main"), (plan.staged, "main"),
    ] {
      // Two lines, and not a byte beside.
      let changes = try await repository.git("diff", "--numstat", base, "--", file)
      #expect(changes.hasPrefix("2\t2\t"), "\(changes)")
      #expect(repository.text(of: file)?.contains("// the user's") == true)
    }
    #expect(repository.text(of: plan.freed)?.contains("// the user's") == false)
    #expect(try await repository.git("stash", "list") == "")
    #expect(!repository.exists(".git/MERGE_HEAD") && !repository.exists(".git/index.lock"))
  }

  /// P4: what did not land is all there; of what landed nothing is left.
  func checkRest(
    of repository: TestRepository, _ summary: Summary, _ plan: DayPlan
  ) async throws {
    var branches: Set<String> = ["main", "side", "elsewhere"]
    var worktrees: Set<String> = []
    for issue in summary.issues {
      let kind = try #require(plan.issues.first { $0.id == issue.id }?.kind)
      if let branch = issue.branch { branches.insert(branch) }
      if let worktree = issue.worktree { worktrees.insert(worktree) }
      #expect(
        (issue.worktree != nil) == ["conflict", "deferred"].contains(issue.outcome), "\(issue)")
      switch kind {
      case .fail:
        let branch = try #require(issue.branch)
        #expect(try await repository.git("show", "\(branch):half-of-\(issue.id).txt") == issue.id)
      case .quarrel:
        let branch = try #require(issue.branch)
        let file = try #require(plan.issues.first { $0.id == issue.id }?.file)
        let text = try await repository.git("show", "\(branch):\(file)")
        #expect(text.contains(DayPlan.note(issue.id)))
      default: break
      }
    }
    let found = try await repository.git("branch", "--format=%(refname:short)")
    #expect(Set(found.split(separator: "\n").map(String.init)) == branches)
    let listed = try await repository.git("worktree", "list", "--porcelain")
      .split(separator: "\n").filter { $0.hasPrefix("worktree ") }.dropFirst()
      .map { String($0.dropFirst("worktree ".count)) }
    #expect(Set(listed) == worktrees)
    #expect(processes(withEnvironment: "LL_RUN_ID=\(summary.runID)") == [])
    #expect(!repository.exists(".git/ll-parallel/trash"))
  }

  /// The journal remembers what is not done, and nothing else.
  func checkJournal(of repository: TestRepository, _ summary: Summary) throws {
    struct Entry: Decodable {
      var step: String
      var issue, outcome: String?
    }
    let text = try #require(repository.text(of: ".git/ll-parallel/journal.jsonl"))
    let entries = try text.split(separator: "\n").map {
      try JSONDecoder().decode(Entry.self, from: Data($0.utf8))
    }
    let ended = entries.filter { $0.step == "ended" }
    #expect(Set(ended.compactMap(\.issue)) == summary.ids("failed"))
    #expect(ended.allSatisfy { $0.outcome == "failed" })
    let waiting = Set(entries.filter { $0.step == "unlanded" }.compactMap(\.issue))
    #expect(waiting == summary.ids("conflict").union(summary.ids("deferred")))
  }
}
