#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// Whatever lies in a repository: files made by other programs, or broken ones.
///
/// `Scripts/fuzz` tries for longer.
@Suite struct FuzzTests {
  @Test func theIndex() async throws {
    let samples = try await withTestRepository { repository in
      var samples: [[UInt8]] = []
      for version in ["2", "3", "4"] {
        try await repository.git("update-index", "--index-version", version)
        try await repository.git("write-tree")
        if version != "2" {
          try repository.write("later", "x")
          try await repository.git("add", "--intent-to-add", "later")
        }
        samples.append(try readFile(repository.root.pushing(".git/index")))
      }
      return samples
    }
    Fuzz.run(
      "index", samples: samples, words: ["DIRC", "TREE", "REUC", "link", "sdir", "a", "/", "\0"]
    ) {
      // Through a flipped checksum nothing is noticed: the entries alone decide.
      guard let index = try? IndexFile(bytes: $0, stamp: Self.stamp) else { return }
      var last: RepositoryPath?
      for entry in index.entries {
        let path = index.path(entry)
        _ = (index.id(entry), index.rawMode(entry), index.recordedStat(entry), entry.stage)
        if last == path { _ = index.positions(of: path) }
        last = path
      }
      _ = (index.unmerged, index.positions(inside: "src"), index.entry("src/a.txt"))
      if let range = index.resolveUndo { _ = index.rawBytes(range).count }
      var trees = IndexTrees(index) { _ in .zero }
      _ = try? trees.find()
    }
  }

  /// What is read is written so that it reads as the same again.
  @Test func cachedTrees() throws {
    func node(_ name: String, _ line: String, hasID: Bool = true) -> [UInt8] {
      Array(name.utf8) + [0] + Array("\(line)\n".utf8)
        + (hasID ? Array(repeating: 7, count: 20) : [])
    }
    let samples = [
      node("", "3 2") + node("a", "1 0") + node("b", "2 1") + node("c", "1 0"),
      node("", "-1 1", hasID: false) + node("a", "1 0"),
    ]
    try Fuzz.run("cached-trees", samples: samples, words: ["0 1\n", "-1 1\n", "a\0", "\0-1 1\n"]) {
      bytes in
      guard var trees = bytes.withUnsafeBytes({ CachedTrees($0) }) else { return }
      let encoded = trees.encoded
      let again = try #require(encoded.withUnsafeBytes { CachedTrees($0) })
      #expect(again.encoded == encoded)
      let child = trees.childToSet("b".utf8, of: 0)
      trees.set(child, .zero, entryCount: nil)
      #expect(trees.child("b".utf8, of: 0) == child)
    }
  }

  @Test func treesAreReadOrRefused() throws {
    let id = Array(repeating: UInt8(9), count: 20)
    let sample =
      Array("100644 a\0".utf8) + id + Array("40000 dir\0".utf8) + id + Array("120000 l\0".utf8) + id
    Fuzz.run("tree", samples: [sample], words: ["100755 ", "160000 ", "\0", "..", ".git", "/"]) {
      _ = try? RawTree($0, id: .zero)
    }
  }

  @Test func ignoreAndAttributeFiles() throws {
    let ignore = Array("# c\n*.o\n!keep.o\n/build/\na/**/b\n[!a-z]*\\ \n\\#x\n".utf8)
    Fuzz.run(
      "ignore", samples: [ignore], words: ["**", "/", "!", "[", "]", "\\", "[[:alpha:]]", "*", "?"]
    ) {
      let rules = IgnoreRules(root: $0, local: [], user: [], ignoresCase: false)
      for path in ["a/x/b", "build", "keep.o", "a b\\"] as [RepositoryPath] {
        _ = path.bytes.withUnsafeBufferPointer { rules.isIgnored($0, isDirectory: true) }
      }
    }
    let attributes = Array("*.c text -diff !eol merge=union\n[attr]bin -text\n\"q\\\"\" bin\n".utf8)
    Fuzz.run(
      "attributes", samples: [attributes],
      words: ["[attr]", "\"", "\\", "=", "-", "!", "text", "eol=crlf", "merge="]
    ) {
      _ = AttributeLine.parse($0, allowsMacros: true)
    }
  }

  @Test func messages() {
    let sample = Array(
      "Subject\n\nBody\n---\nx\n\nSigned-off-by: A <a@b>\nIssue: BUG-1\n  more\n".utf8)
    Fuzz.run(
      "message", samples: [sample],
      words: ["---\n", "# ", ": ", "\n\n", "Issue: ", "(cherry picked from commit "]
    ) {
      let message = CommitMessage(bytes: $0)
      _ = (message.subject, message.trailers, message.cleaned(.strip), message.cleaned(.scissors))
      let longer = message.adding(Trailer("Issue", "X"))
      // A trailer that was added is found again.
      #expect(longer.trailers.contains { $0.value == "X" })
    }
  }

  private static let stamp: FileStamp = {
    var status = stat()
    _ = lstat("/", &status)
    return FileStamp(status)
  }()
}
