import Foundation
import GitEngine
import RunSupport
import SystemPackage
import TestSupport
import Testing

@Suite("Report", .timeLimit(.minutes(5)))
struct ReportTests {
  private static let agent = """
    seq 1 300 | sed 's/^/line /'
    echo "<script>alert(1)</script> & more"
    printf '\\033[31mred\\033[0m\\001 \\377 end\\n'
    case $LL_ISSUE_ID in
    BUG-2) echo "no idea"; exit 3 ;;
    BUG-3) sed -i 1s/.*/theirs/ src/a.txt ;;
    *) seq 1 10 > "$LL_ISSUE_ID.txt" ;;
    esac
    """

  private func prepare(_ repository: TestRepository) async throws {
    try repository.configure(agent: Self.agent)
    for number in 1...3 {
      try repository.addIssue("BUG-\(number)", title: "<b>\(number)</b> & \"x\"")
    }
    try await repository.commitAll("issues")
    try repository.write("src/a.txt", "mine\n")
    #expect(try await repository.program().status == 1)
  }

  @Test(
    "one file with all of it, in which nothing is markup that was not meant, and nothing is outside"
  )
  func page() async throws {
    try await withTestRepository { repository in
      try await prepare(repository)
      let before = try await repository.everything()
      let output = try await repository.program("report", "--output", "-")
      #expect(output.status == 0, "\(output.errors)")
      #expect(try await repository.everything() == before)
      let page = output.text
      for part in [
        "1 of 3 issues done on main", "&lt;b&gt;1&lt;/b&gt; &amp; &quot;x&quot;",
        "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more", "red\u{FFFD} \u{FFFD} end", "line 300",
        "agent exited with status 3", "your checkout is in the way",
        "lines before)", "role=\"img\" aria-label=\"Time line of 2 slots", "<caption>",
        "lang=\"en\"",
        "prefers-color-scheme: dark", "default-src 'none'",
      ] { #expect(page.contains(part), "\(part)") }
      #expect(page.contains(/2 files \+\d+ −\d+/))
      #expect(!page.contains("\u{1B}") && !page.contains("<script") && !page.contains("line 1\n"))
      // Whatever a browser would ask for.
      let targets = page.matches(of: /(src|href|url)\s*[=(]\s*"?([^"\s)]+)/).map { String($0.2) }
      #expect(targets.allSatisfy { $0.hasPrefix("data:") }, "\(targets)")
      try expectBalanced(page)
    }
  }

  /// Every element that is opened is closed, in the right order.
  private func expectBalanced(_ page: String) throws {
    let void: Set = ["meta", "link", "!DOCTYPE"]
    var open: [String] = []
    for match in page.matches(of: /<(\/?)([!A-Za-z0-9]+)[^>]*>/)
    where !void.contains(String(match.2)) {
      let name = String(match.2)
      if match.1.isEmpty { open.append(name) } else { #expect(open.popLast() == name) }
    }
    #expect(open.isEmpty, "\(open)")
  }

  @Test("a file that is there stays, unless it is forced; each bad call says why")
  func files() async throws {
    try await withTestRepository { repository in
      let none = try await repository.program("report")
      #expect(none.status == 2 && none.errors.contains("no run here yet"), "\(none.errors)")
      try await prepare(repository)
      let first = try await repository.program("report")
      #expect(first.status == 0 && first.text.hasPrefix("written: ll-parallel-"), "\(first.errors)")
      let again = try await repository.program("report")
      #expect(again.status == 2 && again.errors.contains("--force"), "\(again.errors)")
      #expect(try await repository.program("report", "--force").status == 0)
      let unknown = try await repository.program("report", "--run", "x")
      #expect(
        unknown.status == 2 && unknown.errors.contains("no events of a run 'x'"),
        "\(unknown.errors)")
      let nowhere = try await repository.program("report", "-o", "/no/such/place")
      #expect(
        nowhere.status == 2 && nowhere.errors.contains("cannot be written"), "\(nowhere.errors)")
    }
  }

  @Test("a run that is going on, or was killed, has a report, too")
  func unfinished() async throws {
    try await withTestRepository { repository in
      try repository.configure(
        agent: "echo begun; read -r _ < \"$SANDBOX/gate\"; echo x > \"$LL_ISSUE_ID\"")
      for number in 1...3 { try repository.addIssue("BUG-\(number)") }
      try await repository.commitAll("issues")
      let gate = try Gate(in: repository.sandbox)
      _ = try await Program.start(["-w", "2"], in: repository.root) { running in
        try await running.waitFor(message: "BUG-2: agent started")
        let output = try await repository.program("report", "-o", "-")
        #expect(output.status == 0, "\(output.errors)")
        #expect(output.text.contains("0 of 3 issues done") && output.text.contains("not begun"))
        #expect(output.text.contains("class=\"agent\""))
        try gate.open(for: 3)
      }
    }
  }
}
