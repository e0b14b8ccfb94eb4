/// What merging two commits gives, computed in memory.
public enum MergeOutcome: Hashable, Sendable {
  /// The other side is contained already: nothing to merge.
  case alreadyContained
  /// The merge is clean. `tree` is in the object database; nothing refers to it yet.
  case clean(tree: ObjectID)
  /// The merge needs a person.
  case conflicts([ConflictedPath])
  /// The two commits have no common ancestor.
  case unrelated
}

/// What merging two commits gives, with everything that there is to know.
public enum CommitMerge: Hashable, Sendable {
  /// The other side is contained already: nothing to merge.
  case alreadyContained
  /// Our side is contained in the other, whose tree is the result.
  case fastForward(tree: ObjectID)
  /// The sides were merged, cleanly or not.
  case merged(TreeMerge)
  /// The two commits have no common ancestor.
  case unrelated
}

/// A path that could not be merged.
///
/// The three versions are what git puts into the index: for a file that was renamed, the versions
/// from its other names are listed under the name it gets.
public struct ConflictedPath: Hashable, Sendable {
  /// The path, where git lists the conflict.
  public var path: RepositoryPath
  /// The common ancestor's version, if it had one (stage 1).
  public var ancestor: TreeEntry?
  /// Our version, if we have one (stage 2).
  public var ours: TreeEntry?
  /// Their version, if they have one (stage 3).
  public var theirs: TreeEntry?
  /// What else the file is called: where the ancestor had it, where a side moved it.
  public var otherPaths: Set<RepositoryPath> = []
  /// What kinds of conflict there are at this path, the decisive one first.
  public var kinds: [ConflictKind] = []

  /// The decisive kind of conflict.
  public var kind: ConflictKind { kinds.first ?? .content }
}

extension ConflictedPath: CustomStringConvertible {
  /// The path and the conflict, for people: "a.txt: modify/delete (deleted by us)".
  public var description: String {
    var text = "\(path): \(kind)"
    if kind == .modifyDelete || kind == .renameDelete {
      text += ours == nil ? " (deleted by us)" : " (deleted by them)"
    }
    if !otherPaths.isEmpty {
      text += ", also \(otherPaths.sorted().map(\.description).joined(separator: ", "))"
    }
    return text
  }
}
