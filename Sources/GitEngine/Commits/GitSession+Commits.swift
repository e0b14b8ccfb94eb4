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
  /// Who stored it.
  public var committer: Signature
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
      committer: git_commit_committer(handle.pointer).map { Signature($0.pointee) }
        ?? Signature(name: "", email: ""),
      message: git_commit_message(handle.pointer).map { String(cString: $0) } ?? "")
  }

  /// The best common ancestor of two commits; `nil` when they have none.
  public func mergeBase(_ one: ObjectID, _ other: ObjectID) throws(GitError) -> ObjectID? {
    try mergeBases(one, other).first
  }

  /// All best common ancestors of two commits, the best one first.
  func mergeBases(_ one: ObjectID, _ other: ObjectID) throws(GitError) -> [ObjectID] {
    try history().mergeBases(one, other)
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
