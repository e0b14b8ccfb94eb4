import Testing

@testable import Orchestrator

@Suite("Template")
struct TemplateTests {
  @Test(
    "placeholders are filled once",
    arguments: [
      ("a {{x}} b", "a 1 b"),
      ("{{ x }}{{x}}", "11"),
      ("{{y}}", "{{x}}"),
      ("{{unknown}} {{x}}", "{{unknown}} 1"),
      ("{{x", "{{x"),
      ("{{{x}}}", "{{{x}}}"),
      ("no {x} here", "no {x} here"),
      ("", ""),
    ])
  func fills(template: String, expected: String) {
    #expect(Template.render(template, ["x": "1", "y": "{{x}}"]) == expected)
  }

  @Test("a mention is found")
  func mentions() {
    #expect(Template.mentions("prompt", in: "--prompt={{prompt}}"))
    #expect(!Template.mentions("prompt", in: "{prompt} {{prompts}}"))
  }
}

@Suite("StreamEvent")
struct StreamEventTests {
  @Test(
    "lines are events or text",
    arguments: [
      (
        #"{"type":"system","subtype":"init","model":"m","session_id":"s"}"#,
        StreamEvent.started(model: "m")
      ),
      (
        #"{"type":"assistant","message":{"content":[{"type":"text","text":"a\nb"}]}}"#,
        .text(["a", "b"])
      ),
      (#"{"type":"assistant","message":{"content":"plain"}}"#, .text(["plain"])),
      (
        #"{"type":"assistant","message":{"content":[{"type":"tool_use","input":{"text":1}}, {"type":"text","text":"x"}]}}"#,
        .work(["x"])
      ),
      (#"{"type":"assistant","message":{"content":[{"type":"tool_use"}]}}"#, .work([])),
      (#"{"type":"assistant"}"#, .other),
      (#"{"type":"user","message":{"content":"tool result"}}"#, .other),
      (
        #"{"type":"result","is_error":false,"result":"fine","usage":{"input_tokens":3}}"#,
        .result(isError: false, message: "fine")
      ),
      (
        #"{"type":"result","is_error":true,"error":"bad"}"#,
        .result(isError: true, message: "bad")
      ),
      (#"{"type":"result","is_error":"maybe","result":7}"#, .result(isError: false, message: "")),
      (
        #"{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":17}}"#,
        .rejection(resetsAt: 17)
      ),
      (#"{"type":"rate_limit_event","rate_limit_info":{"status":"allowed"}}"#, .other),
      (#"  {"type":"system"}"# + "\r", .other),
      (#"{"no":"type"}"#, .none(#"{"no":"type"}"#)),
      ("{broken", .none("{broken")),
      ("VERDICT: READY", .none("VERDICT: READY")),
      ("42", .none("42")),
      ("", .none("")),
    ])
  func reads(line: String, expected: StreamEvent) {
    #expect(StreamEvent(line: Array(line.utf8)) == expected)
  }
}

@Suite("OutputTail")
struct OutputTailTests {
  @Test("memory is bounded and the end is kept")
  func bounded() {
    var tail = OutputTail(limit: 100)
    for number in 0..<1000 { tail.append("line \(number)") }
    #expect(tail.text.utf8.count <= 200)
    #expect(tail.text.hasSuffix("line 998\nline 999"))
    #expect(tail.last(2) == ["line 998", "line 999"])
  }

  @Test("a long line pushes no other out")
  func longLine() {
    var tail = OutputTail(limit: 1 << 20)
    tail.append("VERDICT: READY")
    tail.append(String(repeating: "ä", count: 4 << 20))
    #expect(tail.text.hasPrefix("VERDICT: READY\nää"))
    #expect(tail.text.utf8.count < 1 << 20)
  }

  @Test("a report skips blank lines and cuts long ones")
  func last() {
    var tail = OutputTail(limit: 10)
    for line in ["a", "", "  ", String(repeating: "b", count: 400)] { tail.append(line) }
    #expect(tail.last(5, width: 3).last == "bbb…")
    #expect(!tail.last(5).contains(""))
  }
}

@Suite("Continuation")
struct ContinuationTests {
  private func next(_ change: (inout Continuation.Ending) -> Void, used: Int = 0) -> Continuation {
    var ending = Continuation.Ending()
    change(&ending)
    return .next(after: ending, used: used, command: "/do it", lastText: "last words")
  }

  @Test("a session that just ends is the last one")
  func done() {
    #expect(next { _ in } == .done)
    #expect(next { $0.notesExist = true } == .done)
    #expect(
      next {
        $0.announcedHandOff = true; $0.issueIsDone = true
      } == .done)
    #expect(next({ _ in }, used: 3) == .done)
    // A hook only guesses, so its guess does not spoil work that is done.
    #expect(next({ $0.sentinelExists = true }, used: 3) == .done)
    #expect(next({ $0.wasHandOver = true }, used: 3) == .done)
  }

  @Test("a full context is continued in a new session, a bounded number of times")
  func continued() {
    guard case .fresh(let prompt) = next({ $0.promptTooLong = true }) else {
      Issue.record("not a fresh session")
      return
    }
    #expect(prompt.contains("/do it") && prompt.hasSuffix("last words"))
    #expect(next { $0.sentinelExists = true } == .handOver)
    #expect(
      next {
        $0.announcedHandOff = true; $0.notesExist = true
      } == .resume)
    #expect(
      next {
        $0.wasHandOver = true; $0.notesExist = true; $0.sentinelExists = true
      } == .resume)
    guard case .fresh = next({ $0.announcedHandOff = true }),
      case .fresh = next({ $0.wasHandOver = true })
    else {
      Issue.record("a hand-over without notes ends the work")
      return
    }
    guard case .stuck = next({ $0.announcedHandOff = true }, used: 3),
      case .stuck = next({ $0.promptTooLong = true }, used: 3)
    else {
      Issue.record("not stuck")
      return
    }
  }

  @Test("the announcement is recognised")
  func announcement() {
    #expect(Continuation.announcesHandOff("x\n> CONTEXT_HANDOFF:  Ready for fresh session\ny"))
    #expect(!Continuation.announcesHandOff("CONTEXT_HANDOFF: not yet"))
  }
}

@Suite("Agent variables")
struct AgentVariablesTests {
  @Test("nothing binds an agent's git to the main repository")
  func removed() {
    let changes = AgentVariables.changes(for: .sample(), extra: ["GIT_DIR": "/x", "A": ""])
    #expect(changes["GIT_DIR"] == .some(nil))
    #expect(changes["GIT_INDEX_FILE"] == .some(nil))
    #expect(changes["A"] == "")
    #expect(changes["LL_ISSUE_ID"] == "BUG-7")
    #expect(changes["LL_NON_INTERACTIVE"] == "1")
  }
}

@Suite("StepOutput")
struct StepOutputTests {
  private func piece(_ text: String, continues: Bool = false, ends: Bool = true) -> AgentOutput {
    AgentOutput(
      .init(bytes: Array(text.utf8), continuesLine: continues, endsLine: ends),
      from: .standardOutput)
  }

  private static let event =
    #"{"type":"assistant","message":{"content":[{"type":"text","text":"VERDICT: READY"}]}}"#

  @Test("an event in pieces is read as one, wherever it is cut", arguments: [1, 7, 40, 80])
  func pieces(cut: Int) {
    var output = StepOutput(format: .streamJSON)
    #expect(output.take(piece(String(Self.event.prefix(cut)), ends: false)) == [])
    #expect(
      output.take(piece(String(Self.event.dropFirst(cut)), continues: true)) == ["VERDICT: READY"])
    #expect(output.text.text == "VERDICT: READY")
  }

  @Test("a last event needs no newline, and one that is cut off is only reported")
  func last() {
    var output = StepOutput(format: .streamJSON)
    #expect(output.take(piece(Self.event, ends: false)) == ["VERDICT: READY"])
    output = StepOutput(format: .streamJSON)
    #expect(output.take(piece(String(Self.event.dropLast()), ends: false)) == [])
    output.finish()
    #expect(output.text.isEmpty && output.everything.text.hasSuffix("READY\"}]}"))
  }

  @Test("an event that is too long is left out, and the next one is read")
  func tooLong() {
    var output = StepOutput(format: .streamJSON, longestEvent: 200)
    _ = output.take(piece("{\"type\":\"" + String(repeating: "x", count: 190), ends: false))
    _ = output.take(piece("VERDICT: CLOSE}", continues: true, ends: false))
    _ = output.take(piece("VERDICT: CLOSE", continues: true, ends: false))
    _ = output.take(piece("\"}", continues: true))
    #expect(output.take(piece(Self.event)) == ["VERDICT: READY"])
    #expect(output.text.text == "VERDICT: READY")
  }

  @Test("the middle of a long line is no line")
  func middle() {
    var output = StepOutput(format: .text)
    _ = output.take(piece("x", ends: false))
    _ = output.take(piece("VERDICT: CLOSE", continues: true))
    #expect(output.text.text == "x")
  }
}
