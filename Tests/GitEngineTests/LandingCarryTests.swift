@testable import GitEngine
import SystemPackage
import TestSupport
import Testing

/// Edits of the user that merge cleanly with a landing, each carried in its own state.
@Suite struct LandingCarryTests {
  private let landed = numberedLines("a").replacing("a line 3\n", with: "a line 3, landed\n")

  private func both(_ line: Int) -> String {
    landed.replacing("a line \(line)\n", with: "mine\n")
  }

  private func mine(_ line: Int) -> String {
    numberedLines("a").replacing("a line \(line)\n", with: "mine\n")
  }

  @Test func unstagedEditIsCarried() async throws {
    try await withTestRepository { repository in
      try repository.write("src/a.txt", mine(18))
      let (outcome, commit) = try await repository.land(["src/a.txt": landed])
      guard case .landed(let report) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(report.carried == ["src/a.txt"])
      #expect(repository.read("src/a.txt") == both(18))
      #expect(try await repository.git("status", "--porcelain") == " M src/a.txt")
      #expect(try await repository.git("show", ":src/a.txt") + "\n" == landed)
      #expect(try await repository.id("main") == commit)
      let saved = try #require(report.saved)
      #expect(try await repository.git("show", "\(saved):src/a.txt") + "\n" == mine(18))
      try await repository.git("fsck", "--strict")
    }
  }

  @Test func stagedEditStaysStaged() async throws {
    try await withTestRepository { repository in
      try repository.write("src/a.txt", mine(18))
      try await repository.git("add", "src/a.txt")
      let (outcome, _) = try await repository.land(["src/a.txt": landed])
      guard case .landed = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(repository.read("src/a.txt") == both(18))
      #expect(try await repository.git("status", "--porcelain") == "M  src/a.txt")
      #expect(try await repository.git("show", ":src/a.txt") + "\n" == both(18))
    }
  }

  @Test func stagedAndUnstagedEditsAreCarriedApart() async throws {
    try await withTestRepository { repository in
      try repository.write("src/a.txt", mine(10))
      try await repository.git("add", "src/a.txt")
      let more = mine(10).replacing("a line 18\n", with: "more\n")
      try repository.write("src/a.txt", more)
      let (outcome, _) = try await repository.land(["src/a.txt": landed])
      guard case .landed(let report) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(try await repository.git("show", ":src/a.txt") + "\n" == both(10))
      #expect(repository.read("src/a.txt") == both(10).replacing("a line 18\n", with: "more\n"))
      #expect(try await repository.git("status", "--porcelain") == "MM src/a.txt")
      let saved = try #require(report.saved)
      #expect(try await repository.git("show", "\(saved)^2:src/a.txt") + "\n" == mine(10))
      #expect(try await repository.git("show", "\(saved):src/a.txt") + "\n" == more)
    }
  }

  /// The case in which libgit2's own checkout loses the staged version.
  @Test func stagedEditWhoseFileIsUnchangedIsCarried() async throws {
    try await withTestRepository { repository in
      try repository.write("src/a.txt", mine(18))
      try await repository.git("add", "src/a.txt")
      try repository.write("src/a.txt", numberedLines("a"))
      let (outcome, _) = try await repository.land(["src/a.txt": landed])
      guard case .landed = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(try await repository.git("show", ":src/a.txt") + "\n" == both(18))
      #expect(repository.read("src/a.txt") == landed)
    }
  }

  @Test func carryingCanBeTurnedOff() async throws {
    try await withTestRepository { repository in
      try repository.write("src/a.txt", mine(18))
      let (outcome, _) = try await repository.land(["src/a.txt": landed]) {
        $0.carriesEdits = false
      }
      #expect(outcome == .deferred([CheckoutObstacle(path: "src/a.txt", reason: .edited)]))
    }
  }

  /// An edit at the end of the file beside the landing's own edit there: lines would conflict.
  @Test func adaptationMakesTheEditInTheUsersTextToo() async throws {
    try await withTestRepository { repository in
      let edit: @Sendable ([UInt8]) -> [UInt8] = { $0 + Array("done\n".utf8) }
      let old = numberedLines("a")
      try repository.write("src/a.txt", old + "my note\n")
      let (outcome, _) = try await repository.land(["src/a.txt": old + "done\n"]) {
        $0.adaptations["src/a.txt"] = LandingAdaptation(unedited: Array(old.utf8), edit: edit)
      }
      guard case .landed = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(repository.read("src/a.txt") == old + "my note\ndone\n")
      #expect(try await repository.git("show", ":src/a.txt") + "\n" == old + "done\n")
    }
  }

  @Test func untrackedFileIsCarriedWhenItsOriginIsKnown() async throws {
    try await withTestRepository { repository in
      let edit: @Sendable ([UInt8]) -> [UInt8] = { $0 + Array("done\n".utf8) }
      try repository.write("issue.md", "one\ntwo, mine\n")
      let (outcome, _) = try await repository.land(["issue.md": "one\ntwo\ndone\n"]) {
        $0.adaptations["issue.md"] = LandingAdaptation(
          untrackedBase: Array("one\ntwo\n".utf8), unedited: Array("one\ntwo\n".utf8), edit: edit)
      }
      guard case .landed = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(repository.read("issue.md") == "one\ntwo, mine\ndone\n")
      #expect(try await repository.git("status", "--porcelain") == " M issue.md")
    }
  }

  @Test func branchThatMovedIsReported() async throws {
    try await withTestRepository { repository in
      let first = try await repository.id("main")
      try repository.write("src/b.txt", "moved\n")
      let moved = try await repository.commitAll("moved")
      let (outcome, _) = try await repository.land(["src/a.txt": landed]) { $0.expected = first }
      #expect(outcome == .branchMoved(to: moved))
    }
  }

  @Test func failureBeforePublishingPutsEverythingBack() async throws {
    struct Stop: Error {}
    try await withTestRepository { repository in
      try repository.write("src/a.txt", mine(18))
      let before = try await CheckoutSnapshot(repository)
      await #expect(throws: Stop.self) {
        try await repository.land(["src/a.txt": landed, "x/y": "new\n"]) {
          $0.willPublish = { _ in throw Stop() }
        }
      }
      #expect(try await CheckoutSnapshot(repository) == before)
      #expect(try await repository.git("for-each-ref", "refs/saved") == "")
      try await repository.expectNothingLeftOver()
    }
  }

  /// Somebody writes a file between the decision and its renaming: that write wins.
  @Test func lastMomentEditIsNotLost() async throws {
    try await withTestRepository { repository in
      let mine = mine(3)
      let (outcome, _) = try await repository.land([
        "README.md": "landed\n", "src/a.txt": landed,
      ]) {
        $0.willPlace = { try repository.write("src/a.txt", mine) }
      }
      #expect(outcome == .deferred([CheckoutObstacle(path: "src/a.txt", reason: .editConflicts)]))
      #expect(repository.read("src/a.txt") == mine)
      #expect(try await repository.git("status", "--porcelain") == " M src/a.txt")
      try await repository.expectNothingLeftOver()
    }
  }

  @Test func kindsOfFilesAndDirectoriesChange() async throws {
    try await withTestRepository { repository in
      try await Oracle.run("ln", ["-s", "src/a.txt", "link"], in: repository.root)
      try repository.write("run.sh", "#!/bin/sh\n")
      try repository.write("thing", "a file\n")
      try repository.write("tree/one", "1\n")
      try repository.write("tree/two/three", "3\n")
      try await repository.commitAll("kinds")
      try await repository.git("checkout", "-q", "-b", "work")
      try await Oracle.run("ln", ["-sf", "src/b.txt", "link"], in: repository.root)
      try await Oracle.run("chmod", ["+x", "run.sh"], in: repository.root)
      try await Oracle.run("rm", ["-r", "thing", "tree"], in: repository.root)
      try repository.write("thing/inside", "now a directory\n")
      try repository.write("tree", "now a file\n")
      try repository.write(RepositoryPath(bytes: [0xFF, 0xFE]), "bytes\n")
      let target = try await repository.commitAll("changed kinds")
      try await repository.git("checkout", "-q", "main")

      let (outcome, _) = try await repository.land([:]) { $0.commit = target }
      guard case .landed = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(try await repository.git("diff", "--stat", "HEAD") == "")
      #expect(try await repository.id("HEAD") == target)
      try await repository.git("fsck", "--strict")
    }
  }

  @Test func landsInALinkedWorktree() async throws {
    try await withTestRepository { repository in
      try await repository.git("checkout", "-q", "-b", "other")
      try await repository.git("worktree", "add", "-q", "../linked", "main")
      let linked = repository.sandbox.appending("linked")
      let (outcome, commit) = try await repository.land(["src/a.txt": landed])
      #expect(outcome == .landed(LandingReport(worktree: linked)))
      #expect(try await repository.git("status", "--porcelain", at: linked) == "")
      #expect(try await repository.git("rev-parse", "HEAD", at: linked) == commit.description)
      #expect(try await repository.git("reflog", "-1", "--format=%gs", at: linked) == "landing")
      #expect(try await repository.git("status", "--porcelain") == "")
    }
  }

  /// A change within the same second, hidden behind equal size, must still be seen by git after the
  /// landing has written a newer index.
  ///
  /// Debian's git compares times by the second.
  @Test func racyEntriesStayVisible() async throws {
    try await withTestRepository { repository in
      for round in 0..<20 {
        try repository.write("src/b.txt", "version A \(round)\n")
        try await repository.git("add", "src/b.txt")
        try repository.write("src/b.txt", "version B \(round)\n")
        _ = try await repository.land(["round.txt": "\(round)\n"])
        #expect(try await repository.git("status", "--porcelain") == "MM src/b.txt")
      }
    }
  }
}
