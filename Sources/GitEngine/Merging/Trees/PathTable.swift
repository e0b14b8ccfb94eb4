/// A path of a merge, as a number: equal paths of one ``PathTable`` have equal numbers.
struct PathID: Hashable {
  var index: Int32

  /// The root of the trees.
  static let root = PathID(index: 0)
}

/// The paths that a merge speaks of, each stored once.
///
/// Paths are compared, hashed and looked up all the time in a merge; with their bytes in one buffer
/// that costs no allocation.
struct PathTable {
  private struct Entry {
    var start: Int32
    var count: Int32
    var hash: UInt32
    var parent: PathID
  }

  private var text: [UInt8] = []
  private var entries: [Entry] = []
  /// Open addressing: the index of an entry, or -1.
  private var slots: [Int32]
  private var mask: Int

  init() {
    slots = Array(repeating: -1, count: 1024)
    mask = 1023
    entries.append(Entry(start: 0, count: 0, hash: BucketOrder.emptyHash, parent: .root))
    slots[Int(BucketOrder.emptyHash) & mask] = 0
  }

  /// How many numbers are in use: 0 ..< count.
  var count: Int { entries.count }

  func bytes(_ path: PathID) -> ArraySlice<UInt8> {
    let entry = entries[Int(path.index)]
    return text[Int(entry.start)..<Int(entry.start + entry.count)]
  }

  func path(_ path: PathID) -> RepositoryPath { RepositoryPath(bytes: bytes(path)) }

  /// The hash by which git orders its tables.
  func hash(_ path: PathID) -> UInt32 { entries[Int(path.index)].hash }

  /// The directory that holds a path; the root for the root's own.
  func parent(_ path: PathID) -> PathID { entries[Int(path.index)].parent }

  /// The bytes behind the last slash.
  func name(_ path: PathID) -> ArraySlice<UInt8> {
    let entry = entries[Int(path.index)]
    let above = entries[Int(entry.parent.index)].count
    let offset = entry.parent == .root ? 0 : above + 1
    return text[Int(entry.start + offset)..<Int(entry.start + entry.count)]
  }

  /// The number of `name` in a directory.
  mutating func insert(_ name: UnsafeRawBufferPointer, in parent: PathID) -> PathID {
    let above = entries[Int(parent.index)]
    var hash = above.hash
    if parent != .root { hash = BucketOrder.hash(UInt8(ascii: "/"), into: hash) }
    for byte in name { hash = BucketOrder.hash(byte, into: hash) }
    let offset = parent == .root ? 0 : Int(above.count) + 1
    var slot = Int(hash) & mask
    while slots[slot] >= 0 {
      let entry = entries[Int(slots[slot])]
      // The parent's number stands for the text before the name.
      if entry.hash == hash, entry.parent == parent, Int(entry.count) == offset + name.count,
        slots[slot] != 0, isEqual(Int(entry.start) + offset, name)
      {
        return PathID(index: slots[slot])
      }
      slot = (slot + 1) & mask
    }
    let start = text.count
    if parent != .root {
      let range = Int(above.start)..<Int(above.start + above.count)
      text.append(contentsOf: text[range])
      text.append(UInt8(ascii: "/"))
    }
    text.append(contentsOf: name)
    let index = Int32(entries.count)
    entries.append(
      Entry(start: Int32(start), count: Int32(text.count - start), hash: hash, parent: parent))
    slots[slot] = index
    if entries.count * 2 > slots.count { grow() }
    return PathID(index: index)
  }

  /// The number of a whole path.
  mutating func insert(_ path: some Sequence<UInt8>) -> PathID {
    var parent = PathID.root
    let bytes = Array(path)
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
      parent = bytes.withUnsafeBytes {
        insert(UnsafeRawBufferPointer(rebasing: $0[start..<end]), in: parent)
      }
      start = end + 1
    }
    return parent
  }

  private func isEqual(_ start: Int, _ name: UnsafeRawBufferPointer) -> Bool {
    text.withUnsafeBytes { text in
      for (offset, byte) in name.enumerated() where text[start + offset] != byte { return false }
      return true
    }
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: slots.count * 4)
    mask = slots.count - 1
    for (index, entry) in entries.enumerated() {
      var slot = Int(entry.hash) & mask
      while slots[slot] >= 0 { slot = (slot + 1) & mask }
      slots[slot] = Int32(index)
    }
  }

  /// Whether one path comes before another when every name is taken for a directory's.
  ///
  /// So whatever is below "a" follows "a" at once, also when there is an "a.txt".
  func isBefore(_ left: PathID, _ right: PathID) -> Bool {
    let (a, b) = (entries[Int(left.index)], entries[Int(right.index)])
    return text.withUnsafeBytes { text in
      let (i, j) = (Int(a.start), Int(b.start))
      let shared = min(Int(a.count), Int(b.count))
      for offset in 0..<shared where text[i + offset] != text[j + offset] {
        return text[i + offset] < text[j + offset]
      }
      if a.count == b.count { return false }
      let slash = UInt8(ascii: "/")
      let next = a.count < b.count ? (slash, text[j + shared]) : (text[i + shared], slash)
      return next.0 == next.1 ? a.count < b.count : next.0 < next.1
    }
  }
}
