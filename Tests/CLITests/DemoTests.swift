import RunSupport
import SystemPackage
import TestSupport
import Testing

@Suite("The demonstration", .timeLimit(.minutes(10)))
struct DemoTests {
  @Test("it shows every kind of end, and leaves a repository in order")
  func demo() async throws {
    try await withSandbox { sandbox in
      let place = sandbox.appending("place")
      try makeDirectories(place)
      let output = try await Program.run(["demo", "--directory", place.string], in: sandbox)
      #expect(output.status == 0, "\(output.errors)\(output.text)")
      func count(_ outcome: String) -> Int {
        output.text.split(separator: "\n").count { $0.hasPrefix("  \(outcome) ") }
      }
      #expect(count("landed") == 7, "\(output.text)")
      #expect(count("closed") == 1)
      #expect(count("conflict") == 1)
      #expect(count("failed") == 1)
      for line in (output.text + "\n" + output.errors).split(separator: "\n")
      where !line.contains("place/sample") {
        #expect(line.count <= 80, "\(line)")
      }

      let sample = place.appending("sample")
      let log = try await Oracle.git(["log", "--format=%h %s", "main"], in: sample).text
      #expect(log.contains(" ENH-003: work left uncommitted by the agent"))
      let history = try await Oracle.git(["log", "--first-parent", "--format=%h  %s"], in: sample)
      let lines = history.text.split(separator: "\n")
      #expect(lines.count == 9)
      for line in lines { #expect(output.text.contains(line), "not in the history: \(line)") }
      #expect(try await Oracle.git(["status", "--porcelain"], in: sample).text == "")
      try await Oracle.git(["fsck", "--strict"], in: sample)

      let plan = try await Program.run(["--dry-run"], in: sample)
      #expect(plan.status == 0)
      #expect(plan.text.contains("ENH-010"))
      #expect(plan.text.contains("ll-parallel --merge-pending"))
    }
  }
}
