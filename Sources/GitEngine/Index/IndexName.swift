#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// What an entry is called in a directory above it.
struct IndexName {
  var start: UnsafePointer<UInt8>
  var length: Int
  var isDirectory: Bool

  var bytes: [UInt8] { Array(UnsafeBufferPointer(start: start, count: length)) }

  /// Negative when `other`, with a slash behind a directory's name, comes before this.
  func compare(_ other: [UInt8]) -> Int {
    // In the index the slash is there already.
    let length = length + (isDirectory ? 1 : 0)
    return other.withUnsafeBufferPointer { other in
      guard let base = other.baseAddress else { return -1 }
      return GitEngine.compare(base, other.count, start, length)
    }
  }
}

extension IndexFile {
  /// The name of an entry, or of the directory it is in, directly below a prefix.
  func name(_ position: Int, _ prefixLength: Int) -> IndexName {
    let entry = entries[position]
    let start = paths + entry.path + prefixLength
    let length = entry.pathLength - prefixLength
    guard let slash = memchr(start, Int32(UInt8(ascii: "/")), length) else {
      return IndexName(start: start, length: length, isDirectory: false)
    }
    return IndexName(
      start: start, length: UnsafeRawPointer(slash) - UnsafeRawPointer(start), isDirectory: true)
  }

  /// Where the entries below a directory end.
  func end(
    of directory: IndexName, from first: Int, _ range: Range<Int>, _ prefixLength: Int
  ) -> Int {
    guard directory.isDirectory else { return first }
    var (low, high) = (first, range.upperBound)
    while low < high {
      let middle = (low + high) / 2
      let entry = entries[middle]
      let isBelow =
        entry.pathLength - prefixLength > directory.length
        && memcmp(paths + entry.path + prefixLength, directory.start, directory.length + 1) == 0
      if isBelow { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
