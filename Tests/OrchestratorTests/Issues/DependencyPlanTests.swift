import Testing

@testable import Orchestrator

@Suite struct `Planning by dependencies` {
  @Test func `an issue waits for selected ones and goes when they have landed`() throws {
    var plan = try plan(["BUG-1": [], "BUG-2": ["BUG-1"], "BUG-3": ["1", "2"], "BUG-4": ["BUG-9"]])
    #expect(
      try states(plan) == [
        "BUG-1": .ready, "BUG-2": .waiting(on: try ids("BUG-1")),
        "BUG-3": .waiting(on: try ids("BUG-1", "BUG-2")), "BUG-4": .ready,
      ])
    #expect(plan.unknown.map(\.reference.description) == ["BUG-9"])
    let first = plan.end(try makeID("BUG-1"), as: .done)
    #expect(first.ready == (try ids("BUG-2")))
    #expect(first.held.isEmpty)
    #expect(plan.end(try makeID("BUG-2"), as: .done).ready == (try ids("BUG-3")))
    #expect(plan[try makeID("BUG-2")] == .ended(.done))
  }

  @Test func `what is finished on the base branch holds nobody`() throws {
    let plan = try plan(["BUG-2": ["BUG-1", "7"]], finished: ["BUG-1", "BUG-7"])
    #expect(try states(plan) == ["BUG-2": .ready])
    #expect(plan.unknown.isEmpty)
  }

  @Test func `what is not selected holds, and all behind it`() throws {
    let plan = try plan(
      ["BUG-2": ["BUG-1"], "BUG-3": ["BUG-2"], "BUG-4": []], known: ["BUG-1"])
    #expect(
      try states(plan) == [
        "BUG-2": .held(.notSelected(try ids("BUG-1"))),
        "BUG-3": .held(.behindHeld(try ids("BUG-2"))), "BUG-4": .ready,
      ])
  }

  @Test func `a failure holds all behind it until it lands after all`() throws {
    var plan = try plan(["BUG-1": [], "BUG-2": ["BUG-1"], "BUG-3": ["BUG-2"]])
    let failed = plan.end(try makeID("BUG-1"), as: .notLanded)
    #expect(failed.ready.isEmpty)
    #expect(
      failed.held == [
        try makeID("BUG-2"): .notLanded(try ids("BUG-1")),
        try makeID("BUG-3"): .behindHeld(try ids("BUG-2")),
      ])
    let landed = plan.end(try makeID("BUG-1"), as: .done)
    #expect(landed.ready == (try ids("BUG-2")))
    #expect(plan[try makeID("BUG-3")] == .waiting(on: try ids("BUG-2")))
  }

  @Test func `a cycle and what is behind it are held and named`() throws {
    let plan = try plan([
      "BUG-1": ["BUG-2"], "BUG-2": ["BUG-3"], "BUG-3": ["BUG-1", "BUG-7"], "BUG-4": ["BUG-1"],
      "BUG-5": ["BUG-4"], "BUG-6": ["BUG-6"], "BUG-7": [],
    ])
    let cycle = try ids("BUG-1", "BUG-2", "BUG-3")
    #expect(
      try states(plan) == [
        "BUG-1": .held(.cycle(cycle)), "BUG-2": .held(.cycle(cycle)), "BUG-3": .held(.cycle(cycle)),
        "BUG-4": .held(.behindCycle(cycle)), "BUG-5": .held(.behindCycle(cycle)),
        "BUG-6": .held(.cycle(try ids("BUG-6"))), "BUG-7": .ready,
      ])
  }

  @Test func `a cycle that is cut by a finished issue is none`() throws {
    let plan = try plan(
      ["BUG-1": ["BUG-2"], "BUG-2": ["BUG-1"]], finished: ["BUG-1"])
    #expect(
      try states(plan) == [
        "BUG-1": .waiting(on: try ids("BUG-2")), "BUG-2": .ready,
      ])
  }

  @Test func `a chain of a thousand is planned in time`() throws {
    var issues: [String: [String]] = ["BUG-0": []]
    for number in 1..<1000 { issues["BUG-\(number)"] = ["BUG-\(number - 1)"] }
    var plan = try plan(issues)
    #expect(plan.end(try makeID("BUG-0"), as: .done).ready == (try ids("BUG-1")))
  }

  private func plan(
    _ issues: [String: [String]], finished: [String] = [], known: [String] = []
  ) throws -> DependencyPlan {
    let selected = try issues.map { try makeIssue($0.key, after: $0.value) }
      .sorted(by: ProjectIssue.isBefore)
    let finishedIDs = Set(try finished.map(makeID))
    return DependencyPlan(
      selected: selected, finished: finishedIDs, known: Set(try known.map(makeID)))
  }

  private func states(_ plan: DependencyPlan) throws -> [String: DependencyPlan.State] {
    Dictionary(uniqueKeysWithValues: plan.states.map { ($0.key.description, $0.value) })
  }

  private func ids(_ texts: String...) throws -> [IssueID] { try texts.map(makeID) }
}
