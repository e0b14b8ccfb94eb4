/// The lines of a text as ranges of its bytes, each with the line feed that ends it.
struct ByteLines: Sequence, IteratorProtocol {
  private let bytes: [UInt8]
  private var position: Int
  private let end: Int

  init(_ bytes: [UInt8], from start: Int = 0, to end: Int? = nil) {
    self.bytes = bytes
    self.position = start
    self.end = end ?? bytes.count
  }

  mutating func next() -> Range<Int>? {
    guard position < end else { return nil }
    let start = position
    let feed = bytes[start..<end].firstIndex(of: UInt8(ascii: "\n"))
    position = feed.map { $0 + 1 } ?? end
    return start..<position
  }
}

/// A line of frontmatter that starts a field: `key: value`.
///
/// This is read off the line alone, so it also works where the YAML around it is broken.
struct FieldLine: Hashable {
  /// The key without quotes.
  let key: String
  /// How far the line is indented.
  let indentation: Int
  /// The position behind the colon.
  let valueStart: Int
  /// The position where the line's end, or its line break, begins.
  let contentEnd: Int
  /// The whole line.
  let range: Range<Int>

  init?(_ bytes: [UInt8], _ range: Range<Int>) {
    let start = bytes[range].firstIndex { $0 != UInt8(ascii: " ") } ?? range.upperBound
    var rest = bytes[start..<range.upperBound]
    var name: ArraySlice<UInt8>
    if let quote = rest.first, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(quote) {
      rest = rest.dropFirst()
      name = rest.prefix { $0 != quote }
      rest = rest[name.endIndex...].dropFirst()
    } else {
      name = rest.prefix { $0.isASCIILetter || $0.isASCIIDigit || "_-.".utf8.contains($0) }
      rest = rest[name.endIndex...]
    }
    rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    guard !name.isEmpty, rest.first == UInt8(ascii: ":"),
      rest.dropFirst().first.map(\.isBlank) ?? true
    else { return nil }
    key = String(decoding: name, as: UTF8.self)
    indentation = start - range.lowerBound
    valueStart = rest.startIndex + 1
    contentEnd = bytes[range].lastIndex { !$0.isLineBreak }.map { $0 + 1 } ?? range.lowerBound
    self.range = range
  }
}

extension UInt8 {
  /// Space, tab, carriage return or line feed.
  var isBlank: Bool { self == 0x20 || self == 0x09 || isLineBreak }
  var isLineBreak: Bool { self == 0x0D || self == 0x0A }
}
