import GitEngine
import SystemPackage
import TestSupport
import Testing

/// What a user's checkout looks like, in every respect that a landing could disturb.
struct CheckoutSnapshot: Equatable {
  var status: [UInt8]
  var unstaged: [UInt8]
  var staged: [UInt8]
  var files: String
  var main: ObjectID

  init(_ repository: TestRepository) async throws {
    status = try await repository.gitBytes("status", "--porcelain=v2", "-z", "--ignored")
    unstaged = try await repository.gitBytes("diff", "--binary")
    staged = try await repository.gitBytes("diff", "--cached", "--binary")
    files = try await Oracle.run(
      "sh",
      [
        "-c",
        "find . -path ./.git -prune -o -printf '%y %m %p %l\\n' | sort;"
          + " find . -path ./.git -prune -o -type f -exec sha1sum {} + | sort",
      ], in: repository.root
    ).text
    main = try await repository.id("main")
  }
}

extension TestRepository {
  /// Lands a commit with some files changed on `main`.
  func land(
    _ files: [RepositoryPath: String?],
    _ change: @Sendable (inout LandingRequest) -> Void = { _ in }
  ) async throws -> (outcome: LandingOutcome, commit: ObjectID) {
    let commit = try await commit(on: "main", files)
    var request = LandingRequest(
      branch: .branch("main"), expected: try await id("main"), commit: commit,
      reflogMessage: "landing", signature: Self.signature,
      savedWorkPrefix: ReferenceName("refs/saved/test"))
    change(&request)
    let final = request
    let outcome = try await engine().transaction { try $0.land(final) }
    return (outcome, commit)
  }
}

/// A state of the user's checkout and what a landing must do there.
struct LandingCase: Sendable, CustomTestStringConvertible {
  var name: String
  /// Makes the state, as a user would.
  var prepare: @Sendable (TestRepository) async throws -> Void
  /// What the landing changes; `nil` deletes.
  var landing: [RepositoryPath: String?]
  /// `nil` when it must land.
  var obstacle: CheckoutObstacle.Reason?

  var testDescription: String { name }

  init(
    _ name: String, landing: [RepositoryPath: String?], obstacle: CheckoutObstacle.Reason? = nil,
    prepare: @escaping @Sendable (TestRepository) async throws -> Void
  ) {
    self.name = name
    self.landing = landing
    self.obstacle = obstacle
    self.prepare = prepare
  }
}

/// The landing that most cases use: one line of a file, a new file and a deleted one.
private let landing: [RepositoryPath: String?] = [
  "src/a.txt": numberedLines("a").replacing("a line 3\n", with: "a line 3, landed\n"),
  "new/dir/file.txt": "new\n",
  "src/deep/c.txt": nil,
]

private func edited(_ line: Int, _ text: String = "mine") -> String {
  numberedLines("a").replacing("a line \(line)\n", with: "\(text)\n")
}

@Suite struct LandingTests {
  static let unrelated: [LandingCase] = [
    LandingCase("clean", landing: landing) { _ in },
    LandingCase("other branch checked out", landing: landing) {
      try await $0.git("checkout", "-q", "-b", "other")
    },
    LandingCase("detached HEAD", landing: landing) {
      try await $0.git("checkout", "-q", "--detach")
    },
    LandingCase("unstaged edit elsewhere", landing: landing) {
      try $0.write("src/b.txt", "mine\n")
    },
    LandingCase("staged edit elsewhere", landing: landing) {
      try $0.write("src/b.txt", "mine\n")
      try await $0.git("add", "src/b.txt")
    },
    LandingCase("staged and edited again elsewhere", landing: landing) {
      try $0.write("src/b.txt", "mine\n")
      try await $0.git("add", "src/b.txt")
      try $0.write("src/b.txt", "mine, again\n")
    },
    LandingCase("staged deletion and rename elsewhere", landing: landing) {
      try await $0.git("rm", "-q", "README.md")
      try await $0.git("mv", "src/b.txt", "src/moved.txt")
    },
    LandingCase("untracked and ignored files elsewhere", landing: landing) {
      try $0.write(".git/info/exclude", "*.o\n")
      try $0.write("note.txt", "note\n")
      try $0.write("new/other.txt", "other\n")
      try $0.write("x.o", "object\n")
    },
    LandingCase("intent to add elsewhere", landing: landing) {
      try $0.write("later.txt", "later\n")
      try await $0.git("add", "--intent-to-add", "later.txt")
    },
    LandingCase("assume-unchanged edit elsewhere", landing: landing) {
      try await $0.git("update-index", "--assume-unchanged", "src/b.txt")
      try $0.write("src/b.txt", "mine\n")
    },
    LandingCase("skip-worktree file elsewhere", landing: landing) {
      try await $0.git("update-index", "--skip-worktree", "src/b.txt")
      try await Oracle.run("rm", ["src/b.txt"], in: $0.root)
    },
    LandingCase("mode change elsewhere", landing: landing) {
      try await Oracle.run("chmod", ["+x", "src/b.txt"], in: $0.root)
    },
    LandingCase("the same change made and staged by the user", landing: landing) {
      try $0.write("src/a.txt", edited(3, "a line 3, landed"))
      try await $0.git("add", "src/a.txt")
    },
    LandingCase("merge in progress on another branch", landing: landing) {
      try await $0.git("checkout", "-q", "-b", "side")
      try $0.write("README.md", "side\n")
      try await $0.commitAll("side")
      try await $0.git("checkout", "-q", "-b", "other", "main")
      try $0.write("README.md", "other\n")
      try await $0.commitAll("other")
      _ = try await Oracle.git(["merge", "side"], in: $0.root, allowFailure: true)
    },
    LandingCase("non-UTF-8 file elsewhere", landing: landing) {
      try $0.write(RepositoryPath(bytes: Array("caf".utf8) + [0xE9]), "x\n")
    },
  ]

  /// Nothing of the user's is in the landing's way: it lands, and all that is the user's stays.
  @Test(arguments: unrelated) func landsBesideWhatTheUserHas(_ state: LandingCase) async throws {
    try await withTestRepository { repository in
      try await state.prepare(repository)
      let before = try await CheckoutSnapshot(repository)
      let showsMain = try await repository.git("rev-parse", "--abbrev-ref", "HEAD") == "main"
      let head = try await repository.git("rev-parse", "HEAD")

      let (outcome, commit) = try await repository.land(state.landing)
      guard case .landed(let report) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(report.worktree == (showsMain ? repository.root : nil))
      #expect(report.carried == [] && report.saved == nil)
      #expect(try await repository.id("main") == commit)
      try await repository.git("fsck", "--strict")

      let after = try await CheckoutSnapshot(repository)
      if showsMain {
        // The same differences from the new commit as from the old one, but for what both share.
        let same = state.name == "the same change made and staged by the user"
        #expect(after.unstaged == before.unstaged)
        #expect(after.staged == (same ? [] : before.staged))
        #expect(repository.read("new/dir/file.txt") == "new\n")
        #expect(!repository.exists("src/deep"))
        #expect(repository.read("src/a.txt") == edited(3, "a line 3, landed"))
        #expect(try await repository.git("reflog", "-1", "--format=%gs") == "landing")
      } else {
        #expect(after.status == before.status && after.staged == before.staged)
        #expect(after.unstaged == before.unstaged && after.files == before.files)
        #expect(try await repository.git("rev-parse", "HEAD") == head)
      }
      #expect(
        try await repository.git("reflog", "show", "-1", "--format=%gs", "main") == "landing")
      try await repository.expectNothingLeftOver()
    }
  }

  static let inTheWay: [LandingCase] = [
    LandingCase("conflicting unstaged edit", landing: landing, obstacle: .editConflicts) {
      try $0.write("src/a.txt", edited(3))
    },
    LandingCase(
      "conflicting staged edit, file as before", landing: landing, obstacle: .editConflicts
    ) {
      try $0.write("src/a.txt", edited(3))
      try await $0.git("add", "src/a.txt")
      try $0.write("src/a.txt", numberedLines("a"))
    },
    LandingCase(
      "file where a directory is staged and not shown", landing: ["box": "landed\n"],
      obstacle: .directoryInTheWay
    ) {
      try $0.write("box/mine.txt", "mine\n")
      try await $0.git("add", "box")
      try await $0.git("update-index", "--skip-worktree", "box/mine.txt")
      removeAll($0.root.appending("box"))
    },
    LandingCase(
      "directory where a file is staged and not shown", landing: ["box/new.txt": "landed\n"],
      obstacle: .fileInTheWay
    ) {
      try $0.write("box", "mine\n")
      try await $0.git("add", "box")
      try await $0.git("update-index", "--skip-worktree", "box")
      removeAll($0.root.appending("box"))
    },
    LandingCase("edit of a deleted file", landing: landing, obstacle: .edited) {
      try $0.write("src/deep/c.txt", "mine\n")
    },
    LandingCase("deletion of a changed file", landing: landing, obstacle: .deleted) {
      try await Oracle.run("rm", ["src/a.txt"], in: $0.root)
    },
    LandingCase("staged deletion of a changed file", landing: landing, obstacle: .deleted) {
      try await $0.git("rm", "-q", "src/a.txt")
    },
    LandingCase("rm --cached of a changed file", landing: landing, obstacle: .deleted) {
      try await $0.git("rm", "-q", "--cached", "src/a.txt")
    },
    LandingCase("executable bit", landing: landing, obstacle: .modeChanged) {
      try await Oracle.run("chmod", ["+x", "src/a.txt"], in: $0.root)
    },
    LandingCase("became a symbolic link", landing: landing, obstacle: .modeChanged) {
      try await Oracle.run("ln", ["-sf", "b.txt", "src/a.txt"], in: $0.root)
    },
    LandingCase("untracked file", landing: landing, obstacle: .untracked) {
      try $0.write("new/dir/file.txt", "mine\n")
    },
    LandingCase("untracked file of the same content", landing: landing, obstacle: .untracked) {
      try $0.write("new/dir/file.txt", "new\n")
    },
    LandingCase("ignored file", landing: landing, obstacle: .ignored) {
      try $0.write(".git/info/exclude", "new/\n")
      try $0.write("new/dir/file.txt", "mine\n")
    },
    LandingCase("directory in the way", landing: landing, obstacle: .directoryInTheWay) {
      try $0.write("new/dir/file.txt/inner", "mine\n")
    },
    LandingCase("file where a directory must go", landing: landing, obstacle: .fileInTheWay) {
      try $0.write("new", "mine\n")
    },
    LandingCase("symlinked parent", landing: landing, obstacle: .symlinkedParent) {
      try await Oracle.run("ln", ["-s", "src", "new"], in: $0.root)
    },
    LandingCase("intent to add", landing: landing, obstacle: .intentToAdd) {
      try $0.write("new/dir/file.txt", "mine\n")
      try await $0.git("add", "--intent-to-add", "new/dir/file.txt")
    },
    LandingCase(
      "merge in progress on the branch", landing: landing, obstacle: .operationInProgress(.merge)
    ) {
      try await $0.git("branch", "side")
      try $0.write("README.md", "main\n")
      try await $0.commitAll("main")
      try await $0.git("checkout", "-q", "side")
      try $0.write("README.md", "side\n")
      try await $0.commitAll("side")
      try await $0.git("checkout", "-q", "main")
      _ = try await Oracle.git(["merge", "side"], in: $0.root, allowFailure: true)
    },
    LandingCase(
      "rebase of the branch in progress", landing: landing, obstacle: .operationInProgress(.rebase)
    ) {
      try await $0.git("branch", "side")
      try $0.write("README.md", "main\n")
      try await $0.commitAll("main")
      try await $0.git("checkout", "-q", "side")
      try $0.write("README.md", "side\n")
      try await $0.commitAll("side")
      try await $0.git("checkout", "-q", "main")
      _ = try await Oracle.git(["rebase", "side"], in: $0.root, allowFailure: true)
    },
    LandingCase("bisect from the branch", landing: landing, obstacle: .operationInProgress(.bisect))
    {
      try $0.write("README.md", "two\n")
      try await $0.commitAll("two")
      try $0.write("README.md", "three\n")
      try await $0.commitAll("three")
      try await $0.git("bisect", "start", "HEAD", "HEAD~2")
    },
    LandingCase("index locked", landing: landing, obstacle: .indexLocked) {
      try $0.write(".git/index.lock", "")
    },
    LandingCase("binary file edited", landing: ["bin": "\0\u{1}\0new"], obstacle: .editConflicts) {
      try $0.write("bin", "\0\u{1}\0old")
      try await $0.commitAll("binary")
      try $0.write("bin", "\0\u{1}\0mine")
    },
    LandingCase("merge driver", landing: landing, obstacle: .notPlainText) {
      try $0.write(".gitattributes", "src/a.txt merge=custom\n")
      try await $0.commitAll("attributes")
      try $0.write("src/a.txt", edited(18))
    },
    LandingCase("line ending filter on an edited file", landing: landing, obstacle: .notPlainText) {
      try $0.write(".gitattributes", "src/a.txt text eol=crlf\n")
      try await $0.commitAll("attributes")
      try $0.write("src/a.txt", edited(18).replacing("\n", with: "\r\n"))
    },
    LandingCase("checked out twice", landing: landing, obstacle: .checkedOutTwice) {
      try await $0.git("worktree", "add", "-q", "--force", "../second", "main")
    },
  ]

  /// Something of the user's is in the way: the landing waits, and nothing at all changed.
  @Test(arguments: inTheWay) func defersAndTouchesNothing(_ state: LandingCase) async throws {
    try await withTestRepository { repository in
      try await state.prepare(repository)
      let before = try await CheckoutSnapshot(repository)
      let index = try readFile(repository.root.appending(".git/index"))
      let (outcome, _) = try await repository.land(state.landing)
      guard case .deferred(let obstacles) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(obstacles.map(\.reason) == [try #require(state.obstacle)])
      let indexAfter = try readFile(repository.root.appending(".git/index"))
      #expect(index == indexAfter || state.name == "index locked")
      if state.name == "index locked" {
        try await Oracle.run("rm", [".git/index.lock"], in: repository.root)
      }
      #expect(try await CheckoutSnapshot(repository) == before)
      try await repository.expectNothingLeftOver()
    }
  }
}

extension TestRepository {
  /// No lock and no file of the engine's stays behind but its own lock file.
  func expectNothingLeftOver() async throws {
    let left = try await Oracle.run(
      "find", [".git", "-name", "*.lock", "-o", "-name", "*gitengine-*"], in: root
    ).text.split(separator: "\n").filter { !$0.hasSuffix("/gitengine.lock") }
    #expect(left == [])
  }
}
