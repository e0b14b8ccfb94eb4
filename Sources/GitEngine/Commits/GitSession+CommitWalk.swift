internal import CLibGit2

/// Which commits to walk over, and in which order.
public struct CommitWalk: Hashable, Sendable {
  /// The orders of `git rev-list`.
  public enum Order: Hashable, Sendable {
    /// The youngest first, whatever descends from what: the default of `git rev-list`.
    case date
    /// No commit before one that descends from it, else the youngest first (`--date-order`).
    case topological
  }

  /// Where it starts.
  public var tips: [ObjectID]
  /// What these have is left out: `a..b` hides `a`.
  public var hidden: [ObjectID]
  /// The order.
  public var order = Order.topological
  /// Whether of a merge only the first parent is followed.
  public var firstParentOnly = false
  /// Whether the oldest comes first (`--reverse`).
  public var isReversed = false

  /// A walk over all that `tips` have and `hidden` have not.
  public init(from tips: [ObjectID], hiding hidden: [ObjectID] = []) {
    self.tips = tips
    self.hidden = hidden
  }
}

extension GitSession {
  /// Calls `body` with each commit of a walk until it answers false.
  ///
  /// Right in a shallow clone, too, as far as its history reaches.
  ///
  /// - Throws: A ``GitError``, with the code `cancelled` when the task was, or what `body` throws.
  public func visitCommits(
    _ walk: CommitWalk, _ body: (Commit) throws -> Bool
  ) throws {
    var failure: (any Error)?
    try visit(walk) { commit throws(GitError) in
      do { return try body(commit) } catch {
        failure = error
        return false
      }
    }
    if let failure { throw failure }
  }

  /// The commits of a walk, at most `limit`.
  ///
  /// - Throws: A ``GitError``, with the code `cancelled` when the task was.
  public func commits(
    _ walk: CommitWalk, limit: Int = .max
  ) throws(GitError) -> [Commit] {
    var commits: [Commit] = []
    guard limit > 0 else { return [] }
    try visit(walk) { commit throws(GitError) in
      commits.append(commit)
      return commits.count < limit
    }
    return commits
  }

  private func visit(
    _ walk: CommitWalk, _ body: (Commit) throws(GitError) -> Bool
  ) throws(GitError) {
    if git_repository_is_shallow(raw) == 1 {
      for id in try shallowWalk(walk) {
        try checkCancellation("walk over commits")
        guard try body(commit(id)) else { return }
      }
      return
    }
    let operation = "walk the history of \(walk.tips.map(\.short).joined(separator: ", "))"
    let handle = try Owned<RevisionWalkHandle>(operation) { git_revwalk_new(&$0, raw) }
    var sorting = GIT_SORT_TIME.rawValue
    if walk.order == .topological { sorting |= GIT_SORT_TOPOLOGICAL.rawValue }
    if walk.isReversed { sorting |= GIT_SORT_REVERSE.rawValue }
    try check(git_revwalk_sorting(handle.pointer, sorting), operation)
    if walk.firstParentOnly {
      try check(git_revwalk_simplify_first_parent(handle.pointer), operation)
    }
    for id in walk.tips {
      try check(id.withRaw { git_revwalk_push(handle.pointer, $0) }, operation)
    }
    for id in walk.hidden {
      try check(id.withRaw { git_revwalk_hide(handle.pointer, $0) }, operation)
    }
    var oid = git_oid()
    while true {
      let status = git_revwalk_next(&oid, handle.pointer)
      if status == GIT_ITEROVER.rawValue { return }
      try check(status, operation)
      try checkCancellation("walk over commits")
      guard try body(commit(ObjectID(oid))) else { return }
    }
  }

  /// The ids of a walk in a shallow clone, where libgit2 finds no object behind the boundary.
  private func shallowWalk(_ walk: CommitWalk) throws(GitError) -> [ObjectID] {
    let boundary = try shallowBoundary()
    let hidden = try reachable(walk.hidden, boundary, firstParentOnly: false)
    let shown = try reachable(walk.tips, boundary, firstParentOnly: walk.firstParentOnly)
      .filter { hidden[$0.key] == nil }
    var children: [ObjectID: Int] = [:]
    for (_, node) in shown { for parent in node.parents { children[parent, default: 0] += 1 } }
    // By date alone a commit waits until one child was shown, else until all were.
    var ready = walk.tips.filter {
      shown[$0] != nil && (walk.order == .date || children[$0] == nil)
    }
    var seen = Set(ready)
    var order: [ObjectID] = []
    while !ready.isEmpty {
      var next = 0
      for position in ready.indices.dropFirst()
      where (shown[ready[position]]?.date ?? 0) > (shown[ready[next]]?.date ?? 0) {
        next = position
      }
      let id = ready.remove(at: next)
      order.append(id)
      for parent in shown[id]?.parents ?? [] where shown[parent] != nil {
        children[parent, default: 1] -= 1
        guard walk.order == .date || children[parent] == 0, seen.insert(parent).inserted else {
          continue
        }
        ready.append(parent)
      }
    }
    return walk.isReversed ? order.reversed() : order
  }

  private func reachable(
    _ tips: [ObjectID], _ boundary: Set<ObjectID>, firstParentOnly: Bool
  ) throws(GitError) -> [ObjectID: (parents: [ObjectID], date: Int64)] {
    var found: [ObjectID: (parents: [ObjectID], date: Int64)] = [:]
    var left = tips
    while let id = left.popLast() {
      guard found[id] == nil else { continue }
      let commit = try lookUpCommit(id)
      var parents = (0..<git_commit_parentcount(commit.pointer)).compactMap { position in
        git_commit_parent_id(commit.pointer, position).map { ObjectID($0) }
      }
      if boundary.contains(id) { parents = [] }
      if firstParentOnly { parents = Array(parents.prefix(1)) }
      found[id] = (parents, git_commit_time(commit.pointer))
      left += parents
    }
    return found
  }
}
