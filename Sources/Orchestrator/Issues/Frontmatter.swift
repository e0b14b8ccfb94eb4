internal import Yams

/// Where the frontmatter of a Markdown file stands in its bytes.
///
/// Frontmatter is what stands between a first line `---` and the next line `---`.
struct Frontmatter: Hashable, Sendable {
  /// The lines between the two markers.
  let content: Range<Int>
  /// The start of the text behind the second marker.
  let bodyStart: Int

  /// Finds it; `nil` when the file has no first or no second marker.
  init?(in bytes: [UInt8]) {
    let lines = ByteLines(bytes, from: bytes.starts(with: Self.byteOrderMark) ? 3 : 0)
    var iterator = lines.makeIterator()
    guard let first = iterator.next(), Self.isMarker(bytes[first]) else { return nil }
    while let line = iterator.next() {
      guard Self.isMarker(bytes[line]) else { continue }
      content = first.upperBound..<line.lowerBound
      bodyStart = line.upperBound
      return
    }
    return nil
  }

  static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private static func isMarker(_ line: ArraySlice<UInt8>) -> Bool {
    line.starts(with: "---".utf8) && line.dropFirst(3).allSatisfy(\.isBlank)
  }

  /// Whether the file starts with a marker and a field, but has no second marker.
  ///
  /// A first line `---` with prose behind it is only a rule across the page.
  static func isUnterminated(in bytes: [UInt8]) -> Bool {
    let lines = ByteLines(bytes, from: bytes.starts(with: byteOrderMark) ? 3 : 0)
    var iterator = lines.makeIterator()
    guard let first = iterator.next(), isMarker(bytes[first]) else { return false }
    while let line = iterator.next(), !isMarker(bytes[line]) {
      if bytes[line].allSatisfy(\.isBlank) { continue }
      return Frontmatter(in: bytes) == nil && FieldLine(bytes, line) != nil
    }
    return false
  }
}

/// The fields of a frontmatter, as YAML reads them.
struct FrontmatterFields {
  /// The mapping; `nil` when the frontmatter is empty.
  let node: Node?

  /// The text of a field that holds one value; `nil` when it is missing or null.
  func text(_ key: String) -> String? {
    guard let scalar = node?.mapping?[Node(key)]?.scalar, !scalar.isNull else { return nil }
    return scalar.string
  }

  /// The texts of a field that holds a list, or one text with commas between its parts.
  func list(_ key: String) -> [String] {
    guard let value = node?.mapping?[Node(key)] else { return [] }
    let parts =
      if let sequence = value.sequence {
        sequence.compactMap { $0.scalar }.filter { !$0.isNull }.map(\.string)
      } else {
        text(key)?.split(separator: ",").map(String.init) ?? []
      }
    return parts.map { String($0.trimmed) }.filter { !$0.isEmpty }
  }

  /// Whether a field says yes.
  func isTrue(_ key: String) -> Bool {
    text(key).map { ["true", "yes", "on", "1"].contains($0.trimmed.lowercased()) } ?? false
  }
}

extension Node.Scalar {
  /// Whether this is one of YAML's ways to write that there is no value; an empty text is one too.
  var isNull: Bool {
    string.isEmpty
      || (style == .plain && ["~", "null", "Null", "NULL"].contains(string))
  }
}
