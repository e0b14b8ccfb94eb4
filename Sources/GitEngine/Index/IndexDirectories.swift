#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// The directories of an index, each with the entries that lie directly in it.
///
/// An index is sorted by path, so all entries below a directory stand together: one pass with a
/// stack finds every directory once, parents first.
struct IndexDirectories {
  struct Directory {
    /// Of its path, from ``IndexFile/paths``; not terminated.
    var path: Int
    /// Without a slash; 0 for the root.
    var pathLength: Int
    /// The length of its own name.
    var nameLength: Int
    /// -1 for the root.
    var parent: Int
  }

  private(set) var directories: ContiguousArray<Directory> = []
  /// The entries in order of directory; those of directory `d` are `files[fileStarts[d]..<fileStarts[d + 1]]`.
  private(set) var files: ContiguousArray<Int32> = []
  private(set) var fileStarts: ContiguousArray<Int32> = []
  private(set) var children: ContiguousArray<Int32> = []
  private(set) var childStarts: ContiguousArray<Int32> = []

  /// - Throws: A ``GitError`` when the entries are out of order.
  init(_ index: IndexFile) throws(GitError) {
    var owners = ContiguousArray<Int32>()
    owners.reserveCapacity(index.entries.count)
    directories.append(Directory(path: 0, pathLength: 0, nameLength: 0, parent: -1))
    var current = 0
    var last: IndexFile.Entry?
    for entry in index.entries {
      let text = index.paths + entry.path
      if let last {
        let order = compare(index.paths + last.path, last.pathLength, text, entry.pathLength)
        guard order < 0 || order == 0 && last.stage < entry.stage else {
          throw GitError(
            .generic, operation: "read the index",
            message: "the file is corrupt: '\(index.path(entry))' is out of order")
        }
      }
      last = entry
      current = enter(text, entry, current, index.paths)
      owners.append(Int32(truncatingIfNeeded: current))
    }
    (files, fileStarts) = Self.group(owners, directories.count)
    // The root is nobody's child.
    let parents = ContiguousArray(
      directories.dropFirst().map { Int32(truncatingIfNeeded: $0.parent) })
    (children, childStarts) = Self.group(parents, directories.count)
    for position in children.indices { children[position] += 1 }
  }

  /// The directory of an entry, coming from that of the entry before.
  private mutating func enter(
    _ text: UnsafePointer<UInt8>, _ entry: IndexFile.Entry, _ from: Int,
    _ base: UnsafePointer<UInt8>
  ) -> Int {
    var current = from
    while current != 0 {
      let directory = directories[current]
      if directory.pathLength < entry.pathLength,
        text[directory.pathLength] == UInt8(ascii: "/"),
        memcmp(base + directory.path, text, directory.pathLength) == 0
      {
        break
      }
      current = directory.parent
    }
    var start = current == 0 ? 0 : directories[current].pathLength + 1
    while let slash = memchr(text + start, Int32(UInt8(ascii: "/")), entry.pathLength - start) {
      let length = UnsafeRawPointer(slash) - UnsafeRawPointer(text)
      directories.append(
        Directory(
          path: entry.path, pathLength: length, nameLength: length - start, parent: current))
      current = directories.count - 1
      start = length + 1
    }
    return current
  }

  /// A counting sort of positions by owner.
  private static func group(
    _ owners: ContiguousArray<Int32>, _ count: Int
  ) -> (ContiguousArray<Int32>, ContiguousArray<Int32>) {
    var starts = ContiguousArray<Int32>(repeating: 0, count: count + 1)
    for owner in owners { starts[Int(owner) + 1] += 1 }
    for number in 0..<count { starts[number + 1] += starts[number] }
    var next = starts
    var sorted = ContiguousArray<Int32>(repeating: 0, count: owners.count)
    for (position, owner) in owners.enumerated() {
      sorted[Int(next[Int(owner)])] = Int32(truncatingIfNeeded: position)
      next[Int(owner)] += 1
    }
    return (sorted, starts)
  }
}

/// Git's order of names: by bytes, unsigned, the shorter first.
func compare(
  _ left: UnsafePointer<UInt8>, _ leftLength: Int, _ right: UnsafePointer<UInt8>, _ rightLength: Int
) -> Int {
  let order = memcmp(left, right, min(leftLength, rightLength))
  return order != 0 ? Int(order) : leftLength - rightLength
}

extension IndexDirectories {
  /// The entries directly in a directory, in order of name.
  func files(of directory: Int) -> Slice<ContiguousArray<Int32>> {
    Slice(base: files, bounds: Int(fileStarts[directory])..<Int(fileStarts[directory + 1]))
  }

  func path(_ directory: Int, in index: IndexFile) -> UnsafeBufferPointer<UInt8> {
    let item = directories[directory]
    return UnsafeBufferPointer(start: index.paths + item.path, count: item.pathLength)
  }

  /// The entry with a name directly in a directory, the first one of an unfinished merge.
  func file(
    _ name: UnsafePointer<UInt8>, _ length: Int, in directory: Int, of index: IndexFile
  ) -> Int? {
    let prefix = directories[directory].pathLength == 0 ? 0 : directories[directory].pathLength + 1
    var (low, high) = (Int(fileStarts[directory]), Int(fileStarts[directory + 1]))
    let end = high
    while low < high {
      let middle = (low + high) / 2
      let entry = index.entries[Int(files[middle])]
      let order = compare(
        index.paths + entry.path + prefix, entry.pathLength - prefix, name, length)
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    guard low < end else { return nil }
    let entry = index.entries[Int(files[low])]
    return compare(index.paths + entry.path + prefix, entry.pathLength - prefix, name, length) == 0
      ? Int(files[low]) : nil
  }

  /// The directory with a name directly in a directory.
  func child(
    _ name: UnsafePointer<UInt8>, _ length: Int, of directory: Int, in index: IndexFile
  ) -> Int? {
    var (low, high) = (Int(childStarts[directory]), Int(childStarts[directory + 1]))
    while low < high {
      let middle = (low + high) / 2
      let number = Int(children[middle])
      let item = directories[number]
      let own = index.paths + item.path + (item.pathLength - item.nameLength)
      let order = compareDirectories(own, item.nameLength, name, length)
      if order == 0 { return number }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return nil
  }

  /// Directories are sorted as if a slash stood behind their names.
  private func compareDirectories(
    _ left: UnsafePointer<UInt8>, _ leftLength: Int, _ right: UnsafePointer<UInt8>,
    _ rightLength: Int
  ) -> Int {
    let order = memcmp(left, right, min(leftLength, rightLength))
    if order != 0 || leftLength == rightLength { return Int(order) }
    let slash = Int(UInt8(ascii: "/"))
    return leftLength < rightLength
      ? slash - Int(right[leftLength]) : Int(left[rightLength]) - slash
  }
}
