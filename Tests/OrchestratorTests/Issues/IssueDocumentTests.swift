import Testing

@testable import Orchestrator

/// One frontmatter before and after, without markers; lines are joined with the ending under test.
private struct Fields: Sendable, CustomTestStringConvertible {
  let before: [String]
  let after: [String]
  var testDescription: String { before.joined(separator: "⏎") }

  init(_ before: String..., becomes after: String...) {
    self.before = before
    self.after = after
  }
}

private let time = "2026-01-02T03:04:05Z"
private let completed = "completed_at: \(time)"

private let shapes = [
  Fields("status: open", becomes: "status: done", completed),
  Fields(
    "title: A", "status: open", "labels: [a, b]",
    becomes:
      "title: A", "status: done", "labels: [a, b]", completed),
  Fields(
    "status: open # by hand", "# end",
    becomes:
      "status: done # by hand", "# end", completed),
  Fields("status:   'open'   # c", becomes: "status:   done   # c", completed),
  Fields("status: \"in \\\"x\\\" # y\"", becomes: "status: done", completed),
  Fields("status: 'it''s # open' # c", becomes: "status: done # c", completed),
  Fields("\"status\": open", becomes: "\"status\": done", completed),
  Fields("status :  open", becomes: "status :  done", completed),
  Fields("status:", "title: A", becomes: "status: done", "title: A", completed),
  Fields("status: ~", becomes: "status: done", completed),
  Fields("status: # none yet", becomes: "status: done # none yet", completed),
  Fields("status: a#b", becomes: "status: done", completed),
  Fields("title: A", becomes: "title: A", "status: done", completed),
  Fields("# only a comment", becomes: "# only a comment", "status: done", completed),
  Fields(becomes: "status: done", completed),
  Fields("", becomes: "", "status: done", completed),
  Fields("status: done", becomes: "status: done", completed),
  Fields("status: Completed", becomes: "status: Completed", completed),
  Fields("status: cancelled", becomes: "status: cancelled", completed),
  Fields(
    "status: open", "completed_at: 2020-01-01",
    becomes:
      "status: done", "completed_at: 2020-01-01"),
  Fields("completed_at:", "status: open", becomes: completed, "status: done"),
  Fields("completed_at: null # later", becomes: "completed_at: \(time) # later", "status: done"),
  Fields(
    "  status: open", "  title: A",
    becomes:
      "  status: done", "  title: A", "  \(completed)"),
  Fields(
    "meta:", "  status: open",
    becomes:
      "meta:", "  status: open", "status: done", completed),
  Fields(
    "note: |", "  status: open", "status: open",
    becomes:
      "note: |", "  status: open", "status: done", completed),
  Fields(
    "note: \"a", "  status: x\"", "status: open",
    becomes:
      "note: \"a", "  status: x\"", "status: done", completed),
  Fields(
    "labels: [a,", "  b]", "status: wip",
    becomes:
      "labels: [a,", "  b]", "status: done", completed),
  Fields("status: in", "  progress", "title: A", becomes: "status: done", "title: A", completed),
  Fields(
    "status:", "  open", "# c", "title: A",
    becomes:
      "status:", "  done", "# c", "title: A", completed),
  Fields("status: |", "  open", "title: A", becomes: "status: done", "title: A", completed),
  Fields("status: [open]", becomes: "status: done", completed),
  Fields("status: !!str open", becomes: "status: done", completed),
  Fields("a: &x open", "status: *x", becomes: "a: &x open", "status: done", completed),
  Fields(
    "title: é", "größe: ü", "status: öffen",
    becomes:
      "title: é", "größe: ü", "status: done", completed),
  Fields(
    "{status: open, title: A}", becomes: "{completed_at: \"\(time)\", status: done, title: A}"),
  Fields("{}", becomes: "{status: \"done\", completed_at: \"\(time)\"}"),
  Fields("title: A", "...", becomes: "status: done", completed, "title: A", "..."),
  // YAML that cannot be read: edited by its lines.
  Fields(
    "title: A: b", "status: open", "  status: x",
    becomes:
      "title: A: b", "status: done", "  status: x", completed),
  Fields(
    "status: open", "a: 1", "status: open",
    becomes:
      "status: done", "a: 1", "status: done", completed),
  Fields(
    "title: [", "status: done", "completed_at: x",
    becomes:
      "title: [", "status: done", "completed_at: x"),
]

private let bodies: [[UInt8]] = [
  [], Array("\n# Title\n\nText.\n".utf8), Array("Text without an end".utf8),
  Array("\r\nText.\r\n\r\n".utf8), [0xFF, 0xFE, 0x0A, 0xE9], Array("---\nstatus: open\n---\n".utf8),
  Array("```\n## Resolution\n```\n".utf8), Array("```\nopen block\n".utf8),
]

@Suite struct `Completing an issue document` {
  @Test(arguments: shapes)
  fileprivate func `changes two fields and adds a section`(_ fields: Fields) throws {
    for ending in ["\n", "\r\n"] {
      for mark in [[], Frontmatter.byteOrderMark] {
        for body in bodies {
          let old = file(fields.before, ending, mark) + body
          let new = IssueDocument(old).completing(at: time, resolution: "Landed.\n")
          let expected = file(fields.after, ending, mark) + body
          let isExpected = new.starts(with: expected)
          #expect(isExpected, "\(text(new)) from \(text(old))")
          let added = text(Array(new.dropFirst(expected.count)))
          let section = "## Resolution\(ending)\(ending)Landed.\(ending)"
          #expect(added.hasSuffix(section))
          let gap = added.dropLast(section.count).filter { !$0.isNewline }
          #expect(gap.isEmpty)
          let isStable =
            IssueDocument(new).completing(at: "later", resolution: "Other") == new
          #expect(isStable, "\(text(new))")
        }
      }
    }
  }

  @Test(arguments: shapes)
  fileprivate func `reads back as finished where YAML can read it`(_ fields: Fields) throws {
    let old = IssueDocument(file(fields.before, "\n", []))
    guard case .fields = old.header else { return }
    let new = IssueDocument(old.completing(at: time, resolution: "x"))
    guard case .fields(let read) = new.header else {
      Testing.Issue.record("not readable: \(text(new.bytes))")
      return
    }
    #expect(IssueStatus(text: read.text("status") ?? "")?.isFinished == true)
    #expect(read.text("completed_at") != nil)
  }

  @Test(arguments: [
    "", "# Title\n", "Text", "---\n", "---\nno field\n", "---\nstatus: open\n", "--- x\n---\n",
    "---\njust prose\n---\nmore\n", "---\n- a\n- b\n---\n", "\nstatus: open\n---\n", "# a\r\nb",
    "---\nSee: here: and there\n", "---\nOh no: \"quote\n---\n",
  ])
  func `creates frontmatter where there is none and keeps the rest`(old: String) throws {
    let document = IssueDocument(Array(old.utf8))
    guard document.frontmatter == nil else { return }
    let new = document.completing(at: time, resolution: "Landed.")
    let ending = old.contains("\r\n") ? "\r\n" : "\n"
    let top = ["---", "status: done", completed, "---", ""].joined(separator: ending)
    #expect(text(new).hasPrefix(top))
    #expect(
      text(Array(new.dropFirst(top.utf8.count))).drop(while: \.isNewline)
        .hasPrefix(String(old.drop(while: \.isNewline))))
    #expect(IssueDocument(new).completing(at: "x", resolution: "y") == new)
    guard case .fields(let read) = IssueDocument(new).header else {
      Testing.Issue.record("not readable: \(text(new))")
      return
    }
    #expect(read.text("status") == "done")
  }

  @Test func `keeps a section that exists`() {
    for heading in ["## Resolution", "### resolution ##", "# Resolution"] {
      let old = Array("---\nstatus: done\ncompleted_at: x\n---\n\(heading)\nBy hand.".utf8)
      #expect(IssueDocument(old).completing(at: time, resolution: "Landed.") == old)
    }
  }

  @Test func `has one empty line before the section`() {
    for body in ["A", "A\n", "A\n\n"] {
      let old = Array("---\nstatus: done\ncompleted_at: x\n---\n\(body)".utf8)
      let new = IssueDocument(old).completing(at: time, resolution: "\n\nOne.\n\nTwo.  \n\n")
      #expect(text(new).hasSuffix("---\nA\n\n## Resolution\n\nOne.\n\nTwo.\n"))
    }
  }

  @Test func `ends at the last line of a frontmatter without a line feed`() {
    let old = Array("---\nstatus: open\n---".utf8)
    let new = IssueDocument(old).completing(at: time, resolution: "Landed.")
    #expect(
      text(new) == "---\nstatus: done\n\(completed)\n---\n\n## Resolution\n\nLanded.\n")
  }

  @Test func `closing adds the reason to a section that exists, once`() {
    let old = Array("---\nstatus: open\n---\n## Resolution\n\nTBD\n## Log\nx\n".utf8)
    let new = IssueDocument(old).closing(at: time, reason: "A duplicate\nof BUG-2.")
    let rest = "## Resolution\n\nTBD\n\nA duplicate\nof BUG-2.\n\n## Log\nx\n"
    #expect(text(new) == "---\nstatus: done\n\(completed)\n---\n\(rest)")
    #expect(IssueDocument(new).closing(at: "x", reason: "A duplicate\nof BUG-2.") == new)
    let plain = IssueDocument(Array("# T\n".utf8)).closing(at: time, reason: "Gone.")
    #expect(text(plain).hasSuffix("# T\n\n## Resolution\n\nGone.\n"))
  }

  @Test func `survives hostile frontmatter`() {
    let deep = String(repeating: "[", count: 900)
    let nested = String(repeating: "- ", count: 900)
    for content in ["a: \(deep)", "a:\n \(nested)", "a: \u{0}", "\ta: b", "? a\n: b", "a: *b"] {
      let document = IssueDocument(Array("---\n\(content)\n---\nx".utf8))
      let once = document.completing(at: time, resolution: "r")
      #expect(IssueDocument(once).completing(at: time, resolution: "r") == once)
    }
  }

  private func file(_ lines: [String], _ ending: String, _ mark: [UInt8]) -> [UInt8] {
    mark + (["---"] + lines + ["---"]).flatMap { Array(($0 + ending).utf8) }
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
