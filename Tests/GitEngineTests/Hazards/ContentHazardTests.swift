import CLibGit2
import GitEngine
import SystemPackage
import TestSupport
import Testing

/// What goes wrong with what libgit2 reads, filters, merges and stores.
@Suite("Hazards of contents")
struct ContentHazardTests {
  static let me = TestRepository.signature

  @Test("3: files outside of a sparse checkout look deleted, and are committed so; not by ours")
  func sparse() async throws {
    try await withTestRepository { repository in
      try await repository.git("sparse-checkout", "set", "--cone", "src")
      try repository.write("docs/page.txt", "page\n")
      try await repository.git("sparse-checkout", "set", "--cone", "docs")
      let full = try await repository.git("rev-parse", "HEAD^{tree}")
      let engine = try repository.engine()
      #expect(try await engine.read { try $0.status() }.map(\.path) == ["docs/page.txt"])
      let commit = try await engine.transaction {
        try $0.commit(
          paths: ["docs/page.txt"], message: "a page\n", author: Self.me, committer: Self.me)
      }
      let changes = try await repository.git(
        "diff", "--name-status", full, try #require(commit).description)
      #expect(changes == "A\tdocs/page.txt")

      let stock = try Stock(repository.root)
      #expect(stock.status()["src/a.txt"] == GIT_STATUS_WT_DELETED.rawValue)
      let tree = try stock.stageAll()
      #expect(
        try await repository.git("diff", "--name-status", full, "\(tree)").contains("D\tsrc/a.txt"))
    }
  }

  @Test("4: filters are left out: pointers in the checkout, raw files in commits; not by ours")
  func filters() async throws {
    try await withTestRepository { repository in
      try await repository.git("config", "filter.case.clean", "tr a-z A-Z")
      try await repository.git("config", "filter.case.smudge", "tr A-Z a-z")
      try repository.write(".gitattributes", "*.low filter=case\n")
      try repository.write("word.low", "word\n")
      try await repository.commitAll("filtered")
      #expect(try await repository.git("show", "HEAD:word.low") == "WORD")
      let engine = try repository.engine()
      let head = try await repository.id("HEAD")
      let worktree = try await engine.addWorktree(
        at: repository.sandbox.appending("ours"), newBranch: .branch("ours"), startingAt: head,
        signature: Self.me)
      #expect(try readFile(worktree.path.appending("word.low")) == Array("word\n".utf8))
      #expect(try await repository.git("status", "--porcelain", at: worktree.path) == "")
      try writeFile(worktree.path.appending("word.low"), "other\n")
      let commit = try await engine.transaction(at: worktree.path) {
        try $0.commit(paths: ["word.low"], message: "other\n", author: Self.me, committer: Self.me)
      }
      #expect(
        try await repository.git("show", "\(try #require(commit)):word.low") == "OTHER")
    }
  }

  @Test("5: merge drivers are ignored; not by ours")
  func mergeDrivers() async throws {
    try await withTestRepository { repository in
      try await repository.git("config", "merge.mine.driver", "true")
      try repository.write(".gitattributes", "*.lock merge=mine\n")
      try repository.write("the.lock", "base\n")
      try await repository.commitAll("base")
      let ours = try await repository.commit(on: "main", ["the.lock": "ours\n"])
      let theirs = try await repository.commit(on: "main", ["the.lock": "theirs\n"])
      #expect(try Stock(repository.root).conflicts(ours, theirs) == 1)
      let outcome = try await repository.engine().read { try $0.merge(theirs, into: ours) }
      guard case .clean(let tree) = outcome else { throw OracleError(description: "\(outcome)") }
      #expect(try await repository.git("show", "\(tree):the.lock") == "ours")
    }
  }

  @Test("5: from a thousand renames on, none is followed; ours follows them as git does")
  func manyRenames() async throws {
    try await withTestRepository(empty: true) { repository in
      let count = 1100
      func text(_ number: Int) -> String {
        (0..<20).map { "file \(number) line \($0)\n" }.joined()
      }
      for number in 0..<count {
        try repository.write(RepositoryPath(bytes: Array("old/\(number).txt".utf8)), text(number))
      }
      try await repository.commitAll("base")
      let edits = Dictionary(
        uniqueKeysWithValues: (0..<100).map {
          (RepositoryPath(bytes: Array("old/\($0).txt".utf8)), Optional(text($0) + "more\n"))
        })
      let theirs = try await repository.commit(on: "main", edits)
      try await repository.git("mv", "old", "new")
      // Every file is changed a little, so that no rename is exact.
      try await Oracle.run(
        "sh", ["-c", "for f in new/*; do sed -i '1s/^/changed /' $f; done"], in: repository.root)
      let ours = try await repository.commitAll("renamed")
      #expect(try Stock(repository.root).conflicts(ours, theirs) == 100)
      let outcome = try await repository.engine().read { try $0.merge(theirs, into: ours) }
      let expected = try await repository.git(
        "merge-tree", "--write-tree", ours.description, theirs.description)
      #expect(outcome == .clean(tree: try #require(ObjectID(hex: expected))))
    }
  }

  @Test("9: a file that is marked to be added looks staged; not to ours")
  func intentToAdd() async throws {
    try await withTestRepository { repository in
      try repository.write("new.txt", "new\n")
      try await repository.git("add", "--intent-to-add", "new.txt")
      #expect(try await repository.git("status", "--porcelain") == " A new.txt")
      let engine = try repository.engine()
      let flags = try Stock(repository.root).status()["new.txt"] ?? 0
      #expect(flags & GIT_STATUS_INDEX_NEW.rawValue != 0)
      let entry = try await engine.read { try $0.status() }.first
      #expect(entry?.staged == nil)
      #expect(entry?.unstaged == .added)
    }
  }
}
