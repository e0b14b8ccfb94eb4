import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

@Suite struct WorktreeRegistryTests {
  private static let me = TestRepository.signature

  /// The engine's list, in the form of `git worktree list --porcelain -z`.
  private func list(_ repository: TestRepository) async throws -> String {
    try await repository.engine().read { git in
      try git.worktrees().map { worktree in
        var lines = ["worktree \(worktree.path)"]
        switch worktree.head {
        case .branch(let name):
          lines.append("HEAD \(try git.target(of: name) ?? .zero)")
          lines.append("branch \(name)")
        case .detached(let id): lines += ["HEAD \(id)", "detached"]
        case .unreadable: lines.append("HEAD \(ObjectID.zero)")
        }
        if let reason = worktree.lockReason {
          lines.append(reason.isEmpty ? "locked" : "locked \(reason)")
        }
        if worktree.isPrunable { lines.append("prunable \(PruneReason.missing)") }
        return lines.joined(separator: "\0") + "\0\0"
      }.joined()
    }
  }

  @Test func allKindsOfTargetsAreAddedAsGitWouldListThem() async throws {
    try await withTestRepository { repository in
      try await repository.git("branch", "there")
      let first = try await repository.id("HEAD")
      try await repository.commitAll("second")
      let engine = try repository.engine()
      func add(_ name: String, _ target: CheckoutTarget, lock: String? = nil) async throws {
        _ = try await engine.addWorktree(
          at: repository.sandbox.appending(name), checkingOut: target, lockReason: lock,
          signature: Self.me)
      }
      try await add("a", .newBranch(.branch("new"), at: first))
      try await add("b", .branch(.branch("there")))
      try await add("c", .detached(first), lock: "on a stick")
      try await add("d", .detached(try await repository.id("main")), lock: "")
      try await repository.git("worktree", "add", "-q", "-b", "gits", "../e")
      try await repository.git("worktree", "lock", "../e")
      try await repository.git("worktree", "add", "-q", "--detach", "../f")
      removeAll(repository.sandbox.appending("a"))
      #expect(
        try await list(repository) == repository.git("worktree", "list", "--porcelain", "-z"))
      for name in ["b", "c", "d"] {
        let path = repository.sandbox.appending(name)
        #expect(try await repository.git("status", "--porcelain", at: path) == "")
        let log = try await repository.git("reflog", "--format=%H %gs", at: path)
        #expect(log == "\(try await repository.git("rev-parse", "HEAD", at: path)) ")
      }
      let taken = await #expect(throws: GitError.self) {
        try await add("g", .branch(.branch("there")))
      }
      #expect(taken?.code == .conflict)
      let main = await #expect(throws: GitError.self) {
        try await add("g", .branch(.branch("main")))
      }
      #expect(main?.code == .conflict)
      let missing = await #expect(throws: GitError.self) {
        try await add("g", .branch(.branch("no")))
      }
      #expect(missing?.code == .notFound)
      // Gone, but still registered: git refuses, too.
      let gone = await #expect(throws: GitError.self) { try await add("a", .detached(first)) }
      #expect(gone?.code == .exists)
      #expect(!pathExists(repository.sandbox.appending("g")))
      try await repository.git("fsck", "--strict", "--no-dangling")
    }
  }

  @Test func aFailureInAnExistingBranchsWorktreeKeepsTheBranch() async throws {
    try await withTestRepository { repository in
      try await repository.git("branch", "there")
      let blob = try await repository.git("rev-parse", "HEAD:src/b.txt")
      removeAll(
        repository.root.pushing(FilePath(".git/objects/\(blob.prefix(2))/\(blob.dropFirst(2))")))
      let before = try await repository.listing()
      await #expect(throws: GitError.self) {
        try await repository.engine().addWorktree(
          at: repository.sandbox.appending("wt"), checkingOut: .branch(.branch("there")),
          signature: Self.me)
      }
      #expect(try await repository.listing() == before)
    }
  }

  @Test func locksAreGits() async throws {
    try await withTestRepository { repository in
      let path = repository.sandbox.appending("wt")
      try await repository.git("worktree", "add", "-q", "--detach", path.string)
      let engine = try repository.engine()
      try await engine.transaction { try $0.lockWorktree(at: path, reason: "two\nlines") }
      #expect(
        try await list(repository).replacing("two\nlines", with: "x")
          == repository.git("worktree", "list", "--porcelain", "-z").replacing(
            "two\nlines", with: "x"))
      let again = await #expect(throws: GitError.self) {
        try await engine.transaction { try $0.lockWorktree(at: path) }
      }
      #expect(again?.code == .exists)
      try await repository.git("worktree", "unlock", path.string)
      try await repository.git("worktree", "lock", "--reason", "gits", path.string)
      try await engine.transaction { try $0.unlockWorktree(at: path) }
      #expect(!(try await repository.git("worktree", "list", "--porcelain").contains("locked")))
      let free = await #expect(throws: GitError.self) {
        try await engine.transaction { try $0.unlockWorktree(at: path) }
      }
      #expect(free?.code == .notFound)
      let main = await #expect(throws: GitError.self) {
        try await engine.transaction { try $0.lockWorktree(at: repository.root) }
      }
      #expect(main?.code == .unsupported)
    }
  }

  @Test func pruningIsGits() async throws {
    try await withTestRepository { repository in
      for name in ["gone", "locked", "here", "nowhere", "empty", "young"] {
        try await repository.git("worktree", "add", "-q", "--detach", "../\(name)")
      }
      try await repository.git("worktree", "lock", "../locked")
      for name in ["gone", "locked", "young"] {
        removeAll(repository.sandbox.appending(name))
      }
      removeAll(repository.root.pushing(".git/worktrees/nowhere/gitdir"))
      try repository.write(".git/worktrees/empty/gitdir", "")
      try repository.write(".git/worktrees/file", "")
      for name in ["gone", "nowhere", "empty"] {
        try await Oracle.run(
          "touch", ["-d", "3 days ago", "index"],
          in: repository.root.pushing(FilePath(".git/worktrees/\(name)")))
      }
      let twin = repository.sandbox.appending("twin")
      try await Oracle.run("cp", ["-a", repository.root.string, twin.string], in: "/")
      let report = try await Oracle.run(
        "sh", ["-c", "git worktree prune -v --expire=1.day.ago 2>&1"], in: twin
      ).text
      let engine = try repository.engine()
      let pruned = try await engine.transaction { try $0.pruneWorktrees(unusedFor: 86400) }
      #expect(
        Set(pruned.map { "Removing worktrees/\($0.name): \($0.reason)" })
          == Set(report.split(separator: "\n").map(String.init)))
      #expect(
        TestSupport.directoryNames(repository.root.pushing(".git/worktrees"))
          == TestSupport.directoryNames(twin.pushing(".git/worktrees")))
      let rest = try await engine.transaction { try $0.pruneWorktrees() }
      #expect(rest == [PrunedWorktree(name: "young", reason: .missing)])
      #expect(
        TestSupport.directoryNames(repository.root.pushing(".git/worktrees")) == ["here", "locked"])
    }
  }

  /// git 2.48 and later may write both links relative.
  @Test func aRegistrationWithRelativePathsIsRead() async throws {
    try await withTestRepository { repository in
      let path = repository.sandbox.appending("wt")
      try await repository.git("worktree", "add", "-q", "-b", "topic", path.string)
      try repository.write(".git/worktrees/wt/gitdir", "../../../../wt/.git\n")
      try writeFile(path.appending(".git"), "gitdir: ../repo/.git/worktrees/wt\n")
      let engine = try repository.engine()
      let found = try await engine.read { try $0.worktrees() }
      #expect(found.map(\.path) == [repository.root, path] && found[1].exists)
      #expect(try await engine.read(at: path) { try $0.status() } == [])
      let trash = repository.sandbox.appending("trash")
      #expect(try await engine.removeWorktree(at: path, trash: trash) == nil)
      #expect(!pathExists(path))
    }
  }

  @Test func aHalfMadeWorktreeIsRemovedOnceItsProcessIsGone() async throws {
    try await withTestRepository { repository in
      let start = try await repository.id("HEAD")
      let path = repository.sandbox.appending("wt")
      let engine = try repository.engine()
      let trash = repository.sandbox.appending("trash")
      var registration: WorktreeRegistration? = try await engine.transaction { git in
        try git.registerWorktree(
          at: path, .newBranch(.branch("topic"), at: start), Self.me
        ).0
      }
      try writeFile(path.appending("README.md"), "half of it")
      #expect(registration != nil)
      // Somebody is at it.
      #expect(try await engine.removeLeftoverWorktrees(trash: trash) == [])
      registration = nil
      let found = try await engine.transaction { try $0.leftoverWorktrees() }
      #expect(found.map(\.path) == [path])
      #expect(try await engine.removeLeftoverWorktrees(trash: trash) == found)
      #expect(!pathExists(path) && TestSupport.directoryNames(trash).count == 1)
      #expect(try await repository.git("branch", "--list", "topic") == "")
      #expect(!repository.exists(".git/worktrees"))
      try await repository.addWorktree(path, "topic")
    }
  }

  @Test func whatRemovalStopsAtCanBeSetAside() async throws {
    try await withTestRepository { repository in
      let path = repository.sandbox.appending("wt")
      let engine = try repository.engine()
      let trash = repository.sandbox.appending("trash")
      try await repository.git("worktree", "add", "-q", "--detach", path.string)
      try writeFile(path.appending("new.txt"), "new")
      try await repository.git("worktree", "lock", path.string)
      var options = WorktreeRemovalOptions()
      #expect(try await engine.removeWorktree(at: path, trash: trash, options) == .locked(""))
      options.removesLocked = true
      #expect(
        try await engine.removeWorktree(at: path, trash: trash, options) == .changed(["new.txt"]))
      try writeFile(repository.root.pushing(".git/worktrees/wt/modules/sub/HEAD"), "x")
      #expect(try await engine.removeWorktree(at: path, trash: trash, options) == .submodules)
      options.discardsWork = true
      #expect(try await engine.removeWorktree(at: path, trash: trash, options) == nil)
      #expect(try await repository.git("worktree", "list").split(separator: "\n").count == 1)
    }
  }
}
