#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// The keyword of files with the attribute `ident`: `$Id$` in the object database, `$Id: <blob> $` in
/// the working tree.
///
/// libgit2 has such a filter as well, but its one replaces only the first keyword of a file.
enum IdentKeyword {
  /// The content with each keyword bare, or `nil` when none has to change.
  static func collapsed(_ content: [UInt8]) -> [UInt8]? {
    var result: [UInt8] = []
    var copied = 0
    for keyword in keywords(of: content) where !keyword.isBare {
      result += content[copied..<keyword.range.lowerBound] + bare
      copied = keyword.range.upperBound
    }
    return copied == 0 ? nil : result + content[copied...]
  }

  /// The content with the blob's id in each keyword, or `nil` when it has none.
  ///
  /// A keyword with other spaces than git's own is another version control system's: it stays.
  static func expanded(_ content: [UInt8], id: () throws(GitError) -> ObjectID) throws(GitError)
    -> [UInt8]?
  {
    var result: [UInt8] = []
    var copied = 0
    var text: [UInt8]?
    for keyword in keywords(of: content) where !keyword.isForeign(in: content) {
      if text == nil { text = Array("$Id: \(try id()) $".utf8) }
      result += content[copied..<keyword.range.lowerBound] + (text ?? [])
      copied = keyword.range.upperBound
    }
    return copied == 0 ? nil : result + content[copied...]
  }

  private static let bare = Array("$Id$".utf8)
  private static let dollar = UInt8(ascii: "$")

  private struct Keyword {
    /// Both dollar signs included.
    var range: Range<Int>
    var isBare: Bool { range.count == 4 }

    /// Whether there are spaces besides the one behind the colon and the one before the end.
    func isForeign(in content: [UInt8]) -> Bool {
      guard range.count > 5 else { return false }
      let value = content[(range.lowerBound + 5)..<(range.upperBound - 1)]
      return value.firstIndex(of: UInt8(ascii: " ")).map { $0 < range.upperBound - 2 } ?? false
    }
  }

  /// The keywords of some text, in order; one ends on the line that it begins on.
  private static func keywords(of content: [UInt8]) -> [Keyword] {
    var found: [Keyword] = []
    var place = 0
    while let start = index(of: dollar, in: content, from: place) {
      place = start + 1
      guard content[place...].starts(with: "Id".utf8), start + 3 < content.count else { continue }
      if content[start + 3] == dollar {
        place = start + 4
      } else if content[start + 3] == UInt8(ascii: ":"),
        let end = index(of: dollar, in: content, from: start + 4),
        !content[(start + 4)..<end].contains(UInt8(ascii: "\n"))
      {
        place = end + 1
      } else {
        continue
      }
      found.append(Keyword(range: start..<place))
    }
    return found
  }

  private static func index(of byte: UInt8, in content: [UInt8], from start: Int) -> Int? {
    guard start < content.count else { return nil }
    return content.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress,
        let found = memchr(base + start, Int32(byte), bytes.count - start)
      else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }
}
