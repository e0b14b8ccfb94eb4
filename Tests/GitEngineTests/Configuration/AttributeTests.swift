import GitEngine
import SystemPackage
import TestSupport
import Testing

@Suite struct AttributeTests {
  private static let paths: [RepositoryPath] = [
    "README.md", "src/a.txt", "src/b.txt", "src/deep/c.txt", "src/deep/x.bin", "nowhere/x.bin",
    RepositoryPath(bytes: Array("caf".utf8) + [0xE9]),
  ]

  /// Three versions of the same files: in a commit, in the index, in the working tree.
  private func withVersions(
    _ body: (TestRepository, _ commit: ObjectID) async throws -> Void
  ) async throws {
    try await withTestRepository { repository in
      try repository.write(
        ".gitattributes", "*.txt text eol=lf from=commit\n*.bin binary -diff\n[attr]mine a=1 -b\n")
      try repository.write("src/deep/.gitattributes", "*.txt mine level=commit\n")
      let commit = try await repository.commitAll("attributes")
      try repository.write(".gitattributes", "*.txt text from=index\ncaf* x=y\n")
      try await repository.git("rm", "-q", "-f", "src/deep/.gitattributes")
      try await repository.git("add", ".gitattributes")
      try repository.write(".gitattributes", "*.txt !text from=tree\n*.bin binary\n")
      try repository.write("src/.gitattributes", "a.txt -from other\n")
      try repository.write(".git/info/attributes", "b.txt info=1 -from\n")
      try await body(repository, commit)
    }
  }

  private func compare(
    _ repository: TestRepository, _ source: AttributeSource, _ arguments: [String],
    _ environment: [String: String] = [:]
  ) async throws {
    for path in Self.paths {
      let list = repository.sandbox.appending("paths")
      try writeFile(list, path.bytes + [0])
      let command = "git check-attr -z --all --stdin \(arguments.joined(separator: " ")) < ../paths"
      let output = try await Oracle.run(
        "sh", ["-c", command], in: repository.root, environment: environment)
      let words = output.bytes.split(separator: 0, omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
      }
      var expected: [String: AttributeValue] = [:]
      for position in stride(from: 0, to: words.count - 2, by: 3) {
        expected[words[position + 1]] =
          switch words[position + 2] {
          case "set": .set
          case "unset": .unset
          case let text: .text(text)
          }
      }
      let (found, one) = try await repository.engine().read { git in
        (try git.attributes(of: path, in: source), try git.attribute("from", of: path, in: source))
      }
      #expect(found == expected, "\(path) \(source)")
      #expect(one == expected["from"], "\(path) \(source)")
    }
  }

  @Test func attributesAreGits() async throws {
    try await withVersions { repository, commit in
      try await compare(repository, .workingTree, [])
      try await compare(repository, .index, ["--cached"])
      let index = ["GIT_INDEX_FILE": repository.sandbox.appending("index").string]
      try await Oracle.run(
        "git", ["read-tree", "\(commit)"], in: repository.root, environment: index)
      try await compare(repository, .commit(commit), ["--cached"], index)
    }
  }
}
