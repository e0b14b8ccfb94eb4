/// The end of a text that grows line by line, in bounded memory.
struct OutputTail {
  private var lines: [String] = []
  private var size = 0
  let limit: Int

  /// Keeps about `limit` bytes, and twice that for a moment.
  init(limit: Int) { self.limit = limit }

  /// Of a very long line only the beginning is kept, so that it pushes no others out.
  mutating func append(_ line: String) {
    let longest = max(4096, limit / 16)
    let line =
      line.utf8.count > longest ? String(decoding: line.utf8.prefix(longest), as: UTF8.self) : line
    lines.append(line)
    size += line.utf8.count + 1
    guard size > 2 * limit else { return }
    var dropped = 0
    while size > limit, dropped < lines.count - 1 {
      size -= lines[dropped].utf8.count + 1
      dropped += 1
    }
    lines.removeFirst(dropped)
  }

  var isEmpty: Bool { lines.isEmpty }

  /// What is kept, as one text.
  var text: String { lines.joined(separator: "\n") }

  /// The last lines that are not blank, each cut to a readable length.
  func last(_ count: Int, width: Int = 300) -> [String] {
    var result: [String] = []
    for line in lines.reversed() where result.count < count {
      guard line.contains(where: { !$0.isWhitespace }) else { continue }
      result.append(line.count > width ? line.prefix(width) + "…" : line)
    }
    return result.reversed()
  }
}
