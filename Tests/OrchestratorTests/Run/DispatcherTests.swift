import GitEngine
import Testing

@testable import Orchestrator

@Suite struct DispatcherTests {
  private func issue(_ id: String, _ rank: Int = 2, after: [String] = []) throws -> ProjectIssue {
    ProjectIssue(
      id: try #require(IssueID(id)),
      category: IssueCategory(key: "bugs", prefix: "BUG", directory: "bugs", action: "fix"),
      file: RepositoryPath(".issues/bugs/P2-\(id)-x.md"),
      priority: Priority(name: "P\(rank)", rank: rank), title: id,
      blockedBy: after.map { IssueReference($0) })
  }

  private func dispatcher(
    _ issues: [ProjectIssue], workers: Int, p0RunsAlone: Bool = true
  ) -> Dispatcher {
    Dispatcher(
      issues,
      dependencies: DependencyPlan(selected: issues, finished: [], known: Set(issues.map(\.id))),
      workers: workers, p0RunsAlone: p0RunsAlone)
  }

  @Test func goesByPriorityThenID() throws {
    var dispatcher = dispatcher(
      [try issue("BUG-4", 3), try issue("BUG-3", 1), try issue("BUG-2", 2), try issue("BUG-1", 2)],
      workers: 9)
    var order: [String] = []
    while let (issue, slot) = dispatcher.next() {
      order.append("\(issue.id)")
      #expect(slot == order.count)
    }
    #expect(order == ["BUG-3", "BUG-1", "BUG-2", "BUG-4"])
    #expect(dispatcher.activeCount == 4 && dispatcher.pendingCount == 0)
  }

  @Test func neverUsesMoreThanItsSlotsAndTheLowestFirst() throws {
    let issues = try (1...5).map { try issue("BUG-\($0)") }
    var dispatcher = dispatcher(issues, workers: 3)
    #expect([1, 2, 3].allSatisfy { dispatcher.next()?.slot == $0 })
    #expect(dispatcher.next() == nil)
    _ = dispatcher.end(issues[2].id, landed: true)
    _ = dispatcher.end(issues[0].id, landed: false)
    #expect(dispatcher.next()?.slot == 1)
    #expect(dispatcher.next()?.slot == 3)
    #expect(dispatcher.next() == nil && dispatcher.pendingCount == 0)
  }

  @Test func p0RunsAlone() throws {
    let p0 = [try issue("BUG-1", 0), try issue("BUG-2", 0)]
    let other = try issue("BUG-3", 1)
    var dispatcher = dispatcher(p0 + [other], workers: 3)
    for issue in p0 {
      #expect(dispatcher.next()?.issue == issue)
      #expect(dispatcher.next() == nil)
      _ = dispatcher.end(issue.id, landed: issue == p0[0])
    }
    #expect(dispatcher.next()?.issue == other)
  }

  @Test func p0ThatBecomesReadyLateWaitsToBeAlone() throws {
    let first = try issue("BUG-5", 1)
    let second = try issue("BUG-6", 2)
    let p0 = try issue("BUG-7", 0, after: ["BUG-5"])
    let last = try issue("BUG-8", 3)
    var dispatcher = dispatcher([first, second, p0, last], workers: 2)
    #expect(dispatcher.next()?.issue == first)
    #expect(dispatcher.next()?.issue == second)
    _ = dispatcher.end(first.id, landed: true)
    #expect(dispatcher.next() == nil, "others still run, and nobody overtakes it")
    _ = dispatcher.end(second.id, landed: true)
    #expect(dispatcher.next()?.issue == p0)
    #expect(dispatcher.next() == nil)
    _ = dispatcher.end(p0.id, landed: true)
    #expect(dispatcher.next()?.issue == last)
  }

  @Test func p0RunsBesideOthersIfThatIsConfigured() throws {
    var dispatcher = dispatcher(
      [try issue("BUG-1", 0), try issue("BUG-2", 1)], workers: 2, p0RunsAlone: false)
    #expect(dispatcher.next() != nil && dispatcher.next() != nil)
  }

  @Test func waitsForWhatAnIssueDependsOn() throws {
    let first = try issue("BUG-2", 3)
    let second = try issue("BUG-1", 1, after: ["BUG-2"])
    var dispatcher = dispatcher([first, second], workers: 2)
    #expect(dispatcher.next()?.issue == first)
    #expect(dispatcher.next() == nil)
    #expect(dispatcher.end(first.id, landed: true) == [:])
    #expect(dispatcher.next()?.issue == second)
  }

  @Test func holdsWhatDependsOnAFailure() throws {
    let issues = [
      try issue("BUG-1"), try issue("BUG-2", after: ["BUG-1"]),
      try issue("BUG-3", after: ["BUG-2"]),
    ]
    var dispatcher = dispatcher(issues, workers: 3)
    _ = dispatcher.next()
    let held = dispatcher.end(issues[0].id, landed: false)
    #expect(held[issues[1].id] == .notLanded([issues[0].id]))
    #expect(held[issues[2].id] == .behindHeld([issues[1].id]))
    #expect(dispatcher.next() == nil)
  }

  @Test func neverQueuesACycle() throws {
    let issues = [
      try issue("BUG-1", after: ["BUG-2"]), try issue("BUG-2", after: ["BUG-1"]),
      try issue("BUG-3"),
    ]
    var dispatcher = dispatcher(issues, workers: 3)
    #expect(dispatcher.pendingCount == 1)
    #expect(dispatcher.next()?.issue == issues[2])
    #expect(dispatcher.next() == nil)
  }

  // MARK: Overlaps

  private func overlapping(
    _ id: String, _ rank: Int = 2, _ files: String...
  ) throws -> ProjectIssue {
    var issue = try issue(id, rank)
    issue.text = Array("## Files to Modify\n\(files.joined(separator: "\n"))\n".utf8)
    return issue
  }

  private func keepingApart(_ issues: [ProjectIssue], workers: Int) -> Dispatcher {
    Dispatcher(
      issues,
      dependencies: DependencyPlan(selected: issues, finished: [], known: Set(issues.map(\.id))),
      overlaps: OverlapPlan(issues, OverlapConfiguration()), workers: workers, p0RunsAlone: true)
  }

  @Test func whatNamesTheSameFilesGoesOneAfterTheOther() throws {
    let issues = [
      try overlapping("BUG-1", 1, "src/a/"), try overlapping("BUG-2", 2, "src/a/x.c"),
      try overlapping("BUG-3", 3, "src/b/"),
    ]
    var dispatcher = keepingApart(issues, workers: 3)
    #expect(dispatcher.next()?.issue == issues[0])
    #expect(dispatcher.next()?.issue == issues[2])
    #expect(dispatcher.next() == nil && dispatcher.pendingCount == 1)
    _ = dispatcher.end(issues[0].id, landed: false)
    #expect(dispatcher.next()?.issue == issues[1], "put off is not given up")
  }

  /// Two small issues in turn must not keep the large one waiting for ever.
  @Test func nobodyOvertakesAnIssueThatItOverlaps() throws {
    let large = try overlapping("BUG-2", 2, "src/a/", "src/b/")
    let issues = [
      try overlapping("BUG-1", 1, "src/a/x.c"), large, try overlapping("BUG-3", 3, "src/b/y.c"),
    ]
    var dispatcher = keepingApart(issues, workers: 3)
    #expect(dispatcher.next()?.issue == issues[0])
    #expect(dispatcher.next() == nil)
    _ = dispatcher.end(issues[0].id, landed: true)
    #expect(dispatcher.next()?.issue == large)
    #expect(dispatcher.next() == nil)
    _ = dispatcher.end(large.id, landed: true)
    #expect(dispatcher.next()?.issue == issues[2])
  }

  @Test func nobodyOvertakesAnIssueThatIsToRunAlone() throws {
    let issues = [
      try overlapping("BUG-1", 1, "src/a/"), try overlapping("BUG-2", 0, "src/a/"),
      try overlapping("BUG-3", 2),
    ]
    var dispatcher = Dispatcher(
      issues,
      dependencies: DependencyPlan(selected: issues, finished: [], known: Set(issues.map(\.id))),
      overlaps: OverlapPlan(issues, OverlapConfiguration()), workers: 3, p0RunsAlone: true)
    #expect(dispatcher.next()?.issue == issues[1])
    #expect(dispatcher.next() == nil)
    _ = dispatcher.end(issues[1].id, landed: true)
    #expect(dispatcher.next()?.issue == issues[0])
    #expect(dispatcher.next()?.issue == issues[2])
  }

  /// What waits for something else does not stand in line.
  @Test func anIssueThatIsNotReadyHoldsNobodyUp() throws {
    var waiting = try overlapping("BUG-2", 1, "src/a/")
    waiting.blockedBy = [IssueReference("BUG-1")]
    let issues = [waiting, try overlapping("BUG-1", 2, "x"), try overlapping("BUG-3", 3, "src/a/")]
    var dispatcher = keepingApart(issues, workers: 3)
    #expect(dispatcher.next()?.issue == issues[1])
    #expect(dispatcher.next()?.issue == issues[2])
    _ = dispatcher.end(issues[1].id, landed: true)
    #expect(dispatcher.next() == nil)
    _ = dispatcher.end(issues[2].id, landed: true)
    #expect(dispatcher.next()?.issue == waiting)
  }

  @Test func startsNothingWhenStopped() throws {
    var dispatcher = dispatcher([try issue("BUG-1")], workers: 1)
    dispatcher.stop()
    #expect(dispatcher.next() == nil)
    #expect(dispatcher.waiting.map(\.id.description) == ["BUG-1"])
  }
}
