import Foundation
import GitEngine
import RunSupport
import SystemPackage
import TestSupport
import Testing

@Suite("Undo", .timeLimit(.minutes(5)))
struct UndoTests {
  /// Each agent changes a line of its own in `src/a.txt`: the one of its number times ten; a second
  /// issue of the same number changes what the first one made of it.
  private static let agent = """
    n=$(echo "$LL_ISSUE_ID" | tr -dc 0-9)
    sed -i "s/^a line $((n * 10)).*/& and $LL_ISSUE_ID/" src/a.txt
    echo "$LL_ISSUE_ID" > "$LL_ISSUE_ID.txt"
    """

  private func withLanded(
    _ issues: [(id: String, fields: [String])],
    _ body: (TestRepository) async throws -> Void
  ) async throws {
    try await withTestRepository { repository in
      try repository.configure(agent: Self.agent)
      try await repository.commitAll("configuration")
      for (id, fields) in issues {
        try repository.addIssue(id, fields: ["status: open"] + fields)
        try await repository.commitAll("issue \(id)")
        let run = try await repository.program("--only", id)
        #expect(run.status == 0, "\(run.errors)\(run.text)")
      }
      try await body(repository)
    }
  }

  @Test("takes a landing back with a commit; the issue runs again; a second undo says so")
  func undo() async throws {
    try await withLanded([("BUG-1", []), ("BUG-2", [])]) { repository in
      let before = try await repository.git("rev-parse", "main")
      let dry = try await repository.program("undo", "BUG-1", "--dry-run")
      #expect(dry.status == 0 && dry.text.contains("would be undone: BUG-1"), "\(dry.errors)")
      #expect(try await repository.git("rev-parse", "main") == before)

      let undone = try await repository.program("undo", "1")
      #expect(undone.status == 0 && undone.text.contains("undone: BUG-1"), "\(undone.errors)")
      #expect(try await repository.git("rev-parse", "main^") == before)
      let message = try await repository.git("log", "-1", "--format=%B", "main")
      #expect(message.hasPrefix("undo BUG-1: Something to do\n"))
      #expect(message.contains("\nIssue: BUG-1\nLL-Run: "))
      #expect(!repository.exists("BUG-1.txt") && repository.exists("BUG-2.txt"))
      let text = try #require(repository.text(of: "src/a.txt"))
      #expect(!text.contains("BUG-1") && text.contains("a line 20 and BUG-2"))
      let file = try await repository.git("ls-files", ".issues/bugs/*BUG-1-*")
      #expect(repository.text(of: file)?.contains("status: open\n") == true)
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(try await repository.git("fsck", "--strict", "--no-dangling") == "")

      let again = try await repository.program("undo", "BUG-1")
      #expect(again.status == 0 && again.text.contains("undone already"))
      let run = try await repository.program()
      #expect(run.status == 0 && run.text.contains("landed      BUG-1"), "\(run.text)")
      #expect(repository.exists("BUG-1.txt"))
      let third = try await repository.program("undo", "BUG-1", "--json")
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(third.bytes)) as? [String: Any])
      #expect(object["outcome"] as? String == "undone")
    }
  }

  @Test("edits in the checkout stay as they are, or put it off")
  func edits() async throws {
    try await withLanded([("BUG-1", [])]) { repository in
      let text = try #require(repository.text(of: "src/a.txt"))
      // The very line: nothing is touched.
      try writeFile(
        repository.file("src/a.txt"),
        text.replacing("a line 10 and BUG-1", with: "a line 10 and BUG-1, mine"))
      let deferred = try await repository.program("undo", "BUG-1")
      #expect(deferred.status == 1 && deferred.text.contains("BUG-1 stays for now"))
      #expect(deferred.text.contains("src/a.txt"))
      #expect(try await repository.git("diff", "--numstat").hasPrefix("1\t1\tsrc/a.txt"))
      #expect(try await repository.git("log", "-1", "--format=%s").hasPrefix("merge BUG-1"))
      // Another one: both are merged, and the version from before is kept.
      try writeFile(
        repository.file("src/a.txt"), text.replacing("a line 2\n", with: "a line 2, mine\n"))
      let undone = try await repository.program("undo", "BUG-1")
      #expect(undone.status == 0 && undone.text.contains("refs/ll/saved/bug-1/1"))
      let merged = repository.text(of: "src/a.txt")
      #expect(
        merged
          == text.replacing(" and BUG-1", with: "").replacing(
            "a line 2\n", with: "a line 2, mine\n"))
      #expect(try await repository.git("diff", "--numstat").hasPrefix("1\t1\tsrc/a.txt"))
    }
  }

  @Test("is refused where later landings build on it, and says which")
  func needed() async throws {
    try await withLanded([
      ("BUG-1", []), ("FEAT-1", []), ("BUG-3", ["depends_on: BUG-1"]),
    ]) { repository in
      let before = try await repository.git("rev-parse", "main")
      let depends = try await repository.program("undo", "BUG-1")
      #expect(depends.status == 1)
      #expect(depends.text.contains("BUG-3 came later and their issues depend on it"))
      let several = try await repository.program("undo", "1")
      #expect(several.status == 1 && several.text.contains("BUG-1 or FEAT-1"))
      #expect(try await repository.program("undo", "BUG-3").status == 0)
      let lines = try await repository.program("undo", "BUG-1")
      #expect(lines.status == 1)
      #expect(lines.text.contains("FEAT-1 came later and they changed src/a.txt"), "\(lines.text)")
      #expect(try await repository.git("rev-parse", "main^") == before)
      #expect(try await repository.program("undo", "FEAT-1").status == 0)
      #expect(try await repository.program("undo", "BUG-1").status == 0)
      #expect(repository.text(of: "src/a.txt") == numberedLines("a"))
      let none = try await repository.program("undo", "BUG-9")
      #expect(none.status == 1 && none.text == "nothing of BUG-9 has landed on main")
    }
  }

  /// Killed where it has renamed a file: the next command finishes or gives up, never half.
  @Test("a killed undo is finished or given up by the next start", arguments: 1...4)
  func killed(point: Int) async throws {
    try await withLanded([("BUG-1", [])]) { repository in
      let program = try Program.executable().string
      let killed = try await Oracle.run(
        "strace",
        [
          "-f", "-qq", "-o", "/dev/null", "-e", "trace=renameat2",
          "-e", "inject=renameat2:signal=KILL:when=\(point)", program, "undo", "BUG-1",
        ], in: repository.root, environment: Program.isolation, allowFailure: true)
      let next = try await repository.program("undo", "BUG-1")
      #expect(next.status == 0, "\(killed.status) \(next.errors)\(next.text)")
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(repository.text(of: "src/a.txt") == numberedLines("a"))
      #expect(!repository.exists(".git/index.lock") && !repository.exists("BUG-1.txt"))
      #expect(
        try await repository.git("log", "--format=%s", "--grep=^undo").split(separator: "\n").count
          == 1)
      #expect(try await repository.git("fsck", "--strict", "--no-dangling") == "")
    }
  }
}
