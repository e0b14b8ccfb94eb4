/// Makes the bytes of an index file, entry by entry in git's order.
struct IndexWriter {
  /// One entry.
  struct Entry {
    var stat: IndexedStat
    var mode: UInt32
    var id: ObjectID
    /// The stage and "assume unchanged", as in the file; the length of the path is put in.
    var flags: UInt16 = 0
    var extendedFlags: UInt16 = 0
  }

  private(set) var bytes: [UInt8] = []
  private let isPrefixCompressed: Bool
  private var count: UInt32 = 0
  private var isExtended = false
  private var lastPath: [UInt8] = []

  /// - Parameter version: 4 leaves out what a path shares with the one before; else it is 2, or 3
  ///   where an entry needs it.
  init(version: Int, capacity: Int = 0) {
    isPrefixCompressed = version == 4
    bytes.reserveCapacity(capacity)
    bytes += Array("DIRC".utf8) + [0, 0, 0, 0, 0, 0, 0, 0]
  }

  mutating func append(_ path: UnsafeBufferPointer<UInt8>, _ entry: Entry) {
    let start = bytes.count
    count += 1
    for word in [
      entry.stat.changedSeconds, entry.stat.changedNanoseconds, entry.stat.modifiedSeconds,
      entry.stat.modifiedNanoseconds, entry.stat.device, entry.stat.inode, entry.mode,
      entry.stat.owner, entry.stat.group, entry.stat.size,
    ] { append(word) }
    entry.id.withBytes { bytes.append(contentsOf: $0) }
    let length = UInt16(min(path.count, 0xFFF))
    let extended: UInt16 = entry.extendedFlags == 0 ? 0 : 0x4000
    append(entry.flags & 0xB000 | extended | length)
    if extended != 0 {
      isExtended = true
      append(entry.extendedFlags)
    }
    if isPrefixCompressed {
      let shared = zip(lastPath, path).prefix { $0 == $1 }.count
      appendVariable(lastPath.count - shared)
      bytes.append(contentsOf: path[shared...])
      bytes.append(0)
      lastPath = Array(path)
    } else {
      bytes.append(contentsOf: path)
      // One to eight zero bytes, to a multiple of eight.
      bytes.append(contentsOf: repeatElement(0, count: 8 - (bytes.count - start) % 8))
    }
  }

  /// Appends entries as they lie in another file; not in version 4.
  ///
  /// - Parameter isExtended: Whether any of them may have extended flags.
  /// - Returns: Where the first one is.
  mutating func append(
    _ entries: UnsafeRawBufferPointer, count: Int, isExtended: Bool
  ) -> Int {
    let start = bytes.count
    bytes.append(contentsOf: entries)
    self.count += UInt32(count)
    if isExtended { self.isExtended = true }
    return start
  }

  /// Sets the size in an entry to zero, which matches no file.
  mutating func clearSize(ofEntryAt start: Int) {
    for position in 0..<4 { bytes[start + 36 + position] = 0 }
  }

  /// The whole file.
  ///
  /// - Parameters:
  ///   - trees: The content of the extension `TREE`, if it is known.
  ///   - resolveUndo: The content of the extension `REUC`, if there is any.
  mutating func finish(trees: [UInt8]?, resolveUndo: [UInt8]? = nil) -> [UInt8] {
    for (name, content) in [("TREE", trees), ("REUC", resolveUndo)] {
      guard let content, !content.isEmpty else { continue }
      bytes += Array(name.utf8)
      append(UInt32(content.count))
      bytes += content
    }
    let version: UInt32 = isPrefixCompressed ? 4 : isExtended ? 3 : 2
    for (number, word) in [version, count].enumerated() {
      for position in 0..<4 {
        bytes[4 + 4 * number + position] = UInt8(truncatingIfNeeded: word >> (24 - 8 * position))
      }
    }
    bytes += bytes.withUnsafeBytes { SHA1.hash($0) }
    return bytes
  }

  private mutating func append<Word: FixedWidthInteger>(_ word: Word) {
    withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
  }

  /// Seven bits a byte, highest first; each further byte also counts one up.
  private mutating func appendVariable(_ number: Int) {
    var (rest, reversed) = (number, [UInt8(number & 127)])
    while rest >> 7 != 0 {
      rest = rest >> 7 - 1
      reversed.append(UInt8(rest & 127) | 128)
    }
    bytes.append(contentsOf: reversed.reversed())
  }
}
