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

/// A path that could not be merged.
public struct ConflictedPath: Hashable, Sendable {
  /// The path, as the side that has it names it.
  public var path: RepositoryPath
  /// The common ancestor's version, if it had one (stage 1).
  public var ancestor: TreeEntry?
  /// Our version, if we have one (stage 2).
  public var ours: TreeEntry?
  /// Their version, if they have one (stage 3).
  public var theirs: TreeEntry?
  /// What else the file is called: where the ancestor had it, where the other side moved it.
  public var otherPaths: Set<RepositoryPath> = []
  /// Why it is a conflict, where the versions alone do not tell.
  var explanation: String?

  /// All names of the file.
  var paths: Set<RepositoryPath> { otherPaths.union([path]) }

  /// What kind of conflict it is, for people.
  public var kind: String {
    if let explanation { return explanation }
    return switch (ancestor, ours, theirs) {
    case (_, .some, .some): ancestor == nil ? "both added" : "both modified"
    case (_, .some, nil): "modified here, deleted there"
    case (_, nil, .some): "deleted here, modified there"
    default: "moved or deleted on both sides"
    }
  }
}
