import Testing

@testable import GitEngine

@Suite struct SparseConeTests {
  private func cone(_ lines: String...) throws -> SparseCone {
    try #require(SparseCone(Array(lines.map { $0 + "\n" }.joined().utf8)))
  }

  @Test func theRootsFilesAlone() throws {
    let cone = try cone("/*", "!/*/")
    #expect(cone.contains("a"))
    #expect(!cone.contains("dir/a"))
  }

  @Test func wholeDirectoriesAndTheFilesAboveThem() throws {
    let cone = try cone("/*", "!/*/", "/a/", "!/a/*/", "/a/b/")
    for path: RepositoryPath in ["x", "a/x", "a/b/x", "a/b/c/d/x"] { #expect(cone.contains(path)) }
    for path: RepositoryPath in ["b/x", "a/c/x", "a/bc/x", "ab/x"] { #expect(!cone.contains(path)) }
  }

  @Test func anythingWithoutRulesForTheRoot() throws {
    #expect(try cone("/*").contains("deep/in/it"))
  }

  @Test func backslashesMakeNamesPlain() throws {
    #expect(try cone("/*", "!/*/", "/a\\*b/").contains("a*b/x"))
  }

  @Test(arguments: ["*.txt", "/a", "a/", "/a*/", "!/a/*/", "!/*/", "/a/b", "!a"])
  func otherPatternsAreNoCone(_ line: String) {
    #expect(SparseCone(Array((line + "\n").utf8)) == nil)
  }
}
