/// Reads the bytes of an index file.
struct IndexParser {
  private(set) var entries: ContiguousArray<IndexFile.Entry> = []
  private(set) var cachedTrees: CachedTrees?
  /// Where the content of the extension `REUC` is: the versions of conflicts that were resolved.
  private(set) var resolveUndo: Range<Int>?
  private(set) var version = 2
  /// Version 4: each path leaves out what it shares with the one before.
  private(set) var isPrefixCompressed = false
  /// The paths of version 4 in full, each with a zero byte behind.
  private(set) var expandedPaths: ContiguousArray<UInt8> = []

  /// A split index has entries without a path; any other must not.
  private var hasNameless = false
  private let bytes: UnsafeRawBufferPointer
  /// Where the checksum begins.
  private var end = 0
  private var position = 0
  private let operation: String

  private static let fixedSize = 62
  private static let checksumSize = 20

  /// A parser for a whole file with one zero byte behind.
  init(_ bytes: UnsafeRawBufferPointer, _ operation: String) {
    self.bytes = bytes
    self.operation = operation
  }

  mutating func parse() throws(GitError) {
    end = bytes.count - 1 - Self.checksumSize
    guard end >= 12, bytes[0..<4].elementsEqual("DIRC".utf8) else {
      throw corrupt("it does not begin as an index")
    }
    version = Int(word(4))
    guard (2...4).contains(version) else {
      throw GitError(
        .unsupported, operation: operation, message: "its version is \(version), not 2, 3 or 4")
    }
    isPrefixCompressed = version == 4
    let count = Int(word(8))
    guard count <= end / Self.fixedSize else { throw corrupt("it is cut off") }
    entries.reserveCapacity(count)
    position = 12
    for _ in 0..<count { try parseEntry() }
    try parseExtensions()
    if hasNameless { throw corrupt("an entry has no path") }
  }

  private func corrupt(_ why: String) -> GitError {
    GitError(.generic, operation: operation, message: "the file is corrupt: \(why)")
  }

  private func word(_ offset: Int) -> UInt32 {
    UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  private func half(_ offset: Int) -> UInt16 {
    UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  private mutating func parseEntry() throws(GitError) {
    let start = position
    guard start + Self.fixedSize + 2 < end else { throw corrupt("an entry is cut off") }
    let flags = half(start + 60)
    let isExtended = flags & 0x4000 != 0
    let extended = isExtended ? half(start + 62) : 0
    var text = start + Self.fixedSize + (isExtended ? 2 : 0)
    var entry = IndexFile.Entry(
      fields: start, path: text, pathLength: 0, flags: flags, extendedFlags: extended)
    if isPrefixCompressed {
      let dropped = try parseVariableInteger(&text)
      let length = try textLength(text)
      let before = entries.last
      guard dropped <= before?.pathLength ?? 0 else { throw corrupt("a path is too short") }
      entry.path = expandedPaths.count
      if let before {
        expandedPaths.append(
          contentsOf: expandedPaths[before.path..<(before.path + before.pathLength - dropped)])
      }
      expandedPaths.append(contentsOf: bytes[text...(text + length)])
      entry.pathLength = expandedPaths.count - 1 - entry.path
      position = text + length + 1
    } else {
      let stored = Int(flags & 0xFFF)
      // Long lengths do not fit; the zero byte tells them.
      entry.pathLength =
        stored < 0xFFF && text + stored < end && bytes[text + stored] == 0
        ? stored : try textLength(text)
      // Padded with one to eight zero bytes, to a multiple of eight from the entry's start.
      position = start + (text + entry.pathLength - start + 8) / 8 * 8
    }
    guard position <= end else { throw corrupt("an entry is cut off") }
    if entry.pathLength == 0 { hasNameless = true }
    entries.append(entry)
  }

  private func textLength(_ start: Int) throws(GitError) -> Int {
    guard start < end, let terminator = bytes[start..<end].firstIndex(of: 0) else {
      throw corrupt("a path does not end")
    }
    return terminator - start
  }

  /// Seven bits a byte, highest first; each further byte also counts one up.
  private func parseVariableInteger(_ position: inout Int) throws(GitError) -> Int {
    var value = 0
    for number in 0..<8 {
      guard position < end else { break }
      let byte = bytes[position]
      position += 1
      value = (number == 0 ? 0 : (value + 1) << 7) + Int(byte & 127)
      if byte & 128 == 0 { return value }
    }
    throw corrupt("a length does not end")
  }

  private mutating func parseExtensions() throws(GitError) {
    while position + 8 <= end {
      let name = bytes[position..<(position + 4)]
      let size = Int(word(position + 4))
      let start = position + 8
      guard start + size <= end else { throw corrupt("an extension is cut off") }
      if name.elementsEqual("TREE".utf8) {
        cachedTrees = CachedTrees(UnsafeRawBufferPointer(rebasing: bytes[start..<(start + size)]))
      } else if name.elementsEqual("REUC".utf8) {
        resolveUndo = start..<(start + size)
      } else if !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(bytes[position]) {
        // A capital letter says that one may leave it out.
        let text = String(decoding: name, as: UTF8.self)
        let meaning = ["link": " (split index)", "sdir": " (sparse index)"][text] ?? ""
        throw GitError(
          .unsupported, operation: operation,
          message: "it needs the extension '\(text)'\(meaning), which is not supported")
      }
      position = start + size
    }
  }
}
