import Orchestrator
import RunSupport
import SystemPackage
import TestSupport
import Testing

// One after the other: all at once they would starve tests that measure time.
/// Every flag and every key of the configuration does what the manual says, seen from outside.
@Suite("Flags and settings", .serialized, .timeLimit(.minutes(20)))
struct SettingsTests {
  @Test("what a flag does", arguments: FlagRows.all)
  func flag(row: SettingRow) async throws { try await check(row) }

  @Test("what a key does", arguments: KeyRows.all)
  func key(row: SettingRow) async throws { try await check(row) }

  private func check(_ row: SettingRow) async throws {
    for name in row.names {
      try await withTestRepository { try await row.check(Lab(repository: $0), name) }
    }
  }

  @Test("every flag that --help lists has a row, and no other")
  func allFlags() async throws {
    let help = try await Program.run(["help", "run"], in: "/")
    let rows = FlagRows.all.flatMap(\.names)
    #expect(try flags(in: help.text) == rows.sorted())
  }

  @Test("every key that the configuration knows has a row, and no other")
  func allKeys() {
    #expect(KeyRows.all.flatMap(\.names).sorted() == Configuration.knownKeys)
  }

  @Test("every subcommand that --help lists is known here")
  func subcommands() async throws {
    let help = try await Program.run(["--help"], in: "/")
    let listed = help.text.split(separator: "\n").drop { $0 != "SUBCOMMANDS:" }.dropFirst()
      .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") && !$0.hasPrefix("  See ") }
      .compactMap { $0.split(separator: " ").first.map(String.init) }
    let known = [
      "run", "status", "log", "worktrees", "report", "doctor", "saved", "undo", "init", "config",
      "demo",
    ]
    #expect(listed == known, "\(help.text)")
  }

  @Test("config shows each flag that it takes as the place of a value")
  func configFlags() async throws {
    let values = [
      "--workers": "7", "--timeout": "7", "--idle-timeout": "7", "--worktree-base": "seven",
      "-w": "7", "-t": "7",
    ]
    let help = try await Program.run(["help", "config"], in: "/")
    let elsewhere = ["--config", "-C", "--json", "--version", "--help", "-h"]
    try await withTestRepository { repository in
      for flag in try flags(in: help.text) where !elsewhere.contains(flag) {
        let arguments = ["config", flag] + (values[flag].map { [$0] } ?? [])
        let output = try await Program.run(arguments, in: repository.root)
        guard flag != "--epic-branches" else {
          #expect(output.status == 2)
          continue
        }
        #expect(output.status == 0, "\(flag) \(output.errors)")
        let lines = output.text.split(separator: "\n").filter { !$0.hasSuffix(" default") }
        #expect(lines.count == 1, "\(flag) \(lines)")
      }
      let all = try await Program.run(["config", "--json", "-C", "repo"], in: repository.sandbox)
      #expect(all.text.contains(#""key" : "parallel.max_workers""#), "\(all.errors)")
      #expect(all.text.contains(#""source" : "default""#))
    }
  }

  @Test("demo makes its sample where it is told to")
  func demoFlags() async throws {
    let help = try await Program.run(["help", "demo"], in: "/")
    #expect(try flags(in: help.text) == ["--directory", "--help", "--version", "-h"])
  }

  /// The flags in the option lists of a help text.
  private func flags(in help: String) throws -> [String] {
    var found: [String] = []
    for line in help.split(separator: "\n") where line.hasPrefix("  -") {
      let names = line.dropFirst(2).firstRange(of: "  ").map { line[..<$0.lowerBound] } ?? line
      found += names.split { " ,/".contains($0) }.map(String.init).filter { $0.hasPrefix("-") }
    }
    return found.sorted()
  }
}
