import GitEngine
import Testing

@testable import Orchestrator

@Suite struct `Issue names and fields` {
  private let parser = IssueParser(IssuesConfiguration())

  @Test(arguments: [
    ("bugs/P1-BUG-001-crash.md", "BUG-001"), ("bugs/BUG-7.md", "BUG-7"),
    ("bugs/P0-FEAT-12-x-BUG-3.md", "FEAT-12"), ("bugs/007-crash.md", "BUG-007"),
    ("features/P3-42-x.md", "FEAT-42"), ("bugs/bug-12-enh-3.md", "BUG-12"),
    ("bugs/feat-5-BUG-6.md", "BUG-6"), ("bugs/DEBUG-001.md", "BUG-001"),
    ("bugs/UTF-8-names.md", "BUG-8"), ("epics/EPIC-1.md", "EPIC-1"),
  ])
  func `a file has an id by its name`(file: String, id: String) {
    #expect(parser.id(of: RepositoryPath(".issues/\(file)"))?.description == id)
  }

  @Test(arguments: [
    ".issues/bugs/README.md", ".issues/bugs/P1-crash.md", ".issues/bugs/BUG-1.txt",
    ".issues/bugs/.BUG-1.md", ".issues/other/BUG-1.md", "BUG-1.md", ".issues/BUG-1.md",
    ".issues/bugs/deep/BUG-1.md", ".issues/bugs/123456789012345678901.md", ".issues/bugs/.md",
  ])
  func `other files have none`(file: String) {
    #expect(parser.id(of: RepositoryPath(file)) == nil)
  }

  @Test(arguments: [
    ("P0-BUG-1.md", "P0", 0), ("p3-BUG-1.md", "P3", 3), ("BUG-1.md", "P5", 5),
    ("P9-BUG-1.md", "P5", 5), ("P1BUG-1.md", "P5", 5),
  ])
  func `the name gives the priority, else the last one`(
    name: String, priority: String, rank: Int
  ) throws {
    let issue = try parse("", name)
    #expect(issue.priority == Priority(name: priority, rank: rank))
    #expect(issue.priority.isP0 == (rank == 0))
  }

  @Test func `priorities are ranked as configured`() throws {
    var configuration = IssuesConfiguration()
    configuration.priorities = ["P1", "P1-now", "P0"]
    let parser = IssueParser(configuration)
    let issue = try parser.parse([], at: ".issues/bugs/P1-now-BUG-1.md")
    #expect(issue.priority == Priority(name: "P1-now", rank: 1))
  }

  @Test(arguments: [
    ("---\ntitle: 'From the  field'\n---\n# BUG-1: Other\n", "From the field"),
    ("# First\n\n# BUG-1: From the heading\n", "From the heading"),
    ("```\n# code\n```\n# Just a heading #\n", "Just a heading"),
    ("## Second level\n", "P1-BUG-1-x"), ("", "P1-BUG-1-x"),
    ("---\ntitle: |\n  Two\n  lines\n---\n", "Two lines"), ("# BUG-1:\n", "BUG-1:"),
    ("---\ntitle: 12\n---\n", "12"), ("---\ntitle:\n---\n# A\r\n", "A"),
  ])
  func `the title is on one line`(text: String, title: String) throws {
    #expect(try parse(text).title == title)
  }

  @Test(arguments: [
    ("", IssueStatus.open), ("status: pending", .open), ("status: In Progress", .inProgress),
    ("status: wip", .inProgress), ("status: blocked", .blocked), ("status: 'closed'", .done),
    ("status: FINISHED", .done), ("status: canceled", .cancelled), ("status: deferred", .deferred),
    ("completed_at: 2026-01-01", .done), ("status: open\ncompleted_at: x", .done),
    ("status: strange\ncompleted_at: x", .done), ("status: blocked\ncompleted_at: x", .blocked),
    ("status: open\ncompleted_at:", .open), ("status: strange", .open),
  ])
  func `the status has synonyms`(fields: String, status: IssueStatus) throws {
    #expect(try parse("---\n\(fields)\n---\n").status == status)
  }

  @Test func `unknown text of a status is kept`() throws {
    #expect(try parse("---\nstatus: strange\n---\n").statusText == "strange")
  }

  @Test func `lists are written in several ways`() throws {
    let text = """
      ---
      labels: ui, slow
      blocked_by: [BUG-2, 7, "FEAT-3: title", P1-ENH-4-x.md]
      depends_on:
        - "#8"
        - BUG-2
        - somebody
      decision_needed: yes
      ---
      Body.
      """
    let issue = try parse(text)
    #expect(issue.labels == ["ui", "slow"])
    #expect(
      issue.blockedBy.map(\.description) == ["BUG-2", "7", "FEAT-3", "ENH-4", "8", "somebody"])
    #expect(issue.decisionNeeded)
    #expect(issue.body == "Body.")
    #expect(issue.text == Array(text.utf8))
    #expect(try !parse("---\ndecision_needed: false\n---\n").decisionNeeded)
  }

  @Test func `the prefix of the id decides the category`() throws {
    let issue = try parser.parse([], at: ".issues/bugs/FEAT-1.md")
    #expect(issue.category.key == "features")
    var configuration = IssuesConfiguration()
    configuration.categories.append(
      IssueCategory(key: "stories", prefix: "feat", directory: "stories", action: "write"))
    let own = try IssueParser(configuration).parse([], at: ".issues/stories/FEAT-1.md")
    #expect(own.category.key == "stories")
  }

  @Test(arguments: [
    ("---\ntitle: A: b\n---\n", 2), ("---\na: 1\nstatus: open\nstatus: done\n---\n", 3),
    ("---\nstatus: open\n", 1), ("---\nok: 1\nx: [\n---\n", 4),
  ])
  func `broken fields are a problem with a line`(text: String, line: Int) {
    let error = #expect(throws: IssueFileProblem.self) { try parse(text) }
    guard case .brokenFields(_, let found)? = error?.reason else {
      Testing.Issue.record("\(String(describing: error))")
      return
    }
    #expect(found == line)
    #expect(error?.id?.description == "BUG-1")
  }

  @Test func `bytes that are not UTF-8 are a problem only in the fields`() throws {
    let latin = Array("---\ntitle: caf".utf8) + [0xE9] + Array("\n---\n".utf8)
    #expect(throws: IssueFileProblem.self) {
      try parser.parse(latin, at: ".issues/bugs/BUG-1.md")
    }
    let body = Array("---\nstatus: done\n---\n".utf8) + [0xFF]
    #expect(try parser.parse(body, at: ".issues/bugs/BUG-1.md").status == .done)
  }

  private func parse(_ text: String, _ name: String = "P1-BUG-1-x.md") throws -> ProjectIssue {
    try parser.parse(Array(text.utf8), at: RepositoryPath(".issues/bugs/\(name)"))
  }
}

@Suite struct `Issue ids and references` {
  @Test(arguments: ["", "BUG", "BUG-", "-1", "BUG-1a", "1-1", "B G-1", "BUG--1", "BUG-1-2", "Ü-1"])
  func `other text is no id`(text: String) { #expect(IssueID(text) == nil) }

  @Test func `ids are upper-case and ordered as text`() throws {
    let ids = try ["feat-2", "BUG-9", "bug-10", "BUG-010"].map { try #require(IssueID($0)) }
    #expect(ids.sorted().map(\.description) == ["BUG-010", "BUG-10", "BUG-9", "FEAT-2"])
  }

  @Test func `numbers match with any leading zeros, ids do not`() throws {
    let id = try #require(IssueID("BUG-0732"))
    #expect(IssueReference("732").matches(id))
    #expect(IssueReference(" #00732 ").matches(id))
    #expect(IssueReference("bug-0732").matches(id))
    #expect(!IssueReference("BUG-732").matches(id))
    #expect(!IssueReference("73").matches(id))
    #expect(!IssueReference("").matches(id))
    #expect(IssueReference("0").matches(try #require(IssueID("BUG-000"))))
  }
}
