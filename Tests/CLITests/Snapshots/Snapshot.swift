import Foundation
import SystemPackage
import TestSupport
import Testing

/// What the program says, word for word, in the files of `Tests/Snapshots`.
///
/// `LL_RECORD=1` writes them anew; what changed is then seen in the difference.
struct Snapshot {
  private var sections: [(name: String, text: String)] = []

  /// Adds what was said under a name, with what is another one each time replaced.
  mutating func add(_ name: String, _ text: String, in sandbox: FilePath? = nil) {
    var text = text
    if let sandbox { text = text.replacing(sandbox.string, with: "/sandbox") }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { Self.normalized(String($0)) }
    let end = lines.lastIndex { !$0.isEmpty } ?? -1
    sections.append((name, lines[...end].joined(separator: "\n")))
  }

  /// Compares all of it with a file.
  func check(_ name: String) throws {
    let file = DocumentationTests.root.pushing("Tests/Snapshots").appending("\(name).txt")
    let text = sections.map { "## \($0.name)\n\n\($0.text)\n" }.joined(separator: "\n")
    if ProcessInfo.processInfo.environment["LL_RECORD"] != nil {
      return try writeFile(file, text)
    }
    let known = Self.sections(of: String(decoding: try readFile(file), as: UTF8.self))
    for (name, text) in sections { #expect(text == known[name], "\(name)") }
    #expect(known.count == sections.count)
  }

  private static func sections(of text: String) -> [String: String] {
    var found: [String: String] = [:]
    for part in "\n\(text)".split(separator: "\n## ") {
      let parts = part.split(separator: "\n\n", maxSplits: 1)
      found[String(parts[0])] = parts.count == 2 ? parts[1].trimmingCharacters(in: .newlines) : ""
    }
    return found
  }

  private static func normalized(_ line: String) -> String {
    line.replacing(/\b[0-9a-f]{40}\b/, with: "OID")
      .replacing(/\b\d{8}-\d{6}(-[0-9a-f]{1,4})?\b/, with: "RUN")
      // The columns of a summary are as wide as the times in them.
      .replacing(/[ ]+(\d+ min )?\d+(\.\d+)? s\b[ ]*/, with: " SECONDS ")
      .replacing(/\b[0-9a-f]{7}\b/, with: "OID")
      .replacing(/libgit2 [0-9.]+/, with: "libgit2 X")
      .replacing(/\s+$/, with: "")
  }
}
