import Foundation
import RunSupport
import SystemPackage
import TestSupport
import Testing

/// The live view in real terminals.
@Suite("Live view", .timeLimit(.minutes(10)))
struct LiveViewTests {
  struct Size: Sendable, CustomTestStringConvertible {
    var width, height, workers: Int
    var testDescription: String { "\(width)x\(height), \(workers) workers" }
  }

  private static let agent = """
    printf 'reading \\033[31mred\\033[0m files, \\t日本語 and e\\xcc\\x81, %s\\n' \
      "and a lot of words that no terminal of eighty columns has the room for, nor one of fewer"
    read -r _ < "$SANDBOX/gate"
    \(TestRepository.simpleAgent)
    """

  /// A repository whose agents wait, and a shell in a terminal.
  private func withScreen(
    _ size: Size, issues: Int,
    _ body: @Sendable (TestRepository, Gate, TmuxScreen) async throws -> Void
  ) async throws {
    try await withTestRepository { repository in
      try repository.configure(agent: Self.agent, settings: ["\"max_workers\": \(size.workers)"])
      for number in 1...issues { try repository.addIssue("BUG-\(number)") }
      try await repository.commitAll("issues")
      let gate = try Gate(in: repository.sandbox)
      let program = try Program.executable()
      try await TmuxScreen.run(
        width: size.width, height: size.height, in: repository.root,
        environment: ["PROGRAM": program.string]
      ) { screen in
        try await body(repository, gate, screen)
      }
    }
  }

  private static func bars(_ lines: [String]) -> Int {
    lines.count {
      $0.hasPrefix("[") && ($0.hasSuffix("%") || $0.contains("...")) && !$0.contains("BUG")
    }
  }

  private static func workerLines(_ lines: [String]) -> [String] {
    lines.filter {
      $0.wholeMatch(of: /\[\d+\] BUG-\d+ +(agent|set-up|queued|landing|ending) .*/) != nil
    }
  }

  /// In columns: the wide characters of the agent's words count twice.
  private static func columns(_ line: String) -> Int {
    line.unicodeScalars.reduce(0) { sum, scalar in
      sum + ("日本語".unicodeScalars.contains(scalar) ? 2 : scalar == "\u{301}" ? 0 : 1)
    }
  }

  @Test(
    "each worker has one line that fits, and nothing is left of them at the end",
    arguments: [
      Size(width: 80, height: 24, workers: 2), Size(width: 80, height: 24, workers: 12),
      Size(width: 200, height: 50, workers: 2), Size(width: 200, height: 50, workers: 12),
    ])
  func fits(_ size: Size) async throws {
    let issues = size.workers + 3
    try await withScreen(size, issues: issues) { _, gate, screen in
      try await screen.type("\"$PROGRAM\"")
      let lines = try await screen.wait(for: "all workers at work") { lines in
        Self.workerLines(lines).count { $0.contains("red files") } == size.workers
      }
      #expect(lines.allSatisfy { Self.columns($0) < size.width }, "\(lines)")
      #expect(Self.bars(lines) == 1, "\(lines)")
      #expect(lines.count { $0.contains("main  0 of \(issues) done") } == 1, "\(lines)")
      #expect(lines.count { $0.hasPrefix("waiting:  BUG-") } == 1, "\(lines)")
      #expect(Set(Self.workerLines(lines).map { $0.prefix(12) }).count == size.workers)

      try gate.open(for: issues)
      try await screen.waitForPrompt()
      let all = try await screen.history()
      #expect(Self.bars(all) == 0, "\(all)")
      #expect(Self.workerLines(all).isEmpty, "\(all)")
      #expect(all.count { $0.contains(": landed as ") } == issues, "\(all)")
      #expect(all.contains { $0.contains("\(issues) of \(issues) issues done on main") }, "\(all)")
      #expect(!all.contains { $0.hasPrefix("waiting:") }, "\(all)")
    }
  }

  @Test("more workers than rows: as many as fit, and how many more there are")
  func tooManyWorkers() async throws {
    let size = Size(width: 44, height: 10, workers: 12)
    try await withScreen(size, issues: 15) { _, gate, screen in
      try await screen.type("clear; \"$PROGRAM\"")
      let lines = try await screen.wait(for: "the rest counted") { lines in
        lines.contains { $0.contains("more at work") }
          && Self.workerLines(lines).allSatisfy { $0.contains("agent") }
      }
      #expect(lines.allSatisfy { Self.columns($0) < size.width }, "\(lines)")
      #expect(Self.bars(lines) == 1, "\(lines)")
      try gate.open(for: 15)
      let end = try await screen.waitForPrompt()
      #expect(Self.bars(end) == 0 && Self.workerLines(end).isEmpty, "\(end)")
    }
  }

  @Test("another size: drawn anew, with nothing of the old lines left")
  func resizing() async throws {
    try await withScreen(Size(width: 100, height: 30, workers: 3), issues: 4) { _, gate, screen in
      try await screen.type("clear; \"$PROGRAM\"")
      for (width, height) in [(100, 30), (50, 20), (33, 12), (140, 40)] {
        try await screen.resize(width: width, height: height)
        let lines = try await screen.wait(for: "drawn for \(width) columns") { lines in
          let bar = lines.first { $0.hasPrefix("[") && $0.hasSuffix("%") }
          return bar.map { $0.count == min(width - 1, 60) - 7 + 5 } == true
            && Self.workerLines(lines).count == 3 && Self.bars(lines) == 1
        }
        #expect(lines.count { $0.contains("waiting:") } == 1, "\(lines)")
        #expect(lines.allSatisfy { Self.columns($0) < width || $0.hasPrefix("base") }, "\(lines)")
      }
      try gate.open(for: 4)
      let end = try await screen.waitForPrompt()
      #expect(Self.bars(end) == 0 && Self.workerLines(end).isEmpty, "\(end)")
    }
  }

  @Test("Ctrl-C: said, the view taken away, and the terminal as before")
  func interrupted() async throws {
    try await withScreen(Size(width: 80, height: 24, workers: 2), issues: 3) { _, _, screen in
      try await screen.type("\"$PROGRAM\"")
      try await screen.wait(for: "both workers at work") { Self.workerLines($0).count == 2 }
      try await screen.press("C-c")
      try await screen.waitForPrompt()
      let all = try await screen.history()
      #expect(Self.bars(all) == 0 && Self.workerLines(all).isEmpty, "\(all)")
      #expect(all.contains { $0.contains("SIGINT: stopping the agents") }, "\(all)")
      #expect(all.contains("Interrupted: to go on, run"), "\(all)")
      try await Self.expectUsable(screen)
    }
  }

  @Test("killed: the last picture stays above the prompt, and the terminal as before")
  func killed() async throws {
    try await withScreen(Size(width: 80, height: 24, workers: 2), issues: 3) {
      repository, gate, screen in
      try await screen.type("\"$PROGRAM\"")
      try await screen.wait(for: "both workers at work") { Self.workerLines($0).count == 2 }
      let status = try await repository.program("status", "--json")
      let value = try JSONSerialization.jsonObject(with: Data(status.bytes)) as? [String: Any]
      let holder = try #require(value?["running"] as? [String: Any])
      kill(Int32(try #require(holder["pid"] as? Int)), SIGKILL)
      let lines = try await screen.waitForPrompt()
      #expect(Self.bars(lines) == 1, "\(lines)")
      #expect(Self.workerLines(lines).count == 2, "\(lines)")
      try await Self.expectUsable(screen)
      try gate.open(for: 3)
    }
  }

  private static func expectUsable(_ screen: TmuxScreen) async throws {
    try await screen.type("clear; stty -a | grep -o ' echo '; echo typed-$((40 + 2))")
    let lines = try await screen.wait(for: "an answer") { $0.contains("typed-42") }
    #expect(lines.contains(" echo"), "\(lines)")
  }

  @Test(
    "a dumb terminal, NO_COLOR or a pipe: plain lines", arguments: ["TERM=dumb", "NO_COLOR=1", ""])
  func plain(_ setting: String) async throws {
    try await withScreen(Size(width: 80, height: 24, workers: 2), issues: 2) { _, gate, screen in
      try gate.open(for: 2)
      try await screen.type(
        setting.isEmpty ? "\"$PROGRAM\" 2>&1 | cat -v" : "\(setting) \"$PROGRAM\"")
      try await screen.wait(for: "the summary") { lines in
        lines.contains { $0.contains("2 of 2 issues done") }
      }
      try await screen.waitForPrompt()
      let all = try await screen.history()
      #expect(Self.bars(all) == 0 && !all.contains { $0.contains("^[") }, "\(all)")
      #expect(all.count { $0.contains(": agent started") } == 2, "\(all)")
    }
  }

  @Test("status --watch shows the run of another process, and ends with it")
  func watching() async throws {
    try await withScreen(Size(width: 80, height: 24, workers: 2), issues: 3) {
      repository, gate, screen in
      _ = try await Program.start(in: repository.root) { running in
        try await running.waitFor(message: "BUG-2: agent started")
        try await screen.type("clear; \"$PROGRAM\" status --watch")
        let lines = try await screen.wait(for: "both workers and what they say") { lines in
          Self.workerLines(lines).count { $0.contains("red files") } == 2
        }
        #expect(Self.bars(lines) == 1, "\(lines)")
        let once = try await repository.program("status")
        #expect(
          once.text.contains("A run is going on: process \(running.process) on"), "\(once.text)")
        try gate.open(for: 3)
        let end = try await screen.waitForPrompt()
        #expect(Self.bars(end) == 0 && Self.workerLines(end).isEmpty, "\(end)")
        #expect(end.contains { $0.contains("3 of 3 done on main") }, "\(end)")
      }
    }
  }
}
