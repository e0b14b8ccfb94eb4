import GitEngine
import RunSupport
import TestSupport
import Testing

@testable import Orchestrator

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// The status change as a part of the landing, wherever the issue's file is by then.
@Suite struct IssueFileEditTests {
  private static let file = RunFixture.file("BUG-001")
  private static let mark = Array("done\n".utf8)

  private func work(start: ObjectID, copied: ObjectID? = nil) -> FinishedWork {
    var workspace = Workspace(
      issue: "BUG-001", issueFile: Self.file, branch: .branch("b"), path: "/w", start: start)
    workspace.copiedIssue = copied
    return FinishedWork(title: "Sample", slot: 1, workspace: workspace, tip: start)
  }

  /// The edit on a tree with these changes against a base that has the issue.
  private func edit(
    _ repository: TestRepository, _ changes: [RepositoryPath: String?], copied: String? = nil
  ) async throws -> IssueFileEdit {
    let start = try await repository.id("main")
    let merged = try await repository.commit(on: "main", changes)
    return try await repository.engine().read(at: repository.root) { git in
      let copied = try copied.map { try git.writeBlob(Array($0.utf8)) }
      return try IssueFileEdit(
        of: work(start: start, copied: copied), in: git.tree(of: merged),
        parser: IssueParser(IssuesConfiguration()),
        edit: { $0.suffix(5).elementsEqual(Self.mark) ? $0 : $0 + Self.mark }, git)
    }
  }

  private func withIssue(
    _ text: String? = "open\n", _ body: (TestRepository) async throws -> Void
  ) async throws {
    try await withTestRepository { repository in
      if let text { try repository.write(Self.file, text) }
      try await repository.commitAll("issue")
      try await body(repository)
    }
  }

  @Test func fileWhereItWas() async throws {
    try await withIssue { repository in
      let edit = try await edit(repository, ["src/a.txt": "x"])
      #expect(edit.updates.count == 1 && Array(edit.adaptations.keys) == [Self.file])
      #expect(edit.adaptations[Self.file]?.unedited == Array("open\n".utf8))
      #expect(edit.ignoredFile == nil)
    }
  }

  @Test func fileThatSaysItAlready() async throws {
    try await withIssue { repository in
      let edit = try await edit(repository, [Self.file: "open\ndone\n"])
      #expect(edit.updates.isEmpty && edit.adaptations.isEmpty && edit.ignoredFile == nil)
    }
  }

  @Test(
    arguments: [
      ".issues/bugs/P1-BUG-001-other-name.md", ".issues/features/P2-BUG-001-sample.md",
      ".issues/completed/BUG-001.md", "docs/archive/P2-BUG-001-sample.md",
    ] as [RepositoryPath])
  func fileThatWasMoved(to path: RepositoryPath) async throws {
    try await withIssue { repository in
      let edit = try await edit(repository, [Self.file: nil, path: "open\n"])
      #expect(Array(edit.adaptations.keys) == [path])
    }
  }

  /// A new file that only speaks of the issue is not the issue.
  @Test func fileThatWasDeletedBesideANote() async throws {
    try await withIssue { repository in
      let edit = try await edit(
        repository, [Self.file: nil, "docs/BUG-001-notes.md": "x", ".issues/BUG-0011.md": "x"])
      #expect(edit.updates.isEmpty && edit.adaptations.isEmpty)
    }
  }

  @Test func fileThatWasDeletedStaysDeleted() async throws {
    try await withIssue { repository in
      let edit = try await edit(repository, [Self.file: nil])
      #expect(edit.updates.isEmpty && edit.adaptations.isEmpty && edit.ignoredFile == nil)
    }
  }

  @Test func otherIssuesAreLeftAlone() async throws {
    try await withIssue { repository in
      let edit = try await edit(
        repository, [Self.file: nil, ".issues/bugs/P2-BUG-0010-x.md": "open\n"])
      #expect(edit.updates.isEmpty)
    }
  }

  @Test func fileThatTheBaseLacksLandsWithTheWork() async throws {
    try await withIssue(nil) { repository in
      let edit = try await edit(repository, ["src/a.txt": "x"], copied: "mine\n")
      #expect(edit.updates.count == 1)
      #expect(edit.adaptations[Self.file]?.untrackedBase == Array("mine\n".utf8))
      #expect(edit.adaptations[Self.file]?.unedited == Array("mine\n".utf8))
    }
  }

  @Test func fileThatTheBaseLacksAndTheAgentChanged() async throws {
    try await withIssue(nil) { repository in
      let edit = try await edit(repository, [Self.file: "agent's\n"], copied: "mine\n")
      #expect(edit.adaptations[Self.file]?.untrackedBase == Array("mine\n".utf8))
      #expect(edit.adaptations[Self.file]?.unedited == Array("agent's\n".utf8))
    }
  }

  @Test func ignoredFileNeverEnters() async throws {
    try await withIssue(nil) { repository in
      try repository.write(".git/info/exclude", ".issues/\n")
      let edit = try await edit(repository, ["src/a.txt": "x"], copied: "mine\n")
      #expect(edit.updates.isEmpty && edit.adaptations.isEmpty)
      #expect(edit.ignoredFile == Self.file)
    }
  }
}

@Suite struct ConflictMarkerTests {
  @Test(arguments: [
    ("<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n", true),
    ("<<<<<<< a\nx\n||||||| o\nw\n=======\ny\n>>>>>>> b", true),
    ("text\n<<<<<<< HEAD\r\nx\r\n=======\r\ny\r\n>>>>>>> b\r\n", true),
    ("=======\n<<<<<<< a\n>>>>>>> b\n", false),
    ("Title\n=======\n", false),
    (" <<<<<<< a\n=======\n>>>>>>> b\n", false),
    ("<<<<<<< a\nx\n=======\ny\n", false),
    ("<<<<<<<a\n=======\n>>>>>>>b\n", false),
    ("", false),
  ])
  func areSeen(text: String, expected: Bool) {
    #expect(Verification.hasConflictMarkers(Array(text.utf8)) == expected)
  }
}
