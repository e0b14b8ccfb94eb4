import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// The index that a switch writes: git, and the next status, take what it says for true.
@Suite struct SwitchedIndexTests {
  private static let me = TestRepository.signature

  @Test func theIndexKnowsAllItsTreesAfterASwitch() async throws {
    try await withTestRepository { repository in
      let target = try await repository.commit(
        on: "main", ["src/a.txt": "changed\n", "new/file.txt": "new\n", "src/deep/c.txt": nil])
      // Trees of which an index of git's remembers nothing.
      try await repository.git("rm", "-q", "--cached", "-r", ".")
      try await repository.git("reset", "-q", "--mixed")
      for commit in [target, try await repository.id("main"), target] {
        _ = try await repository.engine().transaction {
          try $0.switchCheckout(to: .detached(commit), signature: Self.me)
        }
        let index = try IndexFile(reading: repository.root.pushing(".git/index"))
        let trees = try #require(index.cachedTrees)
        #expect(trees.nodes.allSatisfy { $0.entryCount != nil })
        #expect(trees.nodes[0].id == (try await repository.id("HEAD^{tree}")))
        #expect(trees.nodes[0].entryCount == index.entries.count)
        #expect(try await repository.falseCachedTrees() == "")
      }
    }
  }

  @Test func whatIsInNoTreeIsNotRemembered() async throws {
    try await withTestRepository { repository in
      let target = try await repository.commit(on: "main", ["new/file.txt": "new\n"])
      // Staged, but in no commit; and only intended to be added.
      try repository.write("src/staged.txt", "staged\n")
      try await repository.git("add", "src/staged.txt")
      try repository.write("docs/intended.txt", "intended\n")
      try await repository.git("add", "--intent-to-add", "docs/intended.txt")
      _ = try await repository.engine().transaction {
        try $0.switchCheckout(to: .detached(target), signature: Self.me)
      }
      #expect(try await repository.falseCachedTrees() == "")
      #expect(
        try await repository.git("status", "--porcelain")
          == " A docs/intended.txt\nA  src/staged.txt")
      let index = try IndexFile(reading: repository.root.pushing(".git/index"))
      let trees = try #require(index.cachedTrees)
      for (name, isKnown) in [("new", true), ("src", false), ("docs", false)] {
        let node = try #require(trees.child(name.utf8, of: 0))
        #expect((trees.nodes[node].entryCount != nil) == isKnown, "\(name)")
      }
      #expect(trees.nodes[0].entryCount == nil)
    }
  }

  /// The file's time may be that of the index, to the tick.
  @Test(arguments: [1, 5, 80]) func anEditRightAfterASwitchIsSeen(_ count: Int) async throws {
    try await withTestRepository { repository in
      @Sendable func files(_ text: String) -> [RepositoryPath: String?] {
        Dictionary(
          uniqueKeysWithValues: (0..<count).map { (RepositoryPath("many/\($0).txt"), text) })
      }
      let one = try await repository.commit(on: "main", files("one\n"))
      let two = try await repository.commit(on: "main", files("two\n"))
      let root = repository.root
      for number in 0..<20 {
        let (target, text) = number % 2 == 0 ? (one, "one\n") : (two, "two\n")
        let seen = try await repository.engine().transaction { git in
          let outcome = try git.reset(to: target, .losingUncommittedWork, signature: Self.me)
          guard case .switched = outcome else { return [RepositoryPath]() }
          for path in files(text).keys {
            // In place: the same file, with as many bytes.
            let file = try FileDescriptor.open(path.absolute(in: root), .writeOnly)
            try file.closeAfter { _ = try file.writeAll("xyz\n".utf8) }
          }
          return try git.status().map(\.path)
        }
        #expect(Set(seen) == Set(files(text).keys))
        let listed = try await repository.git("diff-files", "--name-only")
        #expect(listed.split(separator: "\n").count == count)
      }
    }
  }
}
