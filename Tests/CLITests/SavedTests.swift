import Foundation
import GitEngine
import RunSupport
import SystemPackage
import TestSupport
import Testing

@Suite("Saved work", .timeLimit(.minutes(5)))
struct SavedTests {
  /// BUG-1 closes with notes that are kept; BUG-2 fails and leaves its branch.
  private func withSaved(_ body: (TestRepository) async throws -> Void) async throws {
    try await withTestRepository { repository in
      let text = #"## VERDICT\nBLOCKED\n\n## CONCERNS\n- later\n"#
      let line = #"{"type":"assistant","message":{"content":[{"type":"text","text":"\#(text)"}]}}"#
      let agent = repository.sandbox.appending("claude")
      try writeFile(
        agent,
        """
        #!/bin/sh
        [ "$LL_ISSUE_ID" = BUG-2 ] && { echo half > half.txt; exit 3; }
        echo "notes" > notes.txt; echo more >> src/a.txt
        printf '%s\\n' '\(line)'

        """, executable: true)
      try writeFile(
        repository.file(".ll/ll-config.json"), #"{"parallel": {"agent_command": ["\#(agent)"]}}"#)
      try repository.addIssue("BUG-1")
      try repository.addIssue("BUG-2")
      try await repository.commitAll("two issues")
      let run = try await repository.program()
      #expect(run.status == 1, "\(run.errors)\(run.text)")
      try await body(repository)
    }
  }

  @Test("what is kept is listed and shown, as text and as JSON; looking writes nothing")
  func look() async throws {
    try await withSaved { repository in
      let before = try await repository.everything()
      let list = try await repository.program("saved")
      #expect(list.status == 0)
      #expect(list.text.hasPrefix("bug-1/1 "), "\(list.text)")
      #expect(list.text.contains("2 files") && list.text.contains("BUG-1: work left uncommitted"))
      let show = try await repository.program("saved", "show", "BUG-1")
      #expect(show.text.contains("+1 -0        notes.txt") && show.text.contains("src/a.txt"))
      #expect(show.text.contains("refs/ll/saved/bug-1/1"))
      let json = try await repository.program("saved", "list", "1", "--json")
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String: [[String: Any]]])
      let entry = try #require(object["saved"]?.first)
      #expect(entry["name"] as? String == "bug-1/1" && entry["landed"] as? Bool == false)
      #expect((entry["files"] as? [[String: Any]])?.count == 2)
      #expect(try await repository.everything() == before)

      let none = try await repository.program("saved", "show", "BUG-7")
      #expect(none.status == 2 && none.errors.contains("nothing is kept of 'BUG-7'"))
    }
  }

  @Test("it comes back as a branch or a worktree, and never over anything")
  func restore() async throws {
    try await withSaved { repository in
      let commit = try await repository.git("rev-parse", "refs/ll/saved/bug-1/1")
      let restored = try await repository.program("saved", "restore", "BUG-1")
      #expect(restored.status == 0 && restored.text.contains("saved/bug-1-1"), "\(restored.errors)")
      #expect(try await repository.git("rev-parse", "saved/bug-1-1") == commit)
      let again = try await repository.program("saved", "restore", "BUG-1")
      #expect(again.status == 1 && again.errors.contains("saved/bug-1-1"))
      let place = repository.sandbox.appending("back")
      let worktree = try await repository.program(
        "saved", "restore", "bug-1/1", "--branch", "mine", "--worktree", place.string)
      #expect(worktree.status == 0, "\(worktree.errors)")
      #expect(try await repository.git("branch", "--show-current", at: place) == "mine")
      #expect(try await repository.git("status", "--porcelain", at: place) == "")
      #expect(
        String(decoding: try readFile(place.appending("notes.txt")), as: UTF8.self) == "notes\n")
      let taken = try await repository.program(
        "saved", "restore", "1", "--branch", "other", "--worktree", place.string)
      #expect(taken.status == 1)
      #expect(try await repository.git("branch", "--list", "other") == "")
      #expect(try await repository.git("rev-parse", "refs/ll/saved/bug-1/1") == commit)
    }
  }

  @Test("it goes only when it is dropped, with the branch of what did not land")
  func drop() async throws {
    try await withSaved { repository in
      let commit = try await repository.git("rev-parse", "refs/ll/saved/bug-1/1")
      for _ in 0..<2 { _ = try await repository.program("--cleanup") }
      #expect(try await repository.git("rev-parse", "refs/ll/saved/bug-1/1") == commit)
      let wrong = try await repository.program("saved", "drop", "bug-1/2")
      #expect(wrong.status == 2)
      let dropped = try await repository.program("saved", "drop", "BUG-1")
      #expect(dropped.status == 0)
      #expect(dropped.text == "dropped: bug-1/1 (was \(commit.prefix(7)))", "\(dropped.text)")
      #expect(try await repository.git("for-each-ref", "refs/ll") == "")

      let branch = try await repository.git(
        "branch", "--list", "parallel/*", "--format=%(refname:short)")
      #expect(branch.hasPrefix("parallel/bug-2-"))
      let failed = try await repository.program("saved", "drop", "2")
      #expect(failed.status == 0 && failed.text.hasPrefix("dropped: \(branch) (was "))
      #expect(try await repository.git("branch", "--format=%(refname:short)") == "main")
      // As if it had never been begun.
      let plan = try await repository.program("--dry-run", "--json")
      #expect(plan.text.contains(#""id" : "BUG-2""#))
      #expect(try await repository.program("saved", "drop", "2").status == 2)
    }
  }
}
