import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// How many digits of an id are shown, compared with what git shows.
@Suite struct ObjectAbbreviationTests {
  /// Adds blobs, in a pack.
  private func addBlobs(_ numbers: Range<Int>, to repository: TestRepository) async throws {
    let blobs = numbers.map { number in
      let text = "blob number \(number)"
      return "blob\ndata \(text.utf8.count)\n\(text)\n"
    }
    let file = repository.sandbox.appending("blobs")
    try writeFile(file, Array(blobs.joined().utf8))
    try await Oracle.run(
      "sh", ["-c", "git fast-import --quiet < '\(file.string)'"], in: repository.root)
  }

  private func expectGits(_ repository: TestRepository, _ comment: Comment) async throws {
    let head = try await repository.id("HEAD")
    let expected = try await repository.git("rev-parse", "--short", "HEAD")
    let found = try await repository.engine().read { try $0.abbreviation(of: head) }
    #expect(found == expected, comment)
  }

  @Test func thereAreAsManyDigitsAsInGit() async throws {
    try await withTestRepository { repository in
      try await expectGits(repository, "loose objects")
      // More than git takes 7 digits for.
      try await addBlobs(0..<12_000, to: repository)
      try await expectGits(repository, "a pack")
      try await addBlobs(12_000..<18_000, to: repository)
      try await expectGits(repository, "two packs")
      #expect(try await repository.git("rev-parse", "--short", "HEAD").count == 8)
      try await repository.git("multi-pack-index", "write")
      try await expectGits(repository, "an index over both packs")
      try await addBlobs(18_000..<70_000, to: repository)
      try await expectGits(repository, "an index over two of three packs")
      #expect(try await repository.git("rev-parse", "--short", "HEAD").count == 9)
      try await repository.git("clone", "--quiet", "--shared", ".", "../clone")
      try await expectGits(
        TestRepository(root: repository.sandbox.appending("clone"), sandbox: repository.sandbox),
        "objects that are borrowed")
    }
  }

  @Test(arguments: ["auto", "4", "12", "40", "no", "false"])
  func theConfigurationSaysHowMany(_ value: String) async throws {
    try await withTestRepository { repository in
      try await repository.git("config", "core.abbrev", value)
      try await expectGits(repository, "core.abbrev=\(value)")
    }
  }

  @Test func digitsAreEnoughToTellObjectsApart() async throws {
    try await withTestRepository { repository in
      try await repository.git("config", "core.abbrev", "4")
      try await addBlobs(0..<5000, to: repository)
      // Some of so many begin like this one.
      let ids = try await repository.git(
        "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
      for id in ids.split(separator: "\n").prefix(40) {
        let expected = try await repository.git("rev-parse", "--short", String(id))
        let object = try #require(ObjectID(hex: id))
        let found = try await repository.engine().read { try $0.abbreviation(of: object) }
        #expect(found == expected)
      }
    }
  }
}
