import RunSupport
import SystemPackage
import TestSupport
import Testing

/// What the user does in the checkout meanwhile, each step when the run has come to some point.
struct DayUser {
  let repository: TestRepository
  let plan: DayPlan
  /// The file with the run's events.
  let events: FilePath

  /// The issue that adds to a file.
  private func issue(_ file: String) throws -> String {
    try #require(plan.issues.first { $0.file == file }).id
  }

  // MARK: Before the run

  /// Edits, stages, and makes a branch to be merged.
  func begin() async throws {
    try await repository.git("switch", "--quiet", "-c", "side")
    try change(plan.merged, line: 30)
    try await repository.git("commit", "--quiet", "--all", "-m", "on the side")
    try await repository.git("switch", "--quiet", "main")
    // Where the agents add a line: one of these stays, one goes.
    try change(plan.kept, line: 20)
    try change(plan.freed, line: 20)
    // Far from it: both are merged.
    try change(plan.carried, line: 45)
    try change(plan.edited, line: 10)
    try change(plan.committed, line: 10)
    try await repository.git("add", plan.committed)
    try writeFile(repository.file("untracked.txt"), "mine\n")
    try writeFile(repository.file("ignored.log"), "mine, too\n")
  }

  /// Adds to a line of a file.
  private func change(_ file: String, line: Int) throws {
    let text = String(decoding: try readFile(repository.file(file)), as: UTF8.self)
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    // The line after it as well, so that whatever is added between them conflicts.
    for number in [line - 1, line] { lines[number] += " // the user's" }
    try writeFile(repository.file(file), lines.joined(separator: "\n"))
  }

  // MARK: Beside the run

  func live() async throws {
    try await waitForEvents("five landings") { $0.landings >= 5 }
    try await insist("commit", "--quiet", "-m", "the user's commit", "--", plan.committed)

    let (kept, freed, carried) = (
      try issue(plan.kept), try issue(plan.freed), try issue(plan.carried)
    )
    try await waitForEvents("the landings that meet the user's edits") {
      $0.log.outcomes(of: kept) == ["deferred"] && $0.log.outcomes(of: freed) == ["deferred"]
        && $0.log.outcomes(of: carried) == ["merged"] && $0.landings >= 20
    }
    try await insist("switch", "--quiet", "-c", "elsewhere")
    try await repository.git("commit", "--quiet", "--allow-empty", "-m", "elsewhere")
    let count = try state().landings
    try await waitForEvents("landings without a checkout") { $0.landings >= count + 5 }
    // A branch that git is about to show must not move meanwhile, and git does not say that it is
    // about to: so while a worktree is being set up, when nothing lands.
    try await waitForEvents("a set-up") { $0.log.entries.last?.event == Self.setupStarted }
    try await insist("switch", "--quiet", "main")
    try await insist("checkout", "--quiet", "--", plan.freed)

    try await waitForEvents("half of the landings") { $0.landings >= 45 }
    try await insist("merge", "--quiet", "--no-commit", "--no-ff", "side")
    let deferred = try state().deferred
    try await waitForEvents("landings that wait for the merge") { $0.deferred >= deferred + 2 }
    try await repository.git("commit", "--quiet", "--no-edit")

    try change(plan.staged, line: 10)
    try await insist("add", plan.staged)
  }

  private static let setupStarted = "parallel.worktree_setup_started"

  /// Does what may find the index locked, or the branch moved, until it is done.
  private func insist(_ arguments: String...) async throws {
    var output = try await Oracle.git(arguments, in: repository.root, allowFailure: true)
    for _ in 0..<200 where output.status != 0 {
      try await Task.sleep(for: .milliseconds(20))
      output = try await Oracle.git(arguments, in: repository.root, allowFailure: true)
    }
    #expect(output.status == 0, "git \(arguments): \(output.errors)")
  }

  // MARK: Events

  private struct State {
    var log: EventLog
    var landings: Int { count("merged") }
    var deferred: Int { count("deferred") }

    private func count(_ outcome: String) -> Int {
      log.named("parallel.merge_completed").count { $0.outcome == outcome }
    }
  }

  private func state() throws -> State {
    let bytes = (try? readFile(events)) ?? []
    let end = bytes.lastIndex(of: UInt8(ascii: "\n")) ?? 0
    return State(log: try EventLog(Array(bytes[..<end])))
  }

  private func waitForEvents(_ what: String, _ condition: (State) -> Bool) async throws {
    try await wait(for: what, atMost: .seconds(240)) { condition(try state()) }
  }

  // MARK: After the run

  /// The user's edits, as `git status` says them, beside what agents left there.
  var expectedStatus: Set<String> {
    [
      " M \(plan.kept)", " M \(plan.carried)", " M \(plan.edited)", "M  \(plan.staged)",
      "?? untracked.txt",
    ]
  }
}
