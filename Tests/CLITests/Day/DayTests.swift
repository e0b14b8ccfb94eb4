import Foundation
import RunSupport
import SystemPackage
import TestSupport
import Testing

/// A day in the life: a hundred issues, six workers, agents of all kinds, and a user who goes on
/// working in the checkout.
@Suite("A day in the life", .timeLimit(.minutes(10)))
struct DayTests {
  /// What `--json` says.
  struct Summary: Decodable {
    struct Issue: Decodable {
      var id, outcome: String
      var reason, commit, branch, worktree, saved: String?
      var paths, carried: [String]
    }
    struct Leak: Decodable {
      var text: String
      var suspects: [String]
    }
    var runID: String
    var exitCode: Int
    var counts: [String: Int]
    var issues: [Issue]
    var leaks: [Leak]

    enum CodingKeys: String, CodingKey {
      case runID = "run_id"
      case exitCode = "exit_code"
      case counts, issues, leaks
    }

    func ids(_ outcome: String) -> Set<String> {
      Set(issues.filter { $0.outcome == outcome }.map(\.id))
    }
  }

  @Test("every promise holds, and journal, events, summary and history tell one story")
  func day() async throws {
    try await withSandbox { sandbox in
      let source = try BuildProducts.checkout(of: "swift-argument-parser")
      let repository = try await TestRepository.clone(source, in: sandbox)
      let plan = try DayPlan(files: await files(of: repository))
      try plan.write(to: repository)
      try writeFile(repository.file(".git/info/exclude"), "*.log\n")
      try await repository.commitAll("a hundred issues")
      try await repository.git("tag", "morning")
      let events = sandbox.appending("events")
      let user = DayUser(repository: repository, plan: plan, events: events)
      try await user.begin()

      let (_, output) = try await Program.start(
        ["--json", "--events", events.string], in: repository.root
      ) { _ in try await user.live() }

      #expect(output.status == 1, "\(output.errors)")
      let summary = try JSONDecoder().decode(Summary.self, from: Data(output.bytes))
      let log = try EventLog(try readFile(events))
      checkOutcomes(summary, plan)
      checkEvents(log, summary, plan)
      try await checkHistory(of: repository, summary, plan)
      try await checkCheckout(of: repository, user, summary, plan)
      try await checkRest(of: repository, summary, plan)
      try checkJournal(of: repository, summary)
    }
  }

  /// Source files with some dozens of lines.
  private func files(of repository: TestRepository) async throws -> [String] {
    try await repository.git("ls-files", "Sources", "Tests").split(separator: "\n")
      .map(String.init).filter { file in
        guard file.hasSuffix(".swift"), !file.contains(" ") else { return false }
        let text = repository.text(of: file) ?? ""
        return text.utf8.count { $0 == UInt8(ascii: "\n") } >= 60
      }
  }
}
