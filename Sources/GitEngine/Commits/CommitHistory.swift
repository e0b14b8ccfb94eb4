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
    /// Where the parents' places are among all of them.
    fileprivate var parents: Range<Int>
    /// Seconds since 1970, by the committer's clock.
    var date: Int64
  }

  private let database: Owned<ObjectDatabaseHandle>
  private let boundary: Set<ObjectID>
  private let graph: CommitGraph?
  private var table = ObjectIDTable()
  /// By place.
  private var states: [State] = []
  /// The places of the parents of all nodes: one list is made faster than one for each node.
  private var parents: [Int] = []
  private var virtualCommits: UInt64 = 0

  private enum State {
    /// Not looked at.
    case unknown
    /// Not looked at, and in the commit-graph.
    case inGraph(Int)
    case known(Node)
  }

  init(_ git: borrowing GitSession<some Any>) throws(GitError) {
    database = try git.objectDatabase()
    var boundary: Set<ObjectID> = []
    if git_repository_is_shallow(git.raw) == 1 {
      let text = String(
        decoding: try readWholeFile(git.commonDirectory.appending("shallow")), as: UTF8.self)
      boundary = Set(text.split(separator: "\n").compactMap { ObjectID(hex: $0) })
    }
    self.boundary = boundary
    // As in git: the graph knows of no boundary.
    let isWanted = try git.configurationFlag("core.commitGraph") ?? true
    graph = isWanted && boundary.isEmpty ? CommitGraph(in: git.objectDirectories()) : nil
  }

  /// The tree of a commit.
  func tree(of id: ObjectID) throws(GitError) -> ObjectID { try node(place(of: id)).tree }

  private func place(of id: ObjectID) -> Int {
    let place = table.place(of: id)
    if place == states.count {
      states.append(graph?.position(of: id).map { .inGraph($0) } ?? .unknown)
    }
    return place
  }

  private func place(ofGraphPosition position: Int) -> Int? {
    guard let id = graph?.id(at: position) else { return nil }
    let place = table.place(of: id)
    if place == states.count { states.append(.inGraph(position)) }
    return place
  }

  private func node(_ place: Int) throws(GitError) -> Node {
    let node: Node
    switch states[place] {
    case .known(let node): return node
    case .inGraph(let position):
      if let found = nodeInGraph(position) { node = found } else { node = try read(place) }
    case .unknown: node = try read(place)
    }
    states[place] = .known(node)
    return node
  }

  /// `nil` when the graph is damaged.
  private func nodeInGraph(_ position: Int) -> Node? {
    guard let commit = graph?.commit(at: position) else { return nil }
    let start = parents.count
    for parent in commit.parents {
      guard let place = place(ofGraphPosition: parent) else { return nil }
      parents.append(place)
    }
    return Node(tree: commit.tree, parents: start..<parents.count, date: commit.date)
  }

  private func read(_ place: Int) throws(GitError) -> Node {
    let id = table.ids[place]
    let operation = "read the commit \(id)"
    var found: OpaquePointer?
    try check(id.withRaw { git_odb_read(&found, database.pointer, $0) }, operation)
    defer { git_odb_object_free(found) }
    let bytes = UnsafeRawBufferPointer(
      start: git_odb_object_data(found), count: git_odb_object_size(found))
    guard git_odb_object_type(found) == GIT_OBJECT_COMMIT, let header = CommitHeader(bytes) else {
      throw GitError(.generic, operation: operation, message: "it is no commit, or damaged")
    }
    let parents = boundary.contains(id) ? [] : header.parents
    return Node(tree: header.tree, parents: add(parents), date: header.date)
  }

  /// Adds a commit that is in no object database.
  func addVirtualCommit(tree: ObjectID, parents: [ObjectID]) -> ObjectID {
    virtualCommits += 1
    var bytes = [UInt8](repeating: 0xff, count: 20)
    for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: virtualCommits >> (8 * index)) }
    let id = bytes.withUnsafeBytes { ObjectID(bytes: $0) }
    let place = place(of: id)
    states[place] = .known(Node(tree: tree, parents: add(parents), date: 0))
    return id
  }

  private func add(_ commits: [ObjectID]) -> Range<Int> {
    let start = parents.count
    for commit in commits { parents.append(place(of: commit)) }
    return start..<parents.count
  }

  // MARK: Merge bases

  /// All best common ancestors of two commits, the youngest first.
  func mergeBases(_ one: ObjectID, _ other: ObjectID) throws(GitError) -> [ObjectID] {
    if one == other { return [one] }
    var painting = Painting()
    let common = try paint(place(of: one), [place(of: other)], &painting)
    var found: [Int] = []
    for place in common where !painting.has(place, .stale) {
      try insert(place, byDateInto: &found)
    }
    if found.count > 1 {
      let best = try withoutAncestors(found)
      found = []
      for place in best { try insert(place, byDateInto: &found) }
    }
    return found.map { table.ids[$0] }
  }

  /// The commits of which no other one descends.
  private func withoutAncestors(_ commits: [Int]) throws(GitError) -> [Int] {
    var redundant: Set<Int> = []
    for commit in commits where !redundant.contains(commit) {
      let others = commits.filter { $0 != commit && !redundant.contains($0) }
      var painting = Painting()
      _ = try paint(commit, others, &painting)
      if painting.has(commit, .second) { redundant.insert(commit) }
      redundant.formUnion(others.filter { painting.has($0, .first) })
    }
    return commits.filter { !redundant.contains($0) }
  }

  private func insert(_ place: Int, byDateInto list: inout [Int]) throws(GitError) {
    let date = try node(place).date
    var position = 0
    while position < list.count, try node(list[position]).date >= date { position += 1 }
    list.insert(place, at: position)
  }

  /// Marks what can be reached from one commit and from some others, as far down as needed.
  ///
  /// - Returns: The commits where both meet, the youngest first. Those that are reached from another
  ///   one of them become stale.
  private func paint(
    _ one: Int, _ others: [Int], _ painting: inout Painting
  ) throws(GitError) -> [Int] {
    var found: [Int] = []
    guard !others.isEmpty else { return [one] }
    painting.add(.first, to: one)
    painting.push(one, date: try node(one).date)
    for other in others {
      painting.add(.second, to: other)
      painting.push(other, date: try node(other).date)
    }
    while painting.hasFreshCommits, let commit = painting.pop() {
      if Task.isCancelled {
        throw GitError(
          .cancelled, operation: "look for merge bases", message: "the task was cancelled")
      }
      var colors = painting.colors(commit).intersection([.first, .second, .stale])
      if colors == [.first, .second] {
        if !painting.has(commit, .found) {
          painting.add(.found, to: commit)
          try insert(commit, byDateInto: &found)
        }
        colors.insert(.stale)
      }
      for index in try node(commit).parents {
        let parent = parents[index]
        guard !painting.colors(parent).isSuperset(of: colors) else { continue }
        let date = try node(parent).date
        painting.add(colors, to: parent)
        painting.push(parent, date: date)
      }
    }
    return found
  }
}

/// The history of a session, once it was asked for: commits never change.
final class KnownHistory {
  fileprivate var history: CommitHistory?
}

extension GitSession {
  /// The history, as far as the session looked at it.
  func history() throws(GitError) -> CommitHistory {
    if let history = knownHistory.history { return history }
    let history = try CommitHistory(self)
    knownHistory.history = history
    return history
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

  private var marks: [Mark] = []
  private var heap: [(date: Int64, turn: Int, place: Int)] = []
  private var turns = 0
  private var fresh = 0

  /// Whether anything waits that is not stale.
  var hasFreshCommits: Bool { fresh > 0 }

  func colors(_ place: Int) -> Colors { place < marks.count ? marks[place].colors : [] }

  func has(_ place: Int, _ color: Colors) -> Bool { colors(place).contains(color) }

  mutating func add(_ colors: Colors, to place: Int) {
    while marks.count <= place { marks.append(Mark()) }
    if colors.contains(.stale), !marks[place].colors.contains(.stale) {
      fresh -= marks[place].waiting
    }
    marks[place].colors.formUnion(colors)
  }

  mutating func push(_ place: Int, date: Int64) {
    while marks.count <= place { marks.append(Mark()) }
    marks[place].waiting += 1
    if !has(place, .stale) { fresh += 1 }
    heap.append((date, turns, place))
    turns += 1
    var child = heap.count - 1
    while child > 0, isBefore(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> Int? {
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
    marks[first.place].waiting -= 1
    if !has(first.place, .stale) { fresh -= 1 }
    return first.place
  }

  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    heap[left].date != heap[right].date
      ? heap[left].date > heap[right].date : heap[left].turn < heap[right].turn
  }
}
