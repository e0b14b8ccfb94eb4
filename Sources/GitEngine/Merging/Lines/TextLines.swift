#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A text cut into lines; equal lines of texts that were cut together have equal numbers.
struct TextLines {
  let bytes: [UInt8]
  /// Where each line starts, and behind them where the last one ends.
  fileprivate(set) var starts: [Int] = [0]
  /// The number of each line's content, its line end included.
  fileprivate(set) var numbers: [Int32] = []

  fileprivate init(_ bytes: [UInt8]) { self.bytes = bytes }

  var count: Int { numbers.count }

  /// The bytes of some lines that follow each other.
  func text(_ span: LineSpan) -> ArraySlice<UInt8> {
    guard span.count > 0 else { return [] }
    return bytes[starts[span.start]..<starts[span.end]]
  }

  /// Whether a line has a line feed at its end; only the last one may have none.
  func isTerminated(_ line: Int) -> Bool { bytes[starts[line + 1] - 1] == lineFeed }

  /// Whether a terminated line has a carriage return before its line feed.
  private func hasCarriageReturn(_ line: Int) -> Bool {
    starts[line + 1] - starts[line] > 1 && bytes[starts[line + 1] - 2] == carriageReturn
  }

  /// Whether lines end with carriage return and line feed at a line; `nil` when nothing tells.
  func usesCarriageReturn(at line: Int) -> Bool? {
    if line < count, isTerminated(line) { return hasCarriageReturn(line) }
    // The last line has no end: the one before it may tell.
    return count > 1 && line > 0 ? hasCarriageReturn(line - 1) : nil
  }
}

/// Some lines that follow each other.
struct LineSpan: Equatable {
  var start: Int
  var end: Int

  var count: Int { end - start }
}

/// Cuts texts into lines and numbers their contents, in the order in which they first appear.
struct LineNumbering {
  private(set) var texts: [TextLines] = []
  /// How many different lines there are.
  var count: Int { contents.count }

  private struct Content {
    var hash: UInt64
    var text: Int32
    var line: Int32
  }
  private var contents: [Content] = []
  /// An open hash table of numbers, a power of two in size and never more than half full.
  private var table: [Int32]

  init(_ bytes: [[UInt8]]) {
    let guess = bytes.reduce(16) { $0 + $1.count / 16 }
    table = Array(repeating: -1, count: 1 << (Int.bitWidth - guess.leadingZeroBitCount))
    for bytes in bytes { add(bytes) }
  }

  private mutating func add(_ bytes: [UInt8]) {
    let position = texts.count
    texts.append(TextLines(bytes))
    texts[position].starts.reserveCapacity(bytes.count / 32)
    texts[position].numbers.reserveCapacity(bytes.count / 32)
    bytes.withUnsafeBytes { buffer in
      var start = 0
      while start < buffer.count {
        let rest = UnsafeRawBufferPointer(rebasing: buffer[start...])
        let length = Self.lineLength(rest)
        let line = UnsafeRawBufferPointer(rebasing: rest[..<length])
        let number = number(of: line, at: texts[position].count, in: position)
        start += length
        texts[position].numbers.append(number)
        texts[position].starts.append(start)
      }
    }
  }

  private static func lineLength(_ rest: UnsafeRawBufferPointer) -> Int {
    guard let base = rest.baseAddress, let end = memchr(base, Int32(lineFeed), rest.count) else {
      return rest.count
    }
    return UnsafeRawPointer(end) - base + 1
  }

  private mutating func number(
    of line: UnsafeRawBufferPointer, at position: Int, in text: Int
  ) -> Int32 {
    if contents.count * 2 >= table.count { enlarge() }
    let hash = Self.hash(line)
    var slot = Int(truncatingIfNeeded: hash) & (table.count - 1)
    while table[slot] >= 0 {
      let known = contents[Int(table[slot])]
      if known.hash == hash, isEqual(known, line) { return table[slot] }
      slot = (slot + 1) & (table.count - 1)
    }
    let number = Int32(contents.count)
    contents.append(Content(hash: hash, text: Int32(text), line: Int32(position)))
    table[slot] = number
    return number
  }

  private func isEqual(_ content: Content, _ line: UnsafeRawBufferPointer) -> Bool {
    let text = Int(content.text)
    let start = texts[text].starts[Int(content.line)]
    guard texts[text].starts[Int(content.line) + 1] - start == line.count else { return false }
    return texts[text].bytes.withUnsafeBytes { bytes in
      guard let known = bytes.baseAddress, let line = line.baseAddress else { return true }
      return memcmp(known + start, line, lineLength(text, content)) == 0
    }
  }

  private func lineLength(_ text: Int, _ content: Content) -> Int {
    texts[text].starts[Int(content.line) + 1] - texts[text].starts[Int(content.line)]
  }

  private mutating func enlarge() {
    table = Array(repeating: -1, count: table.count * 2)
    for number in contents.indices {
      var slot = Int(truncatingIfNeeded: contents[number].hash) & (table.count - 1)
      while table[slot] >= 0 { slot = (slot + 1) & (table.count - 1) }
      table[slot] = Int32(number)
    }
  }

  /// Words of eight bytes, multiplied into one; what is left over byte by byte.
  private static func hash(_ line: UnsafeRawBufferPointer) -> UInt64 {
    var hash = UInt64(truncatingIfNeeded: line.count) &* 0x9E37_79B9_7F4A_7C15
    var offset = 0
    func mix(_ word: UInt64) {
      let product = (hash ^ word).multipliedFullWidth(by: 0x9FB2_1C65_1E98_DF25)
      hash = product.high ^ product.low
    }
    while offset + 8 <= line.count {
      mix(line.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ 0x517C_C1B7_2722_0A95)
      offset += 8
    }
    var rest: UInt64 = 0
    while offset < line.count {
      rest = rest << 8 | UInt64(line[offset])
      offset += 1
    }
    mix(rest ^ 0x2545_F491_4F6C_DD1D)
    return hash
  }
}
