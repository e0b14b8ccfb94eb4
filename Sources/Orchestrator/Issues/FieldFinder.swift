internal import Yams

/// Finds the values of fields in the bytes of a frontmatter.
///
/// With YAML's view of it the places are those that YAML names; without, where YAML cannot read
/// it, every line that looks like the field counts.
struct FieldFinder {
  let bytes: [UInt8]
  let content: Range<Int>
  let lineEnding: [UInt8]
  private let fields: FrontmatterFields?
  private let lines: [Range<Int>]

  init(_ bytes: [UInt8], _ frontmatter: Frontmatter, _ fields: FrontmatterFields?) {
    self.bytes = bytes
    self.content = frontmatter.content
    self.fields = fields
    self.lineEnding = IssueDocument(bytes).lineEnding
    lines = Array(ByteLines(bytes, from: content.lowerBound, to: content.upperBound))
  }

  /// Whether the mapping is written in braces.
  var isFlow: Bool { openBrace != nil }

  /// Whether there is no field.
  var isEmpty: Bool { fields?.node?.mapping?.isEmpty ?? true }

  /// The position behind the brace of a mapping that is written in braces.
  var openBrace: Int? {
    guard let mark = fields?.node?.mapping?.mark, let position = position(of: mark),
      bytes[position] == UInt8(ascii: "{")
    else { return nil }
    return position + 1
  }

  /// How far the fields are indented.
  var indentation: Int {
    if let mark = fields?.node?.mapping?.first?.key.mark { return mark.column - 1 }
    return lines.lazy.compactMap { FieldLine(bytes, $0) }.first?.indentation ?? 0
  }

  /// The text of a field; `nil` when it is missing, null or not a single text.
  func text(_ key: String) -> String? {
    if let fields { return fields.text(key) }
    guard let span = valueSpans(of: key).last, !span.isEmpty else { return nil }
    let quotes = "\"'".utf8
    let written = bytes[span].drop { quotes.contains($0) }
    let end = written.lastIndex { !quotes.contains($0) } ?? written.startIndex
    let text = String(decoding: written[...end], as: UTF8.self)
    return ["", "~", "null"].contains(text.lowercased()) ? nil : text
  }

  /// Where the value of a field stands; empty behind the colon of a field without one.
  func valueSpans(of key: String) -> [Range<Int>] {
    guard let mapping = fields?.node?.mapping else {
      return fields == nil ? fieldLines(key).map { spanOnLine($0) } : []
    }
    let pairs = Array(mapping)
    guard let index = pairs.firstIndex(where: { $0.key.scalar?.string == key }) else { return [] }
    let next = index + 1 < pairs.count ? pairs[index + 1].key.mark : nil
    return span(of: pairs[index].value, key: pairs[index].key, next: next).map { [$0] } ?? []
  }

  private func span(of value: Node, key: Node, next: Mark?) -> Range<Int>? {
    guard let keyMark = key.mark, lines.indices.contains(keyMark.line - 1) else { return nil }
    let line = FieldLine(bytes, lines[keyMark.line - 1])
    if let scalar = value.scalar, scalar.string.isEmpty, scalar.style == .plain, let line {
      return spanOnLine(line)
    }
    // An alias carries the mark of what it stands for, which is somewhere else.
    guard let mark = value.mark, (keyMark.line, keyMark.column) < (mark.line, mark.column),
      let start = position(of: mark)
    else { return line.map { spanOnLine($0) } }
    if isFlow { return ScalarSpan(bytes, from: start, to: content.upperBound, inFlow: true).range }
    let entryEnd = next.map { lines[min($0.line, lines.count) - 1].lowerBound }
    return blockSpan(from: start, to: entryEnd ?? content.upperBound)
  }

  /// A value that ends on its line ends before a comment; a longer one ends with its last line.
  private func blockSpan(from start: Int, to end: Int) -> Range<Int> {
    guard start < end else { return start..<start }
    let rest = ByteLines(bytes, from: start, to: end).map { $0 }
    let significant = rest.lastIndex { line in
      let content = bytes[line].drop { $0.isBlank }
      return !content.isEmpty && content.first != UInt8(ascii: "#")
    }
    guard let significant, significant > 0 else {
      return ScalarSpan(bytes, from: start, to: rest[0].upperBound, inFlow: false).range
    }
    let last = bytes[rest[significant]].lastIndex { !$0.isBlank }
    return start..<(last.map { $0 + 1 } ?? end)
  }

  private func fieldLines(_ key: String) -> [FieldLine] {
    let all = lines.compactMap { FieldLine(bytes, $0) }
    let indentation = all.first?.indentation
    return all.filter { $0.key == key && $0.indentation == indentation }
  }

  private func spanOnLine(_ line: FieldLine) -> Range<Int> {
    let value = bytes[line.valueStart..<line.contentEnd]
    let start = value.firstIndex { !$0.isBlank } ?? line.valueStart
    guard start < line.contentEnd, bytes[start] != UInt8(ascii: "#") else {
      return line.valueStart..<line.valueStart
    }
    return ScalarSpan(bytes, from: start, to: line.contentEnd, inFlow: false).range
  }

  /// The byte that a mark of YAML means; it counts columns in Unicode scalars.
  private func position(of mark: Mark) -> Int? {
    guard lines.indices.contains(mark.line - 1) else { return nil }
    let line = lines[mark.line - 1]
    var column = 1
    for index in line where bytes[index] & 0xC0 != 0x80 {
      if column == mark.column { return index }
      column += 1
    }
    return nil
  }
}

/// The bytes of one value that is a single text on one line, with its quotes.
struct ScalarSpan {
  let range: Range<Int>

  init(_ bytes: [UInt8], from start: Int, to limit: Int, inFlow: Bool) {
    let text = bytes[start..<limit]
    var end = start
    switch text.first {
    case UInt8(ascii: "\""):
      end += 1
      while end < limit, bytes[end] != UInt8(ascii: "\"") {
        end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
      }
      end += 1
    case UInt8(ascii: "'"):
      end += 1
      // Two quotes in a row stand for one.
      while end < limit,
        !bytes[end...].starts(with: "'".utf8) || bytes[end...].starts(with: "''".utf8)
      {
        end += bytes[end] == UInt8(ascii: "'") ? 2 : 1
      }
      end += 1
    default:
      while end < limit, !bytes[end].isLineBreak, !(inFlow && ",}]".utf8.contains(bytes[end])),
        bytes[end] != UInt8(ascii: "#") || end == start || !bytes[end - 1].isBlank
      {
        end += 1
      }
    }
    end = min(end, limit)
    let last = bytes[start..<end].lastIndex { !$0.isBlank }
    range = start..<(last.map { $0 + 1 } ?? start)
  }
}
