internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// The commits of a repository as far as they were looked at, and walks over them.
///
/// The walk is git's, down to the order of commits of the same second, since the order of several
/// merge bases decides how they are merged. It stops at the boundary of a shallow clone.
final class CommitHistory {
  struct Node {
    var tree: ObjectID
    var parents: [ObjectID]
    /// Seconds since 1970, by the committer's clock.
    var date: Int64
  }

  private let database: Owned<ObjectDatabaseHandle>
  private let boundary: Set<ObjectID>
  private var nodes: [ObjectID: Node] = [:]
  private var virtualCommits: UInt64 = 0

  init(_ git: borrowing GitSession<some Any>) throws(GitError) {
    database = try Owned<ObjectDatabaseHandle>("open the object database") {
      git_repository_odb(&$0, git.raw)
    }
    var boundary: Set<ObjectID> = []
    if git_repository_is_shallow(git.raw) == 1 {
      let text = String(
        decoding: try readWholeFile(git.commonDirectory.appending("shallow")), as: UTF8.self)
      boundary = Set(text.split(separator: "\n").compactMap { ObjectID(hex: $0) })
    }
    self.boundary = boundary
  }

  func node(_ id: ObjectID) throws(GitError) -> Node {
    if let node = nodes[id] { return node }
    let operation = "read the commit \(id)"
    var found: OpaquePointer?
    try check(id.withRaw { git_odb_read(&found, database.pointer, $0) }, operation)
    defer { git_odb_object_free(found) }
    let bytes = UnsafeRawBufferPointer(
      start: git_odb_object_data(found), count: git_odb_object_size(found))
    guard git_odb_object_type(found) == GIT_OBJECT_COMMIT, var node = Node(parsing: bytes) else {
      throw GitError(.generic, operation: operation, message: "it is no commit, or damaged")
    }
    if boundary.contains(id) { node.parents = [] }
    nodes[id] = node
    return node
  }

  /// Adds a commit that is in no object database.
  func addVirtualCommit(tree: ObjectID, parents: [ObjectID]) -> ObjectID {
    virtualCommits += 1
    var bytes = [UInt8](repeating: 0xff, count: 20)
    for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: virtualCommits >> (8 * index)) }
    let id = bytes.withUnsafeBytes { ObjectID(bytes: $0) }
    nodes[id] = Node(tree: tree, parents: parents, date: 0)
    return id
  }

  // MARK: Merge bases

  /// All best common ancestors of two commits, the youngest first.
  func mergeBases(_ one: ObjectID, _ other: ObjectID) throws(GitError) -> [ObjectID] {
    if one == other { return [one] }
    var painting = Painting()
    let common = try paint(one, [other], &painting)
    var found: [ObjectID] = []
    for id in common where !painting.has(id, .stale) { try insert(id, byDateInto: &found) }
    guard found.count > 1 else { return found }
    var result: [ObjectID] = []
    for id in try withoutAncestors(found) { try insert(id, byDateInto: &result) }
    return result
  }

  /// The commits of which no other one descends.
  private func withoutAncestors(_ commits: [ObjectID]) throws(GitError) -> [ObjectID] {
    var redundant: Set<ObjectID> = []
    for commit in commits where !redundant.contains(commit) {
      let others = commits.filter { $0 != commit && !redundant.contains($0) }
      var painting = Painting()
      _ = try paint(commit, others, &painting)
      if painting.has(commit, .second) { redundant.insert(commit) }
      redundant.formUnion(others.filter { painting.has($0, .first) })
    }
    return commits.filter { !redundant.contains($0) }
  }

  private func insert(_ id: ObjectID, byDateInto list: inout [ObjectID]) throws(GitError) {
    let date = try node(id).date
    var position = 0
    while position < list.count, try node(list[position]).date >= date { position += 1 }
    list.insert(id, at: position)
  }

  /// Marks what can be reached from one commit and from some others, as far down as needed.
  ///
  /// - Returns: The commits where both meet, the youngest first. Those that are reached from another
  ///   one of them become stale.
  private func paint(
    _ one: ObjectID, _ others: [ObjectID], _ painting: inout Painting
  ) throws(GitError) -> [ObjectID] {
    var found: [ObjectID] = []
    guard !others.isEmpty else { return [one] }
    painting.add(.first, to: one)
    painting.push(one, date: try node(one).date)
    for other in others {
      painting.add(.second, to: other)
      painting.push(other, date: try node(other).date)
    }
    while painting.hasFreshCommits, let commit = painting.pop() {
      var colors = painting.colors(commit).intersection([.first, .second, .stale])
      if colors == [.first, .second] {
        if !painting.has(commit, .found) {
          painting.add(.found, to: commit)
          try insert(commit, byDateInto: &found)
        }
        colors.insert(.stale)
      }
      for parent in try node(commit).parents where !painting.colors(parent).isSuperset(of: colors) {
        let date = try node(parent).date
        painting.add(colors, to: parent)
        painting.push(parent, date: date)
      }
    }
    return found
  }
}

/// Colors of commits, and those that are still to be looked at, the youngest first.
private struct Painting {
  struct Colors: OptionSet {
    let rawValue: UInt8
    static let first = Colors(rawValue: 1)
    static let second = Colors(rawValue: 2)
    static let stale = Colors(rawValue: 4)
    static let found = Colors(rawValue: 8)
  }

  private struct Mark {
    var colors: Colors = []
    var waiting = 0
  }

  private var marks: [ObjectID: Mark] = [:]
  private var heap: [(date: Int64, turn: Int, id: ObjectID)] = []
  private var turns = 0
  private var fresh = 0

  /// Whether anything waits that is not stale.
  var hasFreshCommits: Bool { fresh > 0 }

  func colors(_ id: ObjectID) -> Colors { marks[id]?.colors ?? [] }

  func has(_ id: ObjectID, _ color: Colors) -> Bool { colors(id).contains(color) }

  mutating func add(_ colors: Colors, to id: ObjectID) {
    var mark = marks[id] ?? Mark()
    if colors.contains(.stale), !mark.colors.contains(.stale) { fresh -= mark.waiting }
    mark.colors.formUnion(colors)
    marks[id] = mark
  }

  mutating func push(_ id: ObjectID, date: Int64) {
    marks[id, default: Mark()].waiting += 1
    if !has(id, .stale) { fresh += 1 }
    heap.append((date, turns, id))
    turns += 1
    var child = heap.count - 1
    while child > 0, isBefore(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> ObjectID? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    if !heap.isEmpty {
      heap[0] = last
      var parent = 0
      while true {
        var child = 2 * parent + 1
        guard child < heap.count else { break }
        if child + 1 < heap.count, isBefore(child + 1, child) { child += 1 }
        guard isBefore(child, parent) else { break }
        heap.swapAt(child, parent)
        parent = child
      }
    }
    marks[first.id]?.waiting -= 1
    if !has(first.id, .stale) { fresh -= 1 }
    return first.id
  }

  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    heap[left].date != heap[right].date
      ? heap[left].date > heap[right].date : heap[left].turn < heap[right].turn
  }
}

extension CommitHistory.Node {
  /// Reads the header of a commit object.
  init?(parsing bytes: UnsafeRawBufferPointer) {
    var position = 0
    func id(after word: StaticString) -> ObjectID? {
      let start = position + word.utf8CodeUnitCount
      guard start + 41 <= bytes.count, bytes.has(word, at: position),
        let id = ObjectID(hex: String(decoding: bytes[start..<(start + 40)], as: UTF8.self))
      else { return nil }
      position = start + 41
      return id
    }
    guard let tree = id(after: "tree ") else { return nil }
    var parents: [ObjectID] = []
    while let parent = id(after: "parent ") { parents.append(parent) }
    var date: Int64 = 0
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
      let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      if bytes.has("committer ", at: position) {
        if let mark = bytes[position..<end].lastIndex(of: UInt8(ascii: ">")) {
          for byte in bytes[(mark + 1)..<end].drop(while: { $0 == UInt8(ascii: " ") }) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { break }
            date = date &* 10 &+ Int64(byte - UInt8(ascii: "0"))
          }
        }
        break
      }
      position = end + 1
    }
    self.init(tree: tree, parents: parents, date: date)
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func has(_ word: StaticString, at position: Int) -> Bool {
    guard position + word.utf8CodeUnitCount <= count else { return false }
    for offset in 0..<word.utf8CodeUnitCount
    where self[position + offset] != word.utf8Start[offset] {
      return false
    }
    return true
  }
}
