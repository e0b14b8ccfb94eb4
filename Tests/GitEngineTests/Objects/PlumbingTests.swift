import GitEngine
import SystemPackage
import TestSupport
import Testing

@Suite struct PlumbingTests {
  @Test(arguments: 0..<24) func lineCountsAreGits(_ seed: Int) async throws {
    try await withTestRepository(empty: true) { repository in
      let stream = repository.sandbox.appending("stream")
      try writeFile(stream, RandomHistory.make(seed: seed, .renames))
      try await Oracle.run(
        "sh", ["-c", "git fast-import --quiet < ../stream"], in: repository.root)
      let (one, other) = ("s\(seed)/ours", "s\(seed)/theirs")
      let trees = (
        try await repository.id("\(one)^{tree}"), try await repository.id("\(other)^{tree}")
      )
      let counts = try await repository.engine().read { git in
        try git.lineCounts(from: trees.0, to: trees.1).map { count in
          "\(count.added.map(String.init) ?? "-")\t\(count.deleted.map(String.init) ?? "-")\t"
            + "\(count.path)\0"
        }.joined()
      }
      let expected = try await repository.git(
        "diff", "--no-renames", "--numstat", "-z", one, other)
      #expect(counts == expected, "seed \(seed)")
    }
  }

  @Test func everyLineOfACommitsHeadIsThere() async throws {
    try await withTestRepository { repository in
      let tree = try await repository.id("HEAD^{tree}")
      let raw = """
        tree \(tree)
        author A <a@example.com> 1700000000 +0100
        committer C <c@example.com> 1700000001 -0330
        encoding ISO-8859-1
        gpgsig -----BEGIN-----
         one
         two
         -----END-----
        odd value

        caf\u{1}
        """
      let file = repository.sandbox.appending("commit")
      try writeFile(file, Array(raw.utf8).map { $0 == 1 ? 0xE9 : $0 })
      let id = try #require(
        ObjectID(
          hex: try await repository.git("hash-object", "-t", "commit", "-w", file.string)))
      let (headers, message, commit) = try await repository.engine().read { git in
        (try git.headers(of: id), try git.rawMessage(of: id), try git.commit(id))
      }
      #expect(
        headers.map(\.name) == ["tree", "author", "committer", "encoding", "gpgsig", "odd"])
      #expect(headers[4].text == "-----BEGIN-----\none\ntwo\n-----END-----")
      #expect(headers[3].text == "ISO-8859-1")
      #expect(message == Array("caf".utf8) + [0xE9])
      #expect(
        commit.committer
          == Signature(
            name: "C", email: "c@example.com", seconds: 1_700_000_001, offset: -210))
    }
  }

  @Test func objectsTellTheirKindAndSize() async throws {
    try await withTestRepository { repository in
      try await repository.git("tag", "-a", "-m", "x", "v1")
      for (name, kind) in [
        ("HEAD", ObjectInformation.Kind.commit), ("HEAD^{tree}", .tree), ("HEAD:README.md", .blob),
        ("v1", .tag),
      ] {
        let id = try await repository.id(name)
        let found = try await repository.engine().read { try $0.objectInformation(id) }
        #expect(found?.kind == kind)
        let size = try await repository.git("cat-file", "-s", name)
        #expect(found.map { "\($0.size)" } == size)
      }
      #expect(try await repository.engine().read { try $0.objectInformation(.zero) } == nil)
    }
  }
}
