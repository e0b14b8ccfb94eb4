import Foundation
import RunSupport
import SystemPackage
import TestSupport
import Testing

@Suite("Output", .timeLimit(.minutes(10)))
struct OutputTests {
  /// One issue that lands, and one whose agent gives up.
  private func prepare(_ repository: TestRepository) async throws {
    try repository.configure(
      agent: """
        [ "$LL_ISSUE_ID" = BUG-1 ] || { echo "cannot do it" >&2; exit 7; }
        \(TestRepository.simpleAgent)
        """)
    try repository.addIssue("BUG-1", title: "Ünïcode \"quoted\"")
    try repository.addIssue("BUG-2")
    try await repository.commitAll("two issues")
  }

  private func object(_ text: some StringProtocol) throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
    return try #require(value as? [String: Any])
  }

  @Test("--events writes one object a line, numbered without gaps, to a file or standard output")
  func events() async throws {
    try await withTestRepository { repository in
      try await prepare(repository)
      let file = repository.sandbox.appending("events")
      try writeFile(file, "what was there\n")
      let first = try await repository.program("--events", file.string)
      #expect(first.status == 1)
      let second = try await repository.program("--events", "-", "--json")
      #expect(second.status == 1, "\(second.errors)\(second.text)")

      let written = String(decoding: try readFile(file), as: UTF8.self).split(separator: "\n")
      #expect(written.first == "what was there")
      try check(written.dropFirst().map { try object($0) }, started: ["BUG-1", "BUG-2"])
      let lines = second.text.split(separator: "\n")
      let end = try #require(lines.firstIndex(of: "{"))
      try check(lines[..<end].map { try object($0) }, started: ["BUG-2"])
      #expect(try object(lines[end...].joined(separator: "\n"))["exit_code"] as? Int == 1)
    }
  }

  private func check(_ events: [[String: Any]], started: [String]) throws {
    #expect(events.compactMap { $0["seq"] as? Int } == Array(1...max(1, events.count)))
    #expect(Set(events.compactMap { $0["run_id"] as? String }).count == 1)
    #expect(events.first?["event"] as? String == "run.started")
    #expect(events.first?["issues"] as? [String] == started)
    #expect(events.last?["event"] as? String == "run.finished")
    #expect(events.last?["exit_code"] as? Int == 1)
    var isSettingUp = false
    var isMerging = false
    for event in events {
      let name = try #require(event["event"] as? String)
      #expect((event["ts"] as? String)?.hasSuffix("Z") == true)
      #expect(event["mono_ns"] is Int)
      if name.hasPrefix("parallel."), name != "parallel.queue_changed" {
        #expect((event["slot"] as? Int).map { (1...2).contains($0) } == true)
      }
      switch name {
      case "parallel.worktree_setup_started":
        #expect(!isMerging)
        isSettingUp = true
      case "parallel.worktree_setup_finished": isSettingUp = false
      case "parallel.merge_started":
        #expect(!isMerging && !isSettingUp)
        isMerging = true
      case "parallel.merge_completed": isMerging = false
      default: break
      }
    }
  }

  @Test("--json prints one object with the exit status, beside what people read on standard error")
  func json() async throws {
    try await withTestRepository { repository in
      try await prepare(repository)
      let output = try await repository.program("--json")
      #expect(output.status == 1)
      let result = try object(output.text)
      #expect(result["exit_code"] as? Int == 1)
      #expect((result["counts"] as? [String: Int])?["landed"] == 1)
      let issues = try #require(result["issues"] as? [[String: Any]])
      #expect(issues.map { $0["id"] as? String } == ["BUG-1", "BUG-2"])
      #expect(issues.first?["title"] as? String == "Ünïcode \"quoted\"")
      #expect(issues.first?["commit"] as? String == (try await repository.git("rev-parse", "main")))
      #expect(issues.last?["outcome"] as? String == "failed")
      let log = try #require(issues.last?["log"] as? String)
      #expect(String(decoding: try readFile(FilePath(log)), as: UTF8.self).contains("cannot do it"))
      #expect(output.errors.contains("1 of 2 issues"))
    }
  }

  @Test("--quiet says nothing but the result, --verbose says every step")
  func loudness() async throws {
    try await withTestRepository { repository in
      try await prepare(repository)
      let quiet = try await repository.program("--quiet", "--only", "BUG-1")
      #expect(quiet.status == 0)
      #expect(quiet.errors == "")
      #expect(quiet.text.contains("landed"))
      let plain = try await repository.program()
      #expect(
        plain.errors.contains("BUG-2: agent started\n[1] BUG-2: failed in "), "\(plain.errors)")
      let verbose = try await repository.program("--verbose")
      #expect(verbose.errors.contains("making the worktree"))
      #expect(verbose.errors.contains("agent started on parallel/bug-2-"))
      #expect(verbose.text.contains("status 7"), "\(verbose.text)")
    }
  }

  @Test("--stream-output shows what agents say on standard error, and only there")
  func streamed() async throws {
    try await withTestRepository { repository in
      try repository.configure(agent: "echo \"I begin\"; echo done > \"$LL_ISSUE_ID.txt\"")
      try repository.addIssue("BUG-1")
      try repository.addIssue("BUG-2")
      try await repository.commitAll("two issues")
      let silent = try await repository.program("--only", "BUG-1")
      #expect(!(silent.errors + silent.text).contains("I begin"))
      let streamed = try await repository.program("--stream-output")
      #expect(streamed.status == 0)
      #expect(streamed.errors.contains("I begin"), "\(streamed.errors)")
      #expect(!streamed.text.contains("I begin"))
    }
  }

  @Test("version and help are printed, in 80 columns")
  func help() async throws {
    let version = try await Program.run(["--version"], in: "/")
    #expect(version.status == 0)
    #expect(version.text.wholeMatch(of: /ll-parallel \d+\.\d+\.\d+ \(libgit2 1\.\d+\.\d+\)/) != nil)
    for arguments in [["--help"], ["run", "--help"], ["help", "run"], ["demo", "--help"]] {
      let help = try await Program.run(arguments, in: "/", environment: ["COLUMNS": "80"])
      #expect(help.status == 0)
      #expect(help.errors == "")
      for line in help.text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }
    let top = try await Program.run(["--help"], in: "/")
    #expect(top.text.contains("--workers") || top.text.contains("run (default)"))
  }
}
