/// A tree object, as its bytes lie in the object database.
final class RawTree: Sendable {
  struct Entry: Sendable {
    var start: Int32
    var count: Int32
    var value: TreeEntry

    var range: Range<Int> { Int(start)..<Int(start + count) }
  }

  let bytes: [UInt8]
  /// In git's order: by name, a directory as if a slash were behind its name.
  let entries: [Entry]

  static let empty = RawTree()

  private init() { (bytes, entries) = ([], []) }

  init(_ bytes: [UInt8], id: ObjectID) throws(GitError) {
    guard let entries = Self.parse(bytes) else {
      throw GitError(.generic, operation: "read the tree \(id)", message: "it is damaged")
    }
    self.bytes = bytes
    self.entries = entries
  }

  /// Each entry is the mode in octal digits, a space, the name, a zero and 20 bytes of id.
  private static func parse(_ bytes: [UInt8]) -> [Entry]? {
    var entries: [Entry] = []
    entries.reserveCapacity(bytes.count / 36 + 1)
    return bytes.withUnsafeBytes { text in
      var position = 0
      while position < text.count {
        var mode: UInt32 = 0
        while position < text.count, text[position] != UInt8(ascii: " ") {
          guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(text[position]) else { return nil }
          mode = mode << 3 | UInt32(text[position] - UInt8(ascii: "0"))
          position += 1
        }
        let start = position + 1
        position = start
        while position < text.count, text[position] != 0 { position += 1 }
        guard position + 20 < text.count, position > start else { return nil }
        let id = ObjectID(bytes: UnsafeRawBufferPointer(rebasing: text[(position + 1)...]))
        entries.append(
          Entry(
            start: Int32(start), count: Int32(position - start),
            value: TreeEntry(mode: FileMode(raw: mode), id: id)))
        position += 21
      }
      return entries
    }
  }

  /// Calls `body` with the name of an entry.
  func withName<Result>(_ entry: Entry, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[entry.range])) }
  }

  /// Appends an entry to the bytes of a tree.
  static func append(
    _ name: UnsafeRawBufferPointer, _ entry: TreeEntry, to bytes: inout [UInt8]
  ) {
    let mode = entry.mode.rawValue
    for shift in stride(from: mode < 0o100000 ? 12 : 15, through: 0, by: -3) {
      bytes.append(UInt8(ascii: "0") + UInt8(mode >> UInt32(shift) & 7))
    }
    bytes.append(UInt8(ascii: " "))
    bytes.append(contentsOf: name)
    bytes.append(0)
    entry.id.withBytes { bytes.append(contentsOf: $0) }
  }
}
