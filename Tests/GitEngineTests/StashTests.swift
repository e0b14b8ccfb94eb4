import CLibGit2
import GitEngine
import SystemPackage
import TestSupport
import Testing

@Suite struct StashTests {
  private func mine(_ line: Int, _ text: String = "mine") -> String {
    numberedLines("a").replacing("a line \(line)\n", with: "\(text)\n")
  }

  private func push(
    _ repository: TestRepository, _ change: @Sendable (inout StashOptions) -> Void = { _ in }
  ) async throws -> StashEntry {
    var options = StashOptions()
    change(&options)
    let chosen = options
    let outcome = try await repository.engine().transaction {
      try $0.pushStash(chosen, signature: TestRepository.signature)
    }
    guard case .saved(let entry) = outcome else {
      throw OracleError(description: "\(outcome)")
    }
    return entry
  }

  /// An entry that conflicts with what was committed since.
  private func conflicting(_ repository: TestRepository) async throws -> StashEntry {
    try repository.write("src/a.txt", mine(3))
    let entry = try await push(repository)
    try repository.write("src/a.txt", mine(3, "theirs"))
    try await repository.commitAll("in between")
    return entry
  }

  /// libgit2's own pop drops the entry although applying it conflicted.
  @Test func stockPopLosesAConflictingEntry() async throws {
    try await withTestRepository { repository in
      let entry = try await conflicting(repository)
      _ = try repository.engine()
      var handle: OpaquePointer?
      #expect(git_repository_open(&handle, repository.root.string) == 0)
      defer { git_repository_free(handle) }
      #expect(git_stash_pop(handle, 0, nil) == 0)
      #expect(try await repository.git("status", "--porcelain") == "UU src/a.txt")
      // If this fails, libgit2 has been mended.
      #expect(try await repository.git("stash", "list") == "", "\(entry)")
    }
  }

  @Test func conflictingPopKeepsTheEntryAndShowsTheConflict() async throws {
    try await withTestRepository { repository in
      let entry = try await conflicting(repository)
      try await Oracle.run("cp", ["-a", "repo", "twin"], in: repository.sandbox)
      let twin = TestRepository(
        root: repository.sandbox.appending("twin"), sandbox: repository.sandbox)
      try await Oracle.git(["stash", "pop"], in: twin.root, allowFailure: true)
      let outcome = try await repository.engine().transaction { try $0.popStash(entry.id) }
      guard case .conflicts(let conflicts) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(conflicts.map(\.path) == ["src/a.txt"])
      #expect(try await repository.id("stash") == entry.id)
      #expect(try await StashView(repository) == StashView(twin))
      #expect(
        try await repository.git("ls-files", "--stage") == twin.git("ls-files", "--stage"))
    }
  }

  @Test func localChangesInTheWayAreAValue() async throws {
    try await withTestRepository { repository in
      try repository.write("src/a.txt", mine(3))
      try repository.write("new.txt", "new\n")
      let entry = try await push(repository) { $0.includesUntracked = true }
      try repository.write("src/a.txt", mine(18))
      try repository.write("new.txt", "other\n")
      let before = try await StashView(repository)
      let outcome = try await repository.engine().transaction { try $0.popStash(entry.id) }
      #expect(
        outcome
          == .refused([
            CheckoutObstacle(path: "src/a.txt", reason: .edited),
            CheckoutObstacle(path: "new.txt", reason: .untracked),
          ]))
      #expect(try await StashView(repository) == before)
      #expect(try await repository.id("stash") == entry.id)
    }
  }

  @Test func entriesAreNamedById() async throws {
    try await withTestRepository { repository in
      var entries: [StashEntry] = []
      for number in 1...4 {
        try repository.write("src/a.txt", mine(number))
        entries.append(try await push(repository) { $0.message = "number \(number)" })
      }
      let engine = try repository.engine()
      let listed = try await engine.read { try $0.stashes() }
      #expect(listed.map(\.id) == entries.reversed().map(\.id))
      #expect(listed.first?.message == "On main: number 4")
      let contents = try await engine.read { [id = entries[1].id] in try $0.stashContents(of: id) }
      #expect(contents.changes.map(\.path) == ["src/a.txt"])
      #expect(contents.staged.isEmpty && contents.untracked.isEmpty)

      // Out of the middle, then the newest, then what is not there any more.
      for id in [entries[1].id, entries[3].id] {
        #expect(try await engine.transaction { try $0.dropStash(id) })
        #expect(try await !engine.transaction { try $0.dropStash(id) })
      }
      let left = try await repository.git("log", "-g", "--format=%H", "refs/stash")
      #expect(left == "\(entries[2].id)\n\(entries[0].id)")
      #expect(try await repository.id("stash") == entries[2].id)
      let first = entries[0].id
      #expect(try await engine.transaction { try $0.popStash(first) } == .applied)
      #expect(repository.read("src/a.txt") == mine(1))
      try await repository.git("stash", "drop", "-q")
      #expect(try await engine.read { try $0.stashes() } == [])
    }
  }

  @Test func savingUnderAReferenceTouchesNothingElse() async throws {
    try await withTestRepository { repository in
      try repository.write("src/a.txt", mine(3))
      try await repository.git("add", "src/a.txt")
      try repository.write("src/a.txt", mine(18))
      try repository.write("new.txt", "new\n")
      let before = try await StashView(repository)
      let index = try readFile(repository.root.appending(".git/index"))
      let engine = try repository.engine()
      let name = ReferenceName("refs/agents/one/saved")
      let outcome = try await engine.transaction { git in
        var options = StashOptions()
        options.includesUntracked = true
        return try git.saveWorkingState(
          under: name, options, signature: TestRepository.signature)
      }
      guard case .saved(let entry) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(try readFile(repository.root.appending(".git/index")) == index)
      #expect(try await StashView(repository) == before)
      #expect(try await repository.id(name.text) == entry.id)
      #expect(try await repository.git("stash", "list") == "")

      try await repository.git("reset", "-q", "--hard")
      try await repository.git("clean", "-q", "-fd")
      let applied = try await engine.transaction {
        try $0.applyStash(entry.id, reinstatesIndex: true)
      }
      #expect(applied == .applied)
      #expect(try await StashView(repository) == before)
    }
  }

  @Test func pathsLimitWhatIsTakenAsInGit() async throws {
    try await withTestRepository { repository in
      try repository.write("src/a.txt", mine(3))
      try repository.write("src/b.txt", "b\n")
      try await repository.git("add", "src/b.txt")
      try repository.write("src/deep/c.txt", "c\n")
      try repository.write("src/deep/new.txt", "new\n")
      try repository.write("other.txt", "other\n")
      try await Oracle.run("cp", ["-a", "repo", "twin"], in: repository.sandbox)
      let twin = TestRepository(
        root: repository.sandbox.appending("twin"), sandbox: repository.sandbox)
      try await twin.git("stash", "push", "-q", "-u", "--", "src/a.txt", "src/deep")
      let entry = try await push(repository) {
        $0.includesUntracked = true
        $0.paths = ["src/a.txt", "src/deep"]
      }
      #expect(try await twin.id("stash") == entry.id)
      #expect(try await StashView(repository) == StashView(twin))
    }
  }

  @Test func directoryThatWouldBeDeletedUnsavedIsRefused() async throws {
    try await withTestRepository { repository in
      try await Oracle.run("rm", ["README.md"], in: repository.root)
      try repository.write("README.md/notes", "only here\n")
      let outcome = try await repository.engine().transaction {
        try $0.pushStash(signature: TestRepository.signature)
      }
      #expect(
        outcome == .refused([CheckoutObstacle(path: "README.md", reason: .directoryInTheWay)]))
      #expect(repository.read("README.md/notes") == "only here\n")
      #expect(try await repository.git("stash", "list") == "")
    }
  }

  @Test("what a sparse checkout by patterns leaves out is not put aside as deleted")
  func sparsePatterns() async throws {
    try await withTestRepository { repository in
      try await repository.git("sparse-checkout", "set", "--no-cone", "/src/")
      #expect(!repository.exists("README.md"))
      try repository.write("src/a.txt", mine(3))
      let theirs = try await repository.git("stash", "create")
      let outcome = try await repository.engine().transaction {
        try $0.pushStash(signature: TestRepository.signature)
      }
      guard case .saved(let entry) = outcome else { return #expect(Bool(false), "\(outcome)") }
      #expect(
        try await repository.git("rev-parse", "\(entry.id)^{tree}")
          == repository.git("rev-parse", "\(theirs)^{tree}"))
      let popped = try await repository.engine().transaction { try $0.popStash(entry.id) }
      #expect(popped == .applied)
      #expect(repository.read("src/a.txt") == mine(3))
    }
  }

  @Test("a file that took the place of a directory comes back alone")
  func fileInThePlaceOfADirectory() async throws {
    try await withTestRepository { repository in
      try await Oracle.run("rm", ["-r", "src"], in: repository.root)
      try repository.write("src", "a file\n")
      try await repository.git("add", "--all")
      let outcome = try await repository.engine().transaction {
        try $0.pushStash(signature: TestRepository.signature)
      }
      guard case .saved(let entry) = outcome else { return #expect(Bool(false), "\(outcome)") }
      let popped = try await repository.engine().transaction { try $0.popStash(entry.id) }
      #expect(popped == .applied)
      #expect(try await repository.git("ls-files") == "README.md\nsrc")
    }
  }

  @Test func lockedIndexLeavesNoEntry() async throws {
    try await withTestRepository { repository in
      try repository.write("src/a.txt", mine(3))
      try repository.write(".git/index.lock", "")
      let outcome = try await repository.engine().transaction {
        try $0.pushStash(signature: TestRepository.signature)
      }
      #expect(outcome == .refused([CheckoutObstacle(reason: .indexLocked)]))
      try await Oracle.run("rm", [".git/index.lock"], in: repository.root)
      #expect(try await repository.git("status", "--porcelain") == " M src/a.txt")
      #expect(try await repository.git("stash", "list") == "")
    }
  }

  @Test func conflictInTheIndexAloneChangesNothing() async throws {
    try await withTestRepository { repository in
      try repository.write("src/a.txt", mine(3))
      try await repository.git("add", "src/a.txt")
      try repository.write("src/a.txt", numberedLines("a"))
      let entry = try await push(repository)
      try repository.write("src/a.txt", mine(3, "theirs"))
      try await repository.commitAll("in between")
      let outcome = try await repository.engine().transaction {
        try $0.popStash(entry.id, reinstatesIndex: true)
      }
      guard case .indexConflicts(let conflicts) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(conflicts.map(\.path) == ["src/a.txt"])
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(try await repository.id("stash") == entry.id)
    }
  }

  @Test func conflictOfKindsChangesNothing() async throws {
    try await withTestRepository { repository in
      try await Oracle.run("ln", ["-sf", "b.txt", "src/a.txt"], in: repository.root)
      let entry = try await push(repository)
      try repository.write("src/a.txt", mine(3, "theirs"))
      try await repository.commitAll("in between")
      let outcome = try await repository.engine().transaction { try $0.popStash(entry.id) }
      guard case .unmergeable(let conflicts) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(conflicts.map(\.path) == ["src/a.txt", "src/a.txt~Updated upstream"])
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(try await repository.id("stash") == entry.id)
    }
  }

  @Test func linkedWorktreesShareTheStash() async throws {
    try await withTestRepository { repository in
      try await repository.git("worktree", "add", "-q", "-b", "side", "../linked")
      let linked = repository.sandbox.appending("linked")
      try writeFile(linked.appending("README.md"), "linked\n")
      let outcome = try await repository.engine().transaction(at: linked) {
        try $0.pushStash(signature: TestRepository.signature)
      }
      guard case .saved(let entry) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(entry.message.hasPrefix("WIP on side: "))
      #expect(try await repository.git("status", "--porcelain", at: linked) == "")
      let popped = try await repository.engine().transaction { try $0.popStash(entry.id) }
      #expect(popped == .applied)
      #expect(repository.read("README.md") == "linked\n")
    }
  }
}
