import GitEngine
import SystemPackage
import Testing

@Suite struct ValueTests {
  @Test func objectIDs() throws {
    let text = "0123456789abcdef0123456789ABCDEF01234567"
    let id = try #require(ObjectID(hex: text))
    #expect(id.description == text.lowercased())
    #expect(id.short == "0123456")
    #expect(ObjectID(hex: text.lowercased()) == id)
    #expect(Set([id, id, .zero]).count == 2)
    #expect(ObjectID.zero.description == String(repeating: "0", count: 40))
    let wrong = [
      "", "0123", text + "0", String(text.dropLast()), String(repeating: "g", count: 40),
      String(repeating: "é", count: 20), "\0" + text.dropFirst(), " " + text.dropFirst(),
    ]
    for text in wrong { #expect(ObjectID(hex: text) == nil, "\(text.debugDescription)") }
  }

  /// Ids that differ in one byte only are different, whichever byte it is.
  @Test(arguments: 0..<20) func everyByteOfAnIDCounts(_ position: Int) throws {
    let digits = (0..<20).map { $0 == position ? "01" : "00" }.joined()
    let id = try #require(ObjectID(hex: digits))
    #expect(id != .zero && id.description == digits)
  }

  @Test func repositoryPaths() {
    let path: RepositoryPath = "src/deep/file.txt"
    #expect(path.parent == "src/deep" && path.parent?.parent == "src")
    #expect(path.parent?.parent?.parent == nil)
    #expect(path.lastComponent.elementsEqual("file.txt".utf8))
    #expect(RepositoryPath("src").appending("x".utf8) == "src/x")
    #expect(RepositoryPath("").appending("x".utf8) == "x")
    #expect(path.isInside("src") && path.isInside("src/deep") && path.isInside(path))
    #expect(path.isInside("") && !path.isInside("sr") && !RepositoryPath("src").isInside(path))
    #expect(path.absolute(in: "/root") == "/root/src/deep/file.txt")
    #expect(path.absolute(in: "/") == "/src/deep/file.txt")
  }

  @Test func repositoryPathsAreBytes() {
    let raw = RepositoryPath(bytes: [0x63, 0xE9])
    #expect(raw.description == "c\u{FFFD}")
    raw.absolute(in: "/r").withPlatformString { text in
      #expect(UInt8(bitPattern: text[3]) == 0x63 && UInt8(bitPattern: text[4]) == 0xE9)
      #expect(text[5] == 0)
    }
    // Composed and decomposed forms are two names to git.
    #expect(RepositoryPath("\u{E9}") != RepositoryPath("e\u{301}"))
    // Git's order is that of unsigned bytes.
    let sorted: [RepositoryPath] = ["Z", "a", "a-b", "a/b", "a0", RepositoryPath(bytes: [0xFF])]
    #expect(sorted.reversed().sorted() == sorted)
  }

  @Test func referenceNames() {
    let name = ReferenceName.branch("topic/x")
    #expect(name.text == "refs/heads/topic/x" && name.branchName == "topic/x")
    #expect(name.shortName == "topic/x" && "\(name)" == "refs/heads/topic/x")
    let saved = ReferenceName("refs/saved").appending("1")
    #expect(saved.text == "refs/saved/1" && saved.branchName == nil)
    #expect(saved.shortName == "refs/saved/1")
  }

  @Test func errorsReadAsSentences() {
    let error = GitError(.locked, operation: "update the reference 'x'", message: "it is locked")
    #expect("\(error)" == "cannot update the reference 'x': it is locked")
    #expect(GitError.Code(rawValue: -14) == .locked)
  }
}
