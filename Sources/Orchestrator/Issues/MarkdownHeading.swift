/// A heading of a Markdown text: `## Text`.
struct MarkdownHeading: Hashable {
  /// The number of `#`.
  let level: Int
  /// The text without the `#` around it.
  let text: String
  /// Where the line starts.
  let start: Int

  /// The headings outside code blocks.
  ///
  /// A fence that nothing closes is not counted as one: otherwise a heading that is added at the
  /// end would be part of the code.
  static func all(in bytes: [UInt8], from start: Int) -> [MarkdownHeading] {
    let lines = Array(ByteLines(bytes, from: start))
    var headings: [MarkdownHeading] = []
    var index = 0
    while index < lines.count {
      let line = bytes[lines[index]]
      if let fence = Fence(line),
        let close = lines[(index + 1)...].firstIndex(where: { fence.isClosed(by: bytes[$0]) })
      {
        index = close
      } else if let heading = MarkdownHeading(line) {
        headings.append(heading)
      }
      index += 1
    }
    return headings
  }

  private init?(_ line: ArraySlice<UInt8>) {
    let content = line.drop { $0 == UInt8(ascii: " ") }
    let marks = content.prefix { $0 == UInt8(ascii: "#") }
    let rest = content[marks.endIndex...]
    guard content.startIndex - line.startIndex < 4, (1...6).contains(marks.count),
      rest.first.map(\.isBlank) ?? true
    else { return nil }
    let written = String(decoding: rest, as: UTF8.self).trimmed
    let end = written.lastIndex { $0 != "#" }
    level = marks.count
    text = String(end.map { written[...$0] } ?? "").trimmed.description
    start = line.startIndex
  }
}

/// The line that starts a code block: three or more backticks or tildes.
private struct Fence {
  private let mark: UInt8
  private let count: Int

  init?(_ line: ArraySlice<UInt8>) {
    let content = line.drop { $0 == UInt8(ascii: " ") }
    guard let mark = content.first, "`~".utf8.contains(mark),
      content.startIndex - line.startIndex < 4
    else { return nil }
    count = content.prefix { $0 == mark }.count
    self.mark = mark
    // Backticks with a backtick behind them are code within a line.
    let information = content.dropFirst(count)
    guard count >= 3, mark != UInt8(ascii: "`") || !information.contains(mark) else { return nil }
  }

  func isClosed(by line: ArraySlice<UInt8>) -> Bool {
    guard let other = Fence(line) else { return false }
    let content = line.drop { $0 == UInt8(ascii: " ") }.dropFirst(other.count)
    return other.mark == mark && other.count >= count && content.allSatisfy(\.isBlank)
  }
}
