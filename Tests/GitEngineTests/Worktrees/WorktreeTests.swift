import GitEngine
import SystemPackage
import TestSupport
import Testing

extension TestRepository {
  /// Adds a worktree through the engine.
  @discardableResult
  func addWorktree(
    _ path: FilePath, _ branch: String, from engine: GitRepository? = nil
  ) async throws -> Worktree {
    let start = try await id("HEAD")
    return try await (engine ?? self.engine()).addWorktree(
      at: path, newBranch: .branch(branch), startingAt: start, signature: Self.signature)
  }

  /// All that is in the sandbox but objects and the engine's lock file: kinds, modes and names.
  func listing() async throws -> String {
    let script =
      "find . -path '*/.git/objects' -prune -o -name gitengine.lock -o -printf '%y %m %p %l\\n'"
    return try await Oracle.run("sh", ["-c", script + " | sort"], in: sandbox).text
  }
}

@Suite struct WorktreeTests {
  /// git takes the worktree for one of its own, whatever it is called.
  @Test(arguments: [
    "wt", "sp ace", "x.lock", ".hidden", "a..b", "dots...", "-dash", "@", "at@{0}", "til~de^",
    "ünï", "new\nline", "star*[x]?",
  ])
  func gitAcceptsTheWorktree(_ name: String) async throws {
    try await withTestRepository { repository in
      let path = repository.sandbox.appending(name)
      let worktree = try await repository.addWorktree(path, "topic")
      #expect(worktree.path == path && worktree.exists && worktree.lockReason == nil)
      #expect(worktree.head == .branch(.branch("topic")))

      let listed = try await repository.git("worktree", "list", "--porcelain", "-z")
      let id = try await repository.id("HEAD")
      #expect(listed.contains("worktree \(path)\0HEAD \(id)\0branch refs/heads/topic\0"))
      #expect(!listed.contains("prunable") && !listed.contains("locked"))
      #expect(try await repository.git("status", "--porcelain", at: path) == "")
      #expect(
        try await repository.git("rev-parse", "HEAD^{tree}", at: path)
          == repository.git("rev-parse", "HEAD^{tree}"))
      try await repository.git("fsck", "--strict", "--no-dangling", at: path)
      #expect(try await repository.git("worktree", "prune", "--verbose", "--expire=now") == "")
      let engine = try repository.engine()
      #expect(try await engine.read { try $0.worktrees() }.contains(worktree))
      #expect(try await engine.read(at: path) { try $0.status() } == [])
      try await repository.git("worktree", "remove", path.string)
      try await repository.git("branch", "-d", "topic")
    }
  }

  /// The same files, in the same words, as `git worktree add` makes.
  @Test func theEntryIsLikeGits() async throws {
    try await withTestRepository { repository in
      try await repository.addWorktree(repository.sandbox.appending("ours"), "ours")
      try await repository.git("worktree", "add", "-q", "-b", "gits", "../gits")
      for file in ["gitdir", "commondir", "HEAD"] {
        let mine = repository.read(RepositoryPath(".git/worktrees/ours/\(file)"))
        let gits = repository.read(RepositoryPath(".git/worktrees/gits/\(file)"))
        #expect(mine == gits?.replacing("gits", with: "ours"), "\(file)")
      }
      let mine = String(
        decoding: try readFile(repository.sandbox.pushing("ours/.git")), as: UTF8.self)
      let gits = String(
        decoding: try readFile(repository.sandbox.pushing("gits/.git")), as: UTF8.self)
      #expect(mine == gits.replacing("gits", with: "ours"))
    }
  }

  @Test func aNameThatIsTakenBecomesUnique() async throws {
    try await withTestRepository { repository in
      let one = try await repository.addWorktree(repository.sandbox.pushing("one/wt"), "one")
      let two = try await repository.addWorktree(repository.sandbox.pushing("two/wt"), "two")
      let three = try await repository.addWorktree(repository.sandbox.pushing("three/wt"), "three")
      #expect([one, two, three].map(\.name) == ["wt", "wt1", "wt2"])
      #expect(try await repository.git("worktree", "list").split(separator: "\n").count == 4)
    }
  }

  @Test func aPathThatIsNotUTF8() async throws {
    try await withTestRepository { repository in
      let path = FilePath(bytes: repository.sandbox.bytes + Array("/caf".utf8) + [0xE9])
      let worktree = try await repository.addWorktree(path, "topic")
      #expect(worktree.path == path)
      let listed = try await repository.gitBytes("worktree", "list", "--porcelain", "-z")
      #expect(
        listed.split(separator: 0).contains { $0.elementsEqual("worktree ".utf8 + path.bytes) })
      let status = try await Oracle.run(
        "sh", ["-c", "cd caf* && git status --porcelain"], in: repository.sandbox)
      #expect(status.text == "")
      let engine = try repository.engine()
      let trash = repository.root.pushing(".git/trash")
      #expect(try await engine.removeWorktree(at: path, trash: trash) == nil)
      #expect(!pathExists(path))
    }
  }

  @Test func fromARepositoryOpenedThroughALinkedWorktree() async throws {
    try await withTestRepository { repository in
      try await repository.git("worktree", "add", "-q", "-b", "side", "../side")
      let engine = try GitRepository.open(repository.sandbox.appending("side"))
      try await repository.addWorktree(repository.sandbox.appending("wt"), "topic", from: engine)
      let listed = try await engine.read { git in try git.worktrees().map(\.path) }
      #expect(
        listed == [
          repository.root, repository.sandbox.appending("side"), repository.sandbox.appending("wt"),
        ])
    }
  }

  @Test func intoAnEmptyDirectoryAndBehindALink() async throws {
    try await withTestRepository { repository in
      try makeDirectories(repository.sandbox.pushing("real/empty"))
      try await Oracle.run("ln", ["-s", "real", "link"], in: repository.sandbox)
      let worktree = try await repository.addWorktree(
        repository.sandbox.pushing("link/empty"), "topic")
      #expect(worktree.path == repository.sandbox.pushing("real/empty"))
      #expect(try await repository.git("status", "--porcelain", at: worktree.path) == "")
    }
  }

  /// What worktrees git lists, the engine lists, with their state.
  @Test func listing() async throws {
    try await withTestRepository { repository in
      try await repository.git("worktree", "add", "-q", "-b", "a", "../a")
      try await repository.git("worktree", "add", "-q", "--detach", "../b")
      try await repository.git("worktree", "add", "-q", "-b", "c", "../c")
      try await repository.git("worktree", "lock", "--reason", "on a stick", "../c")
      try await Oracle.run("rm", ["-rf", "../a"], in: repository.root)
      let found = try await repository.engine().read { try $0.worktrees() }
      #expect(found.map(\.name) == [nil, "a", "b", "c"])
      #expect(found.map(\.exists) == [true, false, true, true])
      #expect(found.map(\.lockReason) == [nil, nil, nil, "on a stick"])
      #expect(found[2].head == .detached(try await repository.id("HEAD")))
      #expect(found[3].head == .branch(.branch("c")))
    }
  }
}

/// A way in which adding a worktree goes wrong.
struct WorktreeFailure: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var code: GitError.Code?
  var prepare: @Sendable (TestRepository) async throws -> Void
  var path = "new/parent/wt"

  static let all = [
    WorktreeFailure(testDescription: "the branch exists", code: .exists) {
      try await $0.git("branch", "topic")
    },
    WorktreeFailure(testDescription: "a branch is where a directory is needed") {
      try await $0.git("branch", "topic/inner")
    },
    WorktreeFailure(
      testDescription: "a file at the path", code: .exists,
      prepare: { try writeFile($0.sandbox.appending("wt"), "mine") }, path: "wt"),
    WorktreeFailure(
      testDescription: "a directory with files at the path", code: .exists,
      prepare: { try writeFile($0.sandbox.pushing("wt/file"), "mine") }, path: "wt"),
    WorktreeFailure(
      testDescription: "a file is the parent",
      prepare: { try writeFile($0.sandbox.appending("file"), "mine") }, path: "file/wt"),
    WorktreeFailure(testDescription: "the registry cannot be made") {
      try $0.write(".git/worktrees", "a file")
    },
    WorktreeFailure(
      testDescription: "an object cannot be read",
      prepare: {
        let blob = try await $0.git("rev-parse", "HEAD:src/b.txt")
        let name = ".git/objects/\(blob.prefix(2))/\(blob.dropFirst(2))"
        try await Oracle.run("rm", [name], in: $0.root)
      }),
    WorktreeFailure(
      testDescription: "an object cannot be read, into an empty directory",
      prepare: {
        try makeDirectories($0.sandbox.appending("empty"))
        let blob = try await $0.git("rev-parse", "HEAD:src/b.txt")
        let name = ".git/objects/\(blob.prefix(2))/\(blob.dropFirst(2))"
        try await Oracle.run("rm", [name], in: $0.root)
      }, path: "empty"),
  ]
}

@Suite struct WorktreeRollbackTests {
  /// Every failure takes back branch, registration and directories.
  @Test(arguments: WorktreeFailure.all) func leavesNoTrace(_ failure: WorktreeFailure) async throws
  {
    try await withTestRepository { repository in
      try await failure.prepare(repository)
      let before = try await repository.listing()
      let error = await #expect(throws: GitError.self) {
        try await repository.addWorktree(
          repository.sandbox.pushing(FilePath(failure.path)), "topic")
      }
      if let code = failure.code { #expect(error?.code == code) }
      #expect(error?.operation.isEmpty == false && error?.message.isEmpty == false)
      #expect(try await repository.listing().withoutLogs == before.withoutLogs)
    }
  }

  @Test func aCancelledTaskLeavesNoTrace() async throws {
    try await withTestRepository { repository in
      let before = try await repository.listing()
      let start = try await repository.id("HEAD")
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await repository.engine().addWorktree(
          at: repository.sandbox.pushing("new/wt"), newBranch: .branch("topic"),
          startingAt: start, signature: TestRepository.signature)
      }
      let error = await #expect(throws: GitError.self) { try await task.value }
      #expect(error?.code == .cancelled)
      #expect(try await repository.listing().withoutLogs == before.withoutLogs)
    }
  }
}

extension String {
  /// Directories of reflogs and references that are empty now may stay, as git leaves them.
  fileprivate var withoutLogs: [Substring] {
    split(separator: "\n").filter { line in
      !(line.hasPrefix("d ") && (line.contains("/.git/logs") || line.contains("/.git/refs")))
    }
  }
}
