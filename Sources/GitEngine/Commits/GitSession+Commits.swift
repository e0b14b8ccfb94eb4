internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// A commit, as a value.
public struct Commit: Hashable, Sendable {
  /// Its name.
  public var id: ObjectID
  /// Its tree.
  public var tree: ObjectID
  /// Its parents, first one first.
  public var parents: [ObjectID]
  /// Who wrote it.
  public var author: Signature
  /// The whole message; bytes that are not UTF-8 are replaced.
  public var message: String

  /// The first line of the message.
  public var summary: String { String(message.prefix { !$0.isNewline }) }
}

extension GitSession {
  /// Reads a commit.
  public func commit(_ id: ObjectID) throws(GitError) -> Commit {
    let handle = try lookUpCommit(id)
    return Commit(
      id: id,
      tree: git_commit_tree_id(handle.pointer).map { ObjectID($0) } ?? .zero,
      parents: (0..<git_commit_parentcount(handle.pointer)).compactMap { index in
        git_commit_parent_id(handle.pointer, index).map { ObjectID($0) }
      },
      author: git_commit_author(handle.pointer).map { Signature($0.pointee) }
        ?? Signature(name: "", email: ""),
      message: git_commit_message(handle.pointer).map { String(cString: $0) } ?? "")
  }

  /// The commits that `tip` has and `hidden` have not, newest first, at most `limit`.
  public func commits(
    from tip: ObjectID, hiding hidden: [ObjectID] = [], firstParentOnly: Bool = false,
    limit: Int = .max
  ) throws(GitError) -> [Commit] {
    let operation = "walk the history of \(tip.short)"
    let walk = try Owned<RevisionWalkHandle>(operation) { git_revwalk_new(&$0, raw) }
    try check(
      git_revwalk_sorting(walk.pointer, GIT_SORT_TOPOLOGICAL.rawValue | GIT_SORT_TIME.rawValue),
      operation)
    if firstParentOnly { try check(git_revwalk_simplify_first_parent(walk.pointer), operation) }
    try check(tip.withRaw { git_revwalk_push(walk.pointer, $0) }, operation)
    for id in hidden { try check(id.withRaw { git_revwalk_hide(walk.pointer, $0) }, operation) }
    var commits: [Commit] = []
    var oid = git_oid()
    while commits.count < limit {
      let status = git_revwalk_next(&oid, walk.pointer)
      if status == GIT_ITEROVER.rawValue { break }
      try check(status, operation)
      commits.append(try commit(ObjectID(oid)))
    }
    return commits
  }

  /// The best common ancestor of two commits; `nil` when they have none.
  public func mergeBase(_ one: ObjectID, _ other: ObjectID) throws(GitError) -> ObjectID? {
    try mergeBases(one, other).first
  }

  /// All best common ancestors of two commits, the best one first.
  func mergeBases(_ one: ObjectID, _ other: ObjectID) throws(GitError) -> [ObjectID] {
    try CommitHistory(self).mergeBases(one, other)
  }

  /// Whether the history of `descendant` contains `ancestor`.
  ///
  /// A commit contains itself.
  ///
  /// Also right in a shallow clone, as far as its history reaches.
  public func isAncestor(
    _ ancestor: ObjectID, of descendant: ObjectID
  ) throws(GitError) -> Bool {
    // `git_graph_descendant_of` fails at the boundary of a shallow clone.
    if ancestor == descendant { return true }
    return try mergeBase(ancestor, descendant) == ancestor
  }
}
