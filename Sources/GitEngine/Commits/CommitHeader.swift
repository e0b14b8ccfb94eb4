/// What a walk over commits needs of each: tree, parents and date.
struct CommitHeader {
  var tree: ObjectID
  var parents: [ObjectID] = []
  /// Seconds since 1970, by the committer's clock; 0 when the commit does not tell.
  var date: Int64 = 0

  /// Reads the beginning of a commit object; `nil` when it is damaged.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.starts(with: "tree ", at: 0), let tree = ObjectID(hex: bytes, at: 5) else {
      return nil
    }
    self.tree = tree
    var position = 46
    while bytes.starts(with: "parent ", at: position) {
      guard let parent = ObjectID(hex: bytes, at: position + 7) else { return nil }
      parents.append(parent)
      position += 48
    }
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
      let isCommitter = bytes.starts(with: "committer ", at: position)
      var mark = position
      while position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
        if bytes[position] == UInt8(ascii: ">") { mark = position + 1 }
        position += 1
      }
      if isCommitter {
        date = bytes.number(at: mark)
        return
      }
      position += 1
    }
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func starts(with word: StaticString, at position: Int) -> Bool {
    guard position + word.utf8CodeUnitCount <= count else { return false }
    for offset in 0..<word.utf8CodeUnitCount
    where self[position + offset] != word.utf8Start[offset] {
      return false
    }
    return true
  }

  /// A decimal number behind spaces.
  fileprivate func number(at position: Int) -> Int64 {
    var number: Int64 = 0
    for byte in self[position...].drop(while: { $0 == UInt8(ascii: " ") }) {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { break }
      number = number &* 10 &+ Int64(byte - UInt8(ascii: "0"))
    }
    return number
  }
}

/// Object ids by consecutive numbers, the first one 0.
struct ObjectIDTable {
  private(set) var ids: [ObjectID] = []
  /// Open addressing: a place, or -1.
  private var slots = [Int32](repeating: -1, count: 1024)

  /// The place of an id, which is added if it is new.
  mutating func place(of id: ObjectID) -> Int {
    var slot = Int(truncatingIfNeeded: id.firstBytes) & (slots.count - 1)
    while slots[slot] >= 0 {
      if ids[Int(slots[slot])] == id { return Int(slots[slot]) }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = Int32(ids.count)
    ids.append(id)
    if ids.count * 2 > slots.count { grow() }
    return ids.count - 1
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: slots.count * 4)
    for (place, id) in ids.enumerated() {
      var slot = Int(truncatingIfNeeded: id.firstBytes) & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(place)
    }
  }
}
