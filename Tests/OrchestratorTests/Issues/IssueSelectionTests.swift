import GitEngine
import Testing

@testable import Orchestrator

/// An issue of the usual categories for a test; the text is `P1-BUG-1`.
func makeIssue(
  _ name: String, status: IssueStatus = .open, labels: [String] = [], after: [String] = []
) throws -> ProjectIssue {
  let file = RepositoryPath(".issues/bugs/\(name).md")
  var issue = try IssueParser(IssuesConfiguration()).parse([], at: file)
  issue.status = status
  issue.labels = labels
  issue.blockedBy = after.map { IssueReference($0) }
  return issue
}

func makeID(_ text: String) throws -> IssueID { try #require(IssueID(text)) }

@Suite struct `Selecting issues` {
  private let scan: IssueScan

  init() throws {
    scan = IssueScan(
      issues: [
        try makeIssue("P1-BUG-1", labels: ["UI"]), try makeIssue("P0-FEAT-1"),
        try makeIssue("P2-BUG-2", status: .done), try makeIssue("P2-ENH-3", status: .blocked),
        try makeIssue("P2-ENH-4", status: .inProgress), try makeIssue("P1-EPIC-5"),
        try makeIssue("P3-BUG-6", status: .deferred), try makeIssue("P3-BUG-7", status: .cancelled),
        try makeIssue("P3-BUG-8"),
      ],
      problems: [IssueFileProblem(.unreadable("x"), file: "f.md", id: try makeID("BUG-9"))])
  }

  @Test func `finished, held up and epic issues are left out with a reason`() throws {
    let selection = try select { _ in }
    #expect(ids(selection) == ["FEAT-1", "BUG-1", "BUG-8"])
    #expect(
      selection.counts.map(\.reason) == [
        .done, .cancelled, .deferred, .blocked, .inProgress, .epic, .unreadable,
      ])
    #expect(selection.counts.map(\.count).reduce(0, +) == 7)
  }

  @Test func `filters apply together`() throws {
    #expect(ids(try select { $0.priorities = ["p0", "P1"] }) == ["FEAT-1", "BUG-1"])
    #expect(ids(try select { $0.types = ["bug"] }) == ["BUG-1", "BUG-8"])
    #expect(ids(try select { $0.labels = ["ui", "other"] }) == ["BUG-1"])
    #expect(ids(try select { $0.skip = [IssueReference("1")] }) == ["BUG-8"])
    #expect(
      ids(try select { $0.only = [IssueReference("8"), IssueReference("feat-1")] }) == [
        "FEAT-1", "BUG-8",
      ])
    let both = try select {
      $0.types = ["BUG"]
      $0.maxIssues = 1
    }
    #expect(ids(both) == ["BUG-1"])
    #expect(both.leftOut.filter { $0.reason == .overMaxIssues }.map(\.id.description) == ["BUG-8"])
  }

  @Test func `the status counts only for what was asked for`() throws {
    let selection = try select { $0.only = [IssueReference("ENH-3"), IssueReference("9")] }
    #expect(selection.selected.isEmpty)
    #expect(selection.counts.map(\.reason) == [.notInOnly, .blocked, .unreadable])
  }

  @Test func `what is finished on the base branch is not run`() throws {
    let finished: Set = [try makeID("BUG-1"), try makeID("BUG-2")]
    let selection = try select { $0.finishedOnBase = finished }
    #expect(ids(selection) == ["FEAT-1", "BUG-8"])
    #expect(selection.leftOut.filter { $0.reason == .doneOnBase }.count == 1)
  }

  @Test func `what does not exist is an error with a suggestion`() throws {
    let error = #expect(throws: IssueSelectionError.self) {
      try select { $0.only = ["BUG-01", "FEAT-8", "BUGG-6", "77", "x"].map { IssueReference($0) } }
    }
    guard case .unknownIssues(let unknown)? = error else {
      Testing.Issue.record("\(String(describing: error))")
      return
    }
    #expect(unknown.map(\.suggestion?.description) == ["BUG-1", "BUG-8", "BUG-6", nil, nil])
    #expect(error?.description.contains("did you mean BUG-1?") == true)
    #expect(
      throws: IssueSelectionError.unknownPriorities(
        ["P9"], accepted: IssuesConfiguration().priorities)
    ) { try select { $0.priorities = ["P1", "P9"] } }
    #expect(
      throws: IssueSelectionError.unknownTypes(
        ["BUGS"], accepted: ["BUG", "FEAT", "ENH", "EPIC"])
    ) { try select { $0.types = ["BUGS"] } }
  }

  @Test func `skipping what does not exist is only told`() throws {
    let selection = try select { $0.skip = [IssueReference("BUG-77"), IssueReference("9")] }
    #expect(selection.unknownSkips == [IssueReference("BUG-77")])
  }

  private func select(
    _ change: (inout IssueSelection.Options) -> Void
  ) throws -> IssueSelection {
    var options = IssueSelection.Options()
    change(&options)
    return try IssueSelection(options, from: scan, configuration: IssuesConfiguration())
  }

  private func ids(_ selection: IssueSelection) -> [String] {
    selection.selected.map(\.id.description)
  }
}

@Suite struct `The queue of issues` {
  @Test func `goes by priority, then id, and loses nothing`() throws {
    let first = try makeIssue("P0-BUG-2")
    let middle = try makeIssue("P1-BUG-10")
    let last = try makeIssue("P1-BUG-9")
    var queue = IssueQueue([last, first, middle, first])
    #expect(queue.count == 3)
    #expect(queue.peek == first)
    #expect(queue.next { $0.priority.rank == 1 } == middle)
    #expect(!queue.contains(middle.id))
    #expect(queue.waiting == [first, last])
    queue.requeue(middle)
    #expect(queue.waiting == [first, middle, last])
    #expect(queue.next { _ in false } == nil)
    #expect(queue.remove(first.id) == first)
    #expect(queue.popFirst() == middle)
    #expect(queue.popFirst() == last)
    #expect(queue.popFirst() == nil)
    #expect(queue.isEmpty)
  }
}
