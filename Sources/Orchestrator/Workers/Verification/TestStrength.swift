/// How much a test file tests, as far as its text shows it in any of the usual languages.
///
/// No parser: it counts what tests of most languages look like. It is used to compare two versions of
/// one file, so what it overlooks, it overlooks in both.
struct TestStrength: Hashable {
  /// The names of the tests.
  private(set) var tests: Set<String> = []
  /// How many things are asserted.
  private(set) var assertions = 0
  /// How many marks say that a test is not run.
  private(set) var skips = 0

  private static let functionWords: Set<Substring> = [
    "def", "func", "fun", "fn", "function", "void", "sub",
  ]
  private static let testMarks = [
    "@Test", "#[test]", "#[tokio::test]", "[Test]", "[TestMethod]", "[Fact]", "[Theory]",
    "@ParameterizedTest",
  ]
  private static let assertionWords = [
    "assert", "xctassert", "xctfail", "xctunwrap", "expect", "should", "raises", "tothrow",
  ]
  private static let skipMarks = [
    "mark.skip", "mark.xfail", "pytest.skip(", "unittest.skip", "@skip", "skipTest(", "XCTSkip",
    "@Disabled", "@Ignore", "#[ignore", ".disabled(", "it.skip(", "test.skip(", "describe.skip(",
    "xit(", "xdescribe(", "xtest(", "t.Skip(", "t.SkipNow(",
  ]
  private static let comments = ["//", "/*", "* ", "# ", "--", "\"\"\""]

  /// Reads a whole file.
  init(_ text: [UInt8]) {
    // The mark of a test may stand on a line of its own, above the function.
    var isMarked = false
    for line in String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let line = line.drop(while: \.isWhitespace)
      if line.isEmpty || Self.comments.contains(where: line.hasPrefix) { continue }
      skips += Self.skipMarks.reduce(0) { $0 + Self.count($1, in: line) }
      isMarked = isMarked || Self.testMarks.contains { line.contains($0) }
      isMarked = takeWords(of: line, isMarked: isMarked)
    }
  }

  /// Takes the words of a line; returns whether a mark still waits for its function.
  private mutating func takeWords(of line: Substring, isMarked: Bool) -> Bool {
    var isMarked = isMarked
    var isName = false
    for word in line.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" }) {
      let lowercased = word.lowercased()
      if isName, isMarked || lowercased.hasPrefix("test") {
        tests.insert(String(word))
        isMarked = false
      } else if Self.assertionWords.contains(where: lowercased.hasPrefix)
        || (word == "require" && line.contains("#require"))
      {
        assertions += 1
      }
      isName = Self.functionWords.contains(word)
    }
    // it("does something", …): the text is the name.
    for call in ["it(", "test(", "specify("] where line.hasPrefix(call) {
      let name = line.dropFirst(call.count)
      if let quote = name.first, "\"'`".contains(quote) {
        tests.insert(String(name.dropFirst().prefix { $0 != quote }))
      }
    }
    return isMarked
  }

  private static func count(_ mark: String, in line: Substring) -> Int {
    line.ranges(of: mark).count
  }
}
