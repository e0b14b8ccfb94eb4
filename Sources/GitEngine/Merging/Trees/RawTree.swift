#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A tree object, as its bytes lie in the object database.
///
/// A merge goes over all entries of each directory that changed, so they lie in memory of their own,
/// where to read one takes no counting of references.
final class RawTree: @unchecked Sendable {  // Written only by the initializer.
  struct Entry {
    /// It lies in the tree, and is good as long as that is.
    var name: UnsafeRawBufferPointer
    var value: TreeEntry
  }

  /// In git's order: by name, a directory as if a slash were behind its name.
  let entries: UnsafeBufferPointer<Entry>
  private let bytes: UnsafeMutableRawBufferPointer

  static let empty = RawTree()

  private init() {
    entries = UnsafeBufferPointer(start: nil, count: 0)
    bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }

  init(_ object: some Collection<UInt8>, id: ObjectID) throws(GitError) {
    bytes = .allocate(byteCount: object.count, alignment: 1)
    bytes.copyBytes(from: object)
    let text = UnsafeRawBufferPointer(bytes)
    guard let count = Self.count(text), let entries = Self.parse(text, count) else {
      bytes.deallocate()
      throw GitError(.generic, operation: "read the tree \(id)", message: "it is damaged")
    }
    self.entries = entries
  }

  deinit {
    bytes.deallocate()
    entries.deallocate()
  }

  /// How many entries there are, each a mode, a space, a name, a zero and 20 bytes of id; `nil` when
  /// the last one is incomplete.
  private static func count(_ text: UnsafeRawBufferPointer) -> Int? {
    var (count, position) = (0, 0)
    while position < text.count, let start = text.baseAddress {
      guard let zero = memchr(start + position, 0, text.count - position) else { return nil }
      position = UnsafeRawPointer(zero) - start + 21
      count += 1
    }
    return position == text.count ? count : nil
  }

  private static func parse(
    _ text: UnsafeRawBufferPointer, _ count: Int
  ) -> UnsafeBufferPointer<Entry>? {
    let entries = UnsafeMutableBufferPointer<Entry>.allocate(capacity: count)
    var position = 0
    for index in 0..<count {
      var mode: UInt32 = 0
      while case let digit = text[position], digit & 0xF8 == UInt8(ascii: "0") {
        mode = mode << 3 | UInt32(digit & 7)
        position += 1
      }
      let start = position + 1
      guard text[position] == UInt8(ascii: " "), text[start] != 0 else {
        entries.deallocate()
        return nil
      }
      position = start
      while text[position] != 0 { position += 1 }
      let entry = Entry(
        name: UnsafeRawBufferPointer(rebasing: text[start..<position]),
        value: TreeEntry(
          mode: FileMode(raw: mode),
          id: ObjectID(bytes: UnsafeRawBufferPointer(rebasing: text[(position + 1)...]))))
      entries.initializeElement(at: index, to: entry)
      position += 21
    }
    return UnsafeBufferPointer(entries)
  }

  /// Whether these are the bytes of the object.
  func isEncoded(as other: UnsafeRawBufferPointer) -> Bool {
    let bytes = UnsafeRawBufferPointer(self.bytes)
    return bytes.count == other.count && bytes.compareBytes(to: other) == 0
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

extension RawTree {
  /// The entries by name alone; mostly they are in that order already.
  var entriesByName: [Entry] {
    let isSorted = zip(entries, entries.dropFirst()).allSatisfy { $0.compareName(to: $1) < 0 }
    return isSorted ? Array(entries) : entries.sorted { $0.compareName(to: $1) < 0 }
  }
}

extension RawTree.Entry {
  /// Whether two entries have one name.
  func hasName(of other: Self) -> Bool {
    name.count == other.name.count && name.compareBytes(to: other.name) == 0
  }

  /// The order of two names by their bytes alone: below, at or above zero.
  func compareName(to other: Self) -> Int {
    let order = Int(name.compareBytes(to: other.name))
    return order != 0 ? order : name.count - other.name.count
  }
}

extension UnsafeRawBufferPointer {
  /// The order of the bytes that both have: below, at or above zero.
  func compareBytes(to other: UnsafeRawBufferPointer) -> Int32 {
    guard let left = baseAddress, let right = other.baseAddress else { return 0 }
    return memcmp(left, right, Swift.min(count, other.count))
  }
}
