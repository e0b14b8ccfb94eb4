import GitEngine
import SystemPackage
import TestSupport
import Testing

@testable import Orchestrator

/// Texts made by people, agents and other tools.
///
/// `Scripts/fuzz` tries for longer.
@Suite struct TextFuzzTests {
  @Test func issueFiles() {
    let parser = IssueParser(IssuesConfiguration())
    let sample = """
      ---
      id: BUG-7
      priority: P1
      status: open # soon
      labels: [a, "b"]
      blocked_by:
        - FEAT-2
      ---
      # BUG-7: Title

      ## Files to Modify
      - `src/a.swift:12`, docs/
      component: menu
      """
    Fuzz.run(
      "issue", samples: [Array(sample.utf8), Array(sample.replacing("\n", with: "\r\n").utf8)],
      words: [
        "---\n", "status: done\n", "[", "{", "&a", "*a", "- ", ": ", "|", "'", "\"",
        "## Resolution\n",
      ],
      count: 1_500
    ) {
      _ = try? parser.parse($0, at: ".issues/bugs/P1-BUG-7-title.md")
      _ = FileHints($0)
      // What the edit of a landing gives is an issue that is done, or a file that could not be read before.
      let document = IssueDocument($0)
      guard case .fields = document.header else { return }
      let done = IssueDocument(
        document.completing(at: "2026-01-02T03:04:05Z", resolution: "Landed."))
      guard case .fields(let fields) = done.header else {
        Issue.record("\(String(decoding: $0, as: UTF8.self).debugDescription)")
        return
      }
      #expect(fields.text("status") != nil)
    }
  }

  @Test func configuration() {
    let sample =
      #"{"parallel": {"max_workers": 2, "agent_command": ["a", "\u00e9"]}, "x": [1e3, null, true]}"#
    Fuzz.run(
      "config", samples: [Array(sample.utf8)],
      words: [
        "{", "}", "[", "]", ":", ",", "\"parallel\"", "\\u", "\\ud800", "1e999", "-", "[[[[[[[[",
      ]
    ) {
      _ = try? JSONParser.parse($0)
      _ = try? ConfigurationLayer(json: $0, file: "/p/.ll/ll-config.json")
    }
    let environment = Array("export A=1\nB='x y'\n# c\nC=\"\nD\n=\n".utf8)
    Fuzz.run("environment", samples: [environment], words: ["export ", "=", "'", "\"", "\n"]) {
      for variable in EnvironmentFile(String(decoding: $0, as: UTF8.self)).variables {
        #expect(!variable.name.isEmpty && !variable.value.contains("\0"))
      }
    }
  }

  /// Prose never closes an issue, whatever stands around it.
  @Test func verdicts() {
    let samples = [
      "## VERDICT\nREADY\n\n## CONCERNS\n- none\n", "**VERDICT:** CLOSE\nCLOSE_REASON: stale\n",
      "I would close this. VERDICT: the case is closed.\n",
    ].map { Array($0.utf8) }
    Fuzz.run(
      "verdict", samples: samples,
      words: ["VERDICT", "VERDICT: ", "## ", "**", "CLOSE", "READY", "BLOCKED", "\n", "- ", "`"]
    ) {
      _ = Verdict(parsing: String(decoding: $0, as: UTF8.self))
    }
    Fuzz.run(
      "verdict-prose", samples: [Array("we may close it, as it is closed already\n".utf8)],
      words: ["close", "Closed", "done "]
    ) {
      // Without the word no line can be one.
      let text = String(decoding: $0, as: UTF8.self)
      guard !text.contains("VERDICT"), !text.contains("CLOSE") else { return }
      #expect(Verdict(parsing: text).kind != .close)
    }
  }

  @Test func agentOutput() {
    let lines = [
      #"{"type":"system","subtype":"init","model":"m"}"#,
      #"{"type":"assistant","message":{"content":[{"type":"text","text":"one\ntwo"},{"type":"tool_use"}]}}"#,
      #"{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":1790000000}}"#,
      #"{"type":"result","is_error":true,"result":"Claude usage limit reached|1790000000"}"#,
      "API Error: 429 try again in 5 minutes",
    ].map { Array($0.utf8) }
    Fuzz.run(
      "stream", samples: [Array(lines.joined(separator: [0x0A])), lines[1], lines[4]],
      words: [
        "\n", "{", "}", "\"type\":", "\"result\"", "resets at 3pm", "in 99999999999999999999 hours",
        "\\ud800",
      ]
    ) { bytes in
      for format in [StepOutput.Format.streamJSON, .text] {
        var output = StepOutput(format: format, longestEvent: 4_096)
        var splitter = LineSplitter(limit: 64)
        bytes.withUnsafeBytes {
          splitter.append($0) { _ = output.take(AgentOutput($0, from: .standardOutput)) }
        }
        splitter.finish { _ = output.take(AgentOutput($0, from: .standardOutput)) }
        output.finish()
        for succeeded in [true, false] {
          _ = UsageLimit(in: output, succeeded: succeeded)?.reset?.wait(now: 1_790_000_000)
        }
      }
    }
  }

  /// Entries of other versions, torn and edited lines: each is an entry or nothing.
  @Test func journal() throws {
    var started = JournalEntry(.issueStarted, run: "run", issue: "BUG-1")
    started.file = PersistedPath(RepositoryPath(".issues/bugs/x.md"))
    started.branch = "refs/heads/parallel/BUG-1"
    started.start = String(repeating: "a", count: 40)
    let steps: [JournalEntry.Step] = [
      .runStarted, .issueStarted, .agentStarted, .finished, .round, .publishing, .unlanded, .pooled,
      .ended,
      .undoing, .undone, .runFinished,
    ]
    let samples = try steps.map { step in
      var entry = started
      entry.step = step
      return try JSONLine.encode(entry)
    }
    Fuzz.run(
      "journal", samples: samples + [samples.flatMap { $0 }],
      words: ["\n", "\"step\":\"publishing\"", "\"issue\":null", "\"version\":2", "{", "}"],
      count: 1_500
    ) { bytes in
      let entries = bytes.split(separator: UInt8(ascii: "\n")).compactMap {
        try? JSONLine.decode(JournalEntry.self, from: $0)
      }
      let state = RepositoryState(entries)
      // A compacted journal says the same as the whole.
      let compacted = RepositoryState(state.compacted())
      #expect(compacted.leftovers == state.leftovers)
      #expect(compacted.ended == state.ended)
    }
  }
}
