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

/// git's commit-graph: trees, parents and dates of commits, without reading the commits.
///
/// It is one file, or a chain of them, that `git gc`, `git maintenance` and `git commit-graph` write
/// beside the objects. A commit that it does not know is younger than it, and to be read as an object;
/// so is all where the files are missing, damaged, or of a version not known here.
struct CommitGraph {
  /// What it knows of a commit.
  struct Commit {
    var tree: ObjectID
    /// Seconds since 1970, by the committer's clock.
    var date: Int64
    /// The positions of the parents.
    var parents: [Int]
  }

  /// Each builds upon those before: a position in it is behind all of theirs.
  private var layers: [CommitGraphFile] = []

  /// The graph of the first of some object directories that has one; `nil` when none has.
  init?(in directories: [FilePath]) {
    for directory in directories {
      let info = directory.appending("info")
      if let file = CommitGraphFile(info.appending("commit-graph")) {
        layers = [file]
      } else {
        layers = Self.chain(info.appending("commit-graphs"))
      }
      if !layers.isEmpty { return }
    }
    return nil
  }

  /// The files of a chain, as far as they are there: one without those that it builds upon is of no use.
  private static func chain(_ directory: FilePath) -> [CommitGraphFile] {
    guard let list = try? readWholeFile(directory.appending("commit-graph-chain")) else {
      return []
    }
    var layers: [CommitGraphFile] = []
    for line in list.split(separator: lineFeed) {
      let name = "graph-\(String(decoding: line, as: UTF8.self)).graph"
      guard let file = CommitGraphFile(directory.appending(name)), file.baseFiles == layers.count
      else { break }
      layers.append(file)
    }
    return layers
  }

  /// The position of a commit; `nil` when the graph does not know it.
  func position(of id: ObjectID) -> Int? {
    var start = layers.reduce(0) { $0 + $1.count }
    for layer in layers.reversed() {
      start -= layer.count
      if let position = layer.position(of: id) { return start + position }
    }
    return nil
  }

  /// The commit at a position; `nil` when the graph is damaged there.
  func id(at position: Int) -> ObjectID? {
    locate(position).flatMap { $0.file.id(at: position - $0.start) }
  }

  /// What is known of the commit at a position; `nil` when the graph is damaged there.
  func commit(at position: Int) -> Commit? {
    locate(position).flatMap { $0.file.commit(at: position - $0.start) }
  }

  private func locate(_ position: Int) -> (file: CommitGraphFile, start: Int)? {
    var start = 0
    for layer in layers {
      if position < start + layer.count { return (layer, start) }
      start += layer.count
    }
    return nil
  }
}

/// One file of a commit-graph.
private final class CommitGraphFile {
  /// How many commits it has.
  let count: Int
  /// How many files it builds upon.
  let baseFiles: Int

  private let file: ChunkFile
  /// How many ids begin with a byte or a lower one: 256 numbers.
  private let fanout: UnsafeRawBufferPointer
  private let ids: UnsafeRawBufferPointer
  /// Tree, first and second parent, generation and date.
  private let data: UnsafeRawBufferPointer
  /// The parents, from the second on, of commits with more than two.
  private let edges: UnsafeRawBufferPointer

  private static let dataSize = 36

  init?(_ path: FilePath) {
    guard let file = ChunkFile(path, signature: "CGPH", header: 8), let fanout = file.chunk("OIDF"),
      fanout.count == 1024, let ids = file.chunk("OIDL"), let data = file.chunk("CDAT"),
      ids.count == 20 * Int(fanout.number(at: 1020)),
      data.count == Self.dataSize * Int(fanout.number(at: 1020))
    else { return nil }
    (self.file, self.fanout, self.ids, self.data) = (file, fanout, ids, data)
    edges = file.chunk("EDGE") ?? UnsafeRawBufferPointer(start: nil, count: 0)
    count = ids.count / 20
    baseFiles = Int(file.bytes[7])
  }

  func position(of id: ObjectID) -> Int? {
    id.withBytes { wanted in
      let first = Int(wanted[0])
      var low = first == 0 ? 0 : Int(fanout.number(at: 4 * (first - 1)))
      var high = min(Int(fanout.number(at: 4 * first)), count)
      while low < high {
        let middle = (low + high) / 2
        guard let known = ids.baseAddress, let searched = wanted.baseAddress else { return nil }
        let order = memcmp(known + 20 * middle, searched, 20)
        if order == 0 { return middle }
        if order < 0 { low = middle + 1 } else { high = middle }
      }
      return nil
    }
  }

  func id(at position: Int) -> ObjectID {
    ObjectID(bytes: UnsafeRawBufferPointer(rebasing: ids[(20 * position)...]))
  }

  func commit(at position: Int) -> CommitGraph.Commit? {
    let entry = UnsafeRawBufferPointer(rebasing: data[(Self.dataSize * position)...])
    let none: UInt32 = 0x7000_0000
    let isFirstOfMany: UInt32 = 0x8000_0000
    var parents: [Int] = []
    let (one, other) = (entry.number(at: 20), entry.number(at: 24))
    if one != none { parents.append(Int(one)) }
    if other & isFirstOfMany != 0 {
      var edge = Int(other & ~isFirstOfMany)
      while true {
        guard 4 * edge + 4 <= edges.count else { return nil }
        let parent = edges.number(at: 4 * edge)
        parents.append(Int(parent & ~isFirstOfMany))
        if parent & isFirstOfMany != 0 { break }
        edge += 1
      }
    } else if other != none {
      parents.append(Int(other))
    }
    // Of the first number, the upper 30 bits are the generation.
    let date = Int64(entry.number(at: 28) & 3) << 32 | Int64(entry.number(at: 32))
    return CommitGraph.Commit(tree: ObjectID(bytes: entry), date: date, parents: parents)
  }
}

extension GitSession {
  /// Where the objects are: the repository's own directory, then those it borrows from.
  func objectDirectories() -> [FilePath] {
    var directories: [FilePath] = []
    var waiting = [commonDirectory.appending("objects")]
    while !waiting.isEmpty {
      let directory = waiting.removeFirst()
      guard !directories.contains(directory) else { continue }
      directories.append(directory)
      let list = (try? readWholeFile(directory.appending("info/alternates"))) ?? []
      for line in list.split(separator: lineFeed) where line.first != UInt8(ascii: "#") {
        let path = FilePath(gitText: Array(line))
        waiting.append(path.isAbsolute ? path : directory.pushing(path))
      }
    }
    return directories
  }
}
