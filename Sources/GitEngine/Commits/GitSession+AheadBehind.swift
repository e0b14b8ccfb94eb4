internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession {
  /// How many commits each of two histories has that the other has not.
  ///
  /// The numbers of `git rev-list --left-right --count one...other`, also in a shallow clone, as far
  /// as its history reaches. They are exact where no commit is dated a day or more after one that
  /// descends from it.
  ///
  /// - Throws: A ``GitError``, with the code `cancelled` when the task was.
  public func aheadBehind(
    _ one: ObjectID, _ other: ObjectID
  ) throws(GitError) -> (ahead: Int, behind: Int) {
    if one == other { return (0, 0) }
    let boundary = try shallowBoundary()
    var count = SymmetricCount()
    try count.reach(one, from: .one, date: lookUpCommit(one))
    try count.reach(other, from: .other, date: lookUpCommit(other))
    var steps = 0
    while let (id, sides) = count.next() {
      steps += 1
      if steps % 512 == 0 { try checkCancellation("count commits") }
      if boundary.contains(id) { continue }
      let commit = try lookUpCommit(id)
      for position in 0..<git_commit_parentcount(commit.pointer) {
        guard let parent = git_commit_parent_id(commit.pointer, position) else { continue }
        try count.reach(ObjectID(parent), from: sides, date: lookUpCommit(ObjectID(parent)))
      }
    }
    return (count.count(.one), count.count(.other))
  }

  /// The commits whose parents a shallow clone has not.
  func shallowBoundary() throws(GitError) -> Set<ObjectID> {
    guard git_repository_is_shallow(raw) == 1 else { return [] }
    let text = String(
      decoding: try readWholeFile(commonDirectory.appending("shallow")), as: UTF8.self)
    return Set(text.split(separator: "\n").compactMap { ObjectID(hex: $0) })
  }
}

/// Which of two histories commits were found in, and what is still to be looked at, by date.
///
/// A commit that is found from a second side later is looked at again. The end is when nothing that
/// waits is of one side alone, or young enough to lead to what is: dates are taken to be right to a
/// day.
private struct SymmetricCount {
  struct Sides: OptionSet {
    let rawValue: UInt8
    static let one = Sides(rawValue: 1)
    static let other = Sides(rawValue: 2)
    static let both: Sides = [.one, .other]
  }

  private var found: [ObjectID: Sides] = [:]
  private var waiting = Heap()
  private var single = 0
  private var oldestSingle = Int64.max

  func count(_ side: Sides) -> Int { found.values.count { $0 == side } }

  mutating func reach(
    _ id: ObjectID, from sides: Sides, date commit: borrowing Owned<CommitHandle>
  ) {
    let before = found[id] ?? []
    let after = before.union(sides)
    guard after != before else { return }
    found[id] = after
    let date = git_commit_time(commit.pointer)
    if after != .both {
      oldestSingle = min(oldestSingle, date)
      single += 1
    }
    waiting.push((date, id, after))
  }

  mutating func next() -> (ObjectID, Sides)? {
    while let top = waiting.first {
      guard single > 0 || top.date >= oldestSingle - 86400 else { return nil }
      _ = waiting.pop()
      if top.sides != .both { single -= 1 }
      // It was found from the other side as well, and waits as such.
      if found[top.id] != top.sides { continue }
      return (top.id, top.sides)
    }
    return nil
  }

  /// The youngest first.
  struct Heap {
    typealias Item = (date: Int64, id: ObjectID, sides: Sides)
    private var items: [Item] = []

    var first: Item? { items.first }

    mutating func push(_ item: Item) {
      items.append(item)
      var child = items.count - 1
      while child > 0, items[child].date > items[(child - 1) / 2].date {
        items.swapAt(child, (child - 1) / 2)
        child = (child - 1) / 2
      }
    }

    mutating func pop() -> Item? {
      guard let first = items.first, let last = items.popLast() else { return nil }
      guard !items.isEmpty else { return first }
      items[0] = last
      var parent = 0
      while true {
        var child = 2 * parent + 1
        guard child < items.count else { return first }
        if child + 1 < items.count, items[child + 1].date > items[child].date { child += 1 }
        guard items[child].date > items[parent].date else { return first }
        items.swapAt(child, parent)
        parent = child
      }
    }
  }
}
