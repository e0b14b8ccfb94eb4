import GitEngine
import TestSupport
import Testing

/// What one side gained and a resolution reverted.
@Suite struct LostLinesTests {
  /// "path:number text" for each line, "path" for a whole file.
  private func lost(
    base: [RepositoryPath: String], side: [RepositoryPath: String],
    result: [RepositoryPath: String]
  ) async throws -> [String] {
    try await withTestRepository(empty: true) { repository in
      try await repository.engine().read { git in
        let trees = try [side, base, result].map { try Self.tree($0, git) }
        return try git.lostLines(of: trees[0], since: trees[1], in: trees[2]).flatMap { item in
          item.lines.isEmpty
            ? ["\(item.path)"] : item.lines.map { "\(item.path):\($0.number) \($0.text)" }
        }
      }
    }
  }

  private static func tree(
    _ files: [RepositoryPath: String], _ git: borrowing GitSession<Reading>
  ) throws -> ObjectID {
    let updates = try files.sorted { $0.key < $1.key }.map { path, text -> TreeUpdate in
      .set(path, TreeEntry(mode: .regular, id: try git.writeBlob(Array(text.utf8))))
    }
    return try git.tree(updating: nil, updates)
  }

  private let text = numberedLines("a")

  private func edited(_ replacement: String, line: Int = 3) -> String {
    text.replacing("a line \(line)\n", with: replacement)
  }

  @Test func nothingIsLostWhereTheSideIsKept() async throws {
    let side = edited("theirs\n")
    #expect(try await lost(base: ["a": text], side: ["a": side], result: ["a": side]) == [])
    let both = side.replacing("a line 9\n", with: "ours\n")
    #expect(try await lost(base: ["a": text], side: ["a": side], result: ["a": both]) == [])
  }

  @Test(arguments: ["ours\n", "a line 3\n", ""])
  func revertedLines(_ result: String) async throws {
    #expect(
      try await lost(
        base: ["a": text], side: ["a": edited("theirs\n")], result: ["a": edited(result)])
        == ["a:3 theirs"])
  }

  /// Lines that have the words of both sides revert nothing.
  @Test func combinedLines() async throws {
    #expect(
      try await lost(
        base: ["a": text], side: ["a": edited("a line 3, BUG-1\n")],
        result: ["a": edited("a line 3, BUG-1, BUG-2\n")]) == [])
    #expect(
      try await lost(
        base: ["a": text], side: ["a": edited("a line 3, BUG-1\n")],
        result: ["a": edited("a line 3, BUG-2\n")]) == ["a:3 a line 3, BUG-1"])
  }

  @Test func movedAndIndentedLines() async throws {
    let side = edited("a line 3\ncall(one)\n")
    let moved = text.replacing("a line 9\n", with: "a line 9\n    call(one)\n")
    #expect(try await lost(base: ["a": text], side: ["a": side], result: ["a": moved]) == [])
  }

  @Test func linesWithoutWords() async throws {
    let side = edited("a line 3\n\n}\n")
    #expect(try await lost(base: ["a": text], side: ["a": side], result: ["a": text]) == [])
  }

  @Test func wholeFiles() async throws {
    let base: [RepositoryPath: String] = ["a": text]
    #expect(try await lost(base: base, side: ["a": text, "b": "new\n"], result: base) == ["b"])
    #expect(try await lost(base: base, side: ["a": edited("x\n")], result: [:]) == ["a"])
    // What the side only had is not what it gained.
    #expect(try await lost(base: base, side: base, result: [:]) == [])
    #expect(
      try await lost(
        base: ["a": "\0one"], side: ["a": "\0two"], result: ["a": "\0three"]) == ["a"])
  }

  @Test func renamedFiles() async throws {
    // The side moved the file and edited it; our edit of another line is no loss.
    let moved = edited("theirs\n")
    let both = moved.replacing("a line 9\n", with: "ours\n")
    #expect(try await lost(base: ["a": text], side: ["b": moved], result: ["b": both]) == [])
    #expect(
      try await lost(
        base: ["a": text], side: ["b": moved],
        result: ["b": text.replacing("a line 9\n", with: "ours\n")]) == ["b:3 theirs"])
    // We moved it.
    #expect(try await lost(base: ["a": text], side: ["a": moved], result: ["c": both]) == [])
    #expect(
      try await lost(base: ["a": text], side: ["a": moved], result: ["c": text])
        == ["a:3 theirs"])
  }
}
