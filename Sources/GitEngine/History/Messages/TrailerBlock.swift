/// The lines "Key: value" at the end of a message.
struct TrailerBlock {
  /// Where it is in the message's bytes; empty, at the end of the text, when there is none.
  private(set) var range: Range<Int>
  /// Its trailers and what else is between them, continuation lines with what they continue.
  private(set) var items: [ArraySlice<UInt8>] = []
  /// Whether a blank line is before it.
  private(set) var isAfterBlankLine: Bool

  /// Finds it.
  ///
  /// - Parameter stopsAtPatch: Whether a line that begins with `---` ends the message.
  init(_ message: CommitMessage, stopsAtPatch: Bool) {
    let bytes = message.bytes
    let lines = Self.lines(bytes[...])
    var count = lines.count
    if stopsAtPatch {
      count =
        lines.firstIndex {
          $0.starts(with: Array("---".utf8)) && $0.dropFirst(3).first?.isBlank == true
        } ?? count
    }
    count = Self.withoutComments(lines[..<count])
    let first = Self.firstTrailer(Array(lines[..<count]))
    let end = count > 0 ? lines[count - 1].endIndex : 0
    let start = first < count ? lines[first].startIndex : end
    range = start..<end
    isAfterBlankLine = first > 0 && lines[first - 1].allSatisfy(\.isBlank)
    for line in lines[first..<count] {
      if let last = items.indices.last, line.first?.isBlank == true,
        Self.separator(items[last]) ?? 0 > 0
      {
        items[last] = bytes[items[last].startIndex..<line.endIndex]
      } else {
        items.append(line)
      }
    }
  }

  /// The key and the value of an item; `nil` when it is no trailer.
  static func parse(_ item: ArraySlice<UInt8>) -> (
    key: ArraySlice<UInt8>, value: ArraySlice<UInt8>
  )? {
    guard let separator = separator(item), separator > 0, item.first != comment else { return nil }
    let cut = item.startIndex + separator
    return (item[..<cut].trimmed, item[(cut + 1)...].trimmed)
  }

  private static let comment = UInt8(ascii: "#")

  private static func lines(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var rest = bytes
    while !rest.isEmpty {
      let end = rest.firstIndex(of: lineFeed).map { $0 + 1 } ?? rest.endIndex
      lines.append(rest[..<end])
      rest = rest[end...]
    }
    return lines
  }

  /// How many lines there are before comments, and what git adds to the messages of conflicts.
  private static func withoutComments(_ all: ArraySlice<ArraySlice<UInt8>>) -> Int {
    let scissors = Array("# ------------------------ >8 ------------------------\n".utf8)
    let cut = all.firstIndex { $0.starts(with: scissors) }
    let lines = all[..<(cut ?? all.endIndex)]
    var start: Int?
    var isInConflicts = false
    for (number, line) in lines.enumerated() {
      if line.first == comment || line.first == lineFeed {
        start = start ?? number
      } else if line.elementsEqual("Conflicts:\n".utf8) {
        isInConflicts = true
        start = start ?? number
      } else if !(isInConflicts && line.first == UInt8(ascii: "\t")) {
        start = nil
        isInConflicts = false
      }
    }
    // As in git, which takes a message of comments alone for one without any.
    if let start, start > 0 { return start }
    return lines.count
  }

  /// The first line of the last paragraph, if that consists of trailers: all of it, or a quarter if
  /// git itself made one of them.
  private static func firstTrailer(_ lines: [ArraySlice<UInt8>]) -> Int {
    let made = ["Signed-off-by: ", "(cherry picked from commit "].map { Array($0.utf8) }
    // The first paragraph is the title.
    let title =
      lines.firstIndex { $0.first != comment && $0.allSatisfy(\.isBlank) } ?? lines.count
    var (trailers, others, continuations) = (0, 0, 0)
    var isBlankSoFar = true
    var isMade = false
    for number in stride(from: lines.count - 1, through: title, by: -1) {
      let line = lines[number]
      if line.first == comment {
        others += continuations
        continuations = 0
      } else if line.allSatisfy(\.isBlank) {
        if isBlankSoFar { continue }
        others += continuations
        let isBlock = isMade ? trailers * 3 >= others : trailers > 0 && others == 0
        return isBlock ? number + 1 : lines.count
      } else {
        isBlankSoFar = false
        if made.contains(where: { line.starts(with: $0) }) {
          trailers += 1
          continuations = 0
          isMade = true
        } else if line.first?.isBlank == true {
          continuations += 1
        } else if separator(line) ?? 0 > 0 {
          trailers += 1
          continuations = 0
        } else {
          others += 1 + continuations
          continuations = 0
        }
      }
    }
    return lines.count
  }

  /// Where a line's colon is, behind a word and maybe white space; `nil` when there is none.
  private static func separator(_ line: ArraySlice<UInt8>) -> Int? {
    var isAfterSpace = false
    for (position, byte) in line.enumerated() {
      if byte == UInt8(ascii: ":") { return position }
      if !isAfterSpace, byte.isAlphanumeric || byte == UInt8(ascii: "-") { continue }
      guard position > 0, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") else {
        return nil
      }
      isAfterSpace = true
    }
    return nil
  }
}
