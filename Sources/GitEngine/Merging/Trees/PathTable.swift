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
  func name(_ path: PathID) -> [UInt8] { withName(path) { Array($0) } }

  /// Calls `body` with the bytes behind the last slash.
  func withName<Result>(_ path: PathID, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let entry = entries[Int(path.index)]
    let above = entries[Int(entry.parent.index)].count
    let start = Int(entry.start) + (entry.parent == .root ? 0 : Int(above) + 1)
    return text.withUnsafeBytes {
      body(UnsafeRawBufferPointer(rebasing: $0[start..<Int(entry.start + entry.count)]))
    }
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
    append(above, offset, name)
    let index = Int32(entries.count)
    entries.append(
      Entry(start: Int32(start), count: Int32(text.count - start), hash: hash, parent: parent))
    slots[slot] = index
    if entries.count * 2 > slots.count { grow() }
    return PathID(index: index)
  }

  /// Appends a path: its directory's text, a slash unless that is the root, and its name.
  private mutating func append(_ above: Entry, _ offset: Int, _ name: UnsafeRawBufferPointer) {
    let start = text.count
    // In place: a slice of the text would be a second reference to it, and make each append a copy.
    text.append(contentsOf: repeatElement(UInt8(ascii: "/"), count: offset + name.count))
    text.withUnsafeMutableBytes { text in
      guard let base = text.baseAddress else { return }
      let directory = UnsafeRawBufferPointer(
        start: base + Int(above.start), count: Int(above.count))
      UnsafeMutableRawBufferPointer(rebasing: text[start...]).copyMemory(from: directory)
      UnsafeMutableRawBufferPointer(rebasing: text[(start + offset)...]).copyMemory(from: name)
    }
  }

  /// The number of the path in a directory that has the same name as another path.
  mutating func insert(nameOf path: PathID, in parent: PathID) -> PathID {
    let name = name(path)
    return name.withUnsafeBytes { insert($0, in: parent) }
  }

  /// The number of a path below the directory `old`, had that been moved to `new`.
  mutating func insert(_ path: PathID, movedFrom old: PathID, to new: PathID) -> PathID {
    path == old
      ? new : insert(nameOf: path, in: insert(self.parent(path), movedFrom: old, to: new))
  }

  private func isEqual(_ start: Int, _ name: UnsafeRawBufferPointer) -> Bool {
    text.withUnsafeBytes { text in
      UnsafeRawBufferPointer(rebasing: text[start..<(start + name.count)]).compareBytes(to: name)
        == 0
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

  /// Whether two paths have the same name, in whatever directories.
  func haveSameName(_ left: PathID, _ right: PathID) -> Bool {
    withName(left) { a in withName(right) { b in a.count == b.count && a.compareBytes(to: b) == 0 }
    }
  }

  /// Whether one name comes before another, each with a byte behind it: a slash or a zero.
  func isName(_ left: PathID, _ leftEnd: UInt8, before right: PathID, _ rightEnd: UInt8) -> Bool {
    withName(left) { a in
      withName(right) { b in
        let order = a.compareBytes(to: b)
        guard order == 0 else { return order < 0 }
        let next = (
          a.count > b.count ? a[b.count] : leftEnd, b.count > a.count ? b[a.count] : rightEnd
        )
        return next.0 == next.1 ? a.count < b.count : next.0 < next.1
      }
    }
  }
}
