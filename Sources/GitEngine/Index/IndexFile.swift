internal import CLibGit2

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// The index file of a checkout as it lies on disk, read once and never changed.
///
/// Reads the versions 2, 3 and 4. Optional extensions but the cached trees are skipped; mandatory
/// ones change what the entries mean, and are refused by name. The checksum is not verified, as git
/// does not either; it may be zero (`index.skipHash`).
final class IndexFile: @unchecked Sendable {  // Written only by the initializer.
  /// Where one entry is.
  struct Entry {
    /// Of the fixed fields, in the file's bytes.
    var fields: Int
    /// Of the first byte of its path, from ``IndexFile/paths``; a zero byte ends it.
    var path: Int
    var pathLength: Int
    var flags: UInt16
    var extendedFlags: UInt16
  }

  /// The file when it was opened; `nil` when there is none.
  let stamp: FileStamp?
  let entries: ContiguousArray<Entry>
  let cachedTrees: CachedTrees?
  /// Of the format: 2, 3 or 4.
  let version: Int
  /// The content of the extension `REUC`, the versions of conflicts that were resolved.
  let resolveUndo: Range<Int>?
  /// The base of all paths.
  let paths: UnsafePointer<UInt8>

  private let bytes: UnsafeMutableRawBufferPointer
  private let ownPaths: UnsafeMutablePointer<UInt8>?

  /// Reads the index at `path`; one that is missing is empty.
  convenience init(reading path: FilePath) throws(GitError) {
    let operation = "read the index \(path)"
    let (bytes, stamp) = try Self.load(path, operation)
    try self.init(owning: bytes, stamp, operation)
  }

  /// The index whose file has these bytes.
  convenience init(bytes: [UInt8], stamp: FileStamp?) throws(GitError) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + 1, alignment: 16)
    copy.copyBytes(from: bytes)
    copy[bytes.count] = 0
    try self.init(owning: copy, stamp, "read the new index")
  }

  /// - Parameter bytes: The whole file with a zero byte behind; it is freed with the index.
  private init(
    owning bytes: UnsafeMutableRawBufferPointer, _ stamp: FileStamp?, _ operation: String
  ) throws(GitError) {
    do throws(GitError) {
      var parser = IndexParser(UnsafeRawBufferPointer(bytes), operation)
      if stamp != nil { try parser.parse() }
      self.stamp = stamp
      self.bytes = bytes
      entries = parser.entries
      cachedTrees = parser.cachedTrees
      version = parser.version
      resolveUndo = parser.resolveUndo
      if parser.isPrefixCompressed {
        let copy = UnsafeMutablePointer<UInt8>.allocate(
          capacity: max(parser.expandedPaths.count, 1))
        parser.expandedPaths.withUnsafeBufferPointer {
          if let start = $0.baseAddress { copy.initialize(from: start, count: $0.count) }
        }
        ownPaths = copy
        paths = UnsafePointer(copy)
      } else {
        ownPaths = nil
        // An empty index has no path that could be asked for.
        paths = UnsafePointer(
          bytes.assumingMemoryBound(to: UInt8.self).baseAddress.unsafelyUnwrapped)
      }
    } catch {
      bytes.deallocate()
      throw error
    }
  }

  deinit {
    bytes.deallocate()
    ownPaths?.deallocate()
  }

  /// The whole file, with a zero byte behind.
  private static func load(
    _ path: FilePath, _ operation: String
  ) throws(GitError) -> (UnsafeMutableRawBufferPointer, FileStamp?) {
    let file = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC) }
    if file < 0 {
      guard errno == ENOENT else { throw GitError(errno: errno, operation: operation) }
      return (.allocate(byteCount: 1, alignment: 16), nil)
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw GitError(errno: errno, operation: operation) }
    let size = Int(status.st_size)
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: size + 1, alignment: 16)
    var count = 0
    while count < size {
      let got = read(file, bytes.baseAddress.map { $0 + count }, size - count)
      if got < 0, errno == EINTR { continue }
      guard got > 0 else {
        let number = got < 0 ? errno : EIO
        bytes.deallocate()
        throw GitError(errno: number, operation: operation)
      }
      count += got
    }
    bytes[size] = 0
    // Without the byte behind: that is there for text that is not terminated.
    return (UnsafeMutableRawBufferPointer(rebasing: bytes[0..<(size + 1)]), FileStamp(status))
  }
}

extension IndexFile.Entry {
  /// 0, or 1 to 3 in an unfinished merge.
  var stage: Int { Int(flags >> 12 & 3) }
  var isAssumedUnchanged: Bool { flags & UInt16(GIT_INDEX_ENTRY_VALID.rawValue) != 0 }
  var isSkipWorktree: Bool {
    extendedFlags & UInt16(GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue) != 0
  }
  var isIntentToAdd: Bool {
    extendedFlags & UInt16(GIT_INDEX_ENTRY_INTENT_TO_ADD.rawValue) != 0
  }
}

/// The facts of a file as an index entry has them.
struct IndexedStat {
  var changedSeconds, changedNanoseconds, modifiedSeconds, modifiedNanoseconds: UInt32
  var device, inode, owner, group, size: UInt32

  /// Facts that match no file: git then looks at its content.
  static let none = IndexedStat(
    changedSeconds: 0, changedNanoseconds: 0, modifiedSeconds: 0, modifiedNanoseconds: 0,
    device: 0, inode: 0, owner: 0, group: 0, size: 0)
}

extension IndexedStat {
  init(_ stamp: FileStamp) {
    let (modified, changed) = (stamp.modified.raw, stamp.changed.raw)
    self.init(
      changedSeconds: UInt32(bitPattern: changed.seconds),
      changedNanoseconds: changed.nanoseconds,
      modifiedSeconds: UInt32(bitPattern: modified.seconds),
      modifiedNanoseconds: modified.nanoseconds,
      device: UInt32(truncatingIfNeeded: stamp.device),
      inode: UInt32(truncatingIfNeeded: stamp.inode), owner: stamp.owner, group: stamp.group,
      size: UInt32(truncatingIfNeeded: stamp.size))
  }
}

extension IndexFile {
  @inline(__always)
  private func field(_ entry: Entry, _ number: Int) -> UInt32 {
    UInt32(
      bigEndian: bytes.loadUnaligned(fromByteOffset: entry.fields + 4 * number, as: UInt32.self))
  }

  /// The mode as it is stored.
  func rawMode(_ entry: Entry) -> UInt32 { field(entry, 6) }

  func id(_ entry: Entry) -> ObjectID {
    ObjectID(
      bytes: UnsafeRawBufferPointer(rebasing: bytes[(entry.fields + 40)..<(entry.fields + 60)]))
  }

  func treeEntry(_ entry: Entry) -> TreeEntry {
    TreeEntry(mode: FileMode(raw: rawMode(entry)), id: id(entry))
  }

  func recordedStat(_ entry: Entry) -> IndexedStat {
    IndexedStat(
      changedSeconds: field(entry, 0), changedNanoseconds: field(entry, 1),
      modifiedSeconds: field(entry, 2), modifiedNanoseconds: field(entry, 3),
      device: field(entry, 4), inode: field(entry, 5), owner: field(entry, 7),
      group: field(entry, 8),
      size: field(entry, 9))
  }

  func pathBytes(_ entry: Entry) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: paths + entry.path, count: entry.pathLength)
  }

  func path(_ entry: Entry) -> RepositoryPath { RepositoryPath(bytes: pathBytes(entry)) }

  /// How an entry's path compares with another: below, at or above zero.
  private func order(_ entry: Entry, _ path: UnsafeBufferPointer<UInt8>) -> Int {
    guard let start = path.baseAddress else { return entry.pathLength }
    return GitEngine.compare(paths + entry.path, entry.pathLength, start, path.count)
  }

  /// The first entry whose path is not before `path`.
  func lowerBound(_ path: UnsafeBufferPointer<UInt8>) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if order(entries[middle], path) < 0 { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The entries of a path: one, or up to three stages of an unfinished merge.
  func positions(of path: UnsafeBufferPointer<UInt8>) -> Range<Int> {
    let first = lowerBound(path)
    var end = first
    while end < entries.count, order(entries[end], path) == 0 { end += 1 }
    return first..<end
  }

  /// The entries of a path: one, or up to three stages of an unfinished merge.
  func positions(of path: RepositoryPath) -> Range<Int> {
    path.bytes.withUnsafeBufferPointer { positions(of: $0) }
  }

  /// The end of the entries that have the same path as one.
  func endOfPath(_ first: Int) -> Int {
    var end = first + 1
    while end < entries.count, isSamePath(entries[first], entries[end]) { end += 1 }
    return end
  }

  /// The entries below a directory.
  func positions(inside directory: RepositoryPath) -> Range<Int> {
    guard !directory.bytes.isEmpty else { return 0..<entries.count }
    let slash = UInt8(ascii: "/")
    // All of them stand between its name with a slash and with what comes after a slash.
    let (first, end) = (directory.bytes + [slash], directory.bytes + [slash + 1])
    return first.withUnsafeBufferPointer {
      lowerBound($0)
    }..<end.withUnsafeBufferPointer {
      lowerBound($0)
    }
  }

  /// The entry of a path at stage 0.
  func entry(_ path: RepositoryPath) -> Entry? {
    guard let first = positions(of: path).first, entries[first].stage == 0 else { return nil }
    return entries[first]
  }

  /// The paths that have stages of an unfinished merge.
  var unmerged: [RepositoryPath] {
    var found: [RepositoryPath] = []
    for entry in entries where entry.stage != 0 {
      let path = path(entry)
      if found.last != path { found.append(path) }
    }
    return found
  }

  /// The file's bytes in a range, as long as this index lives.
  func rawBytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[range])
  }

  /// Where an entry's bytes end, the zeros behind its path included; not in version 4.
  func end(_ position: Int) -> Int {
    let entry = entries[position]
    return entry.fields + (entry.path + entry.pathLength - entry.fields + 8) / 8 * 8
  }

  /// An entry to be written again.
  func writable(_ entry: Entry) -> IndexWriter.Entry {
    IndexWriter.Entry(
      stat: recordedStat(entry), mode: rawMode(entry), id: id(entry), flags: entry.flags & 0xB000,
      extendedFlags: entry.extendedFlags)
  }
}
