/// All that merging two trees gives, computed in memory.
public struct TreeMerge: Hashable, Sendable {
  /// The merged tree, in the object database; nothing refers to it yet.
  ///
  /// With conflicts, it is `nil` unless ``MergeOptions/writesConflictTree`` is set. It is then the tree that
  /// `git merge-tree --write-tree` prints: files with conflict markers, and files under another
  /// name where two of them, or a file and a directory, want the same.
  public var tree: ObjectID?
  /// Whether nothing is left for a person.
  ///
  /// There are conflicts without a path in ``conflicts``: those that only ``notes`` tell of, such as
  /// a directory that was moved to several places.
  public var isClean: Bool
  /// The paths that could not be merged, in git's order.
  public var conflicts: [ConflictedPath]
  /// What happened, conflicts and their circumstances, ordered by path.
  public var notes: [MergeNote]
  /// The ``MergeOptions/renameLimit`` that finding all renames takes; `nil` when all were looked for.
  public var neededRenameLimit: Int?
}

/// Something that a person should know about a merge.
public struct MergeNote: Hashable, Sendable {
  /// What kind of thing happened.
  public var kind: ConflictKind
  /// The paths it is about, the most important one first.
  public var paths: [RepositoryPath]
  /// What happened, in a sentence.
  public var text: String

  /// Whether this is a conflict; else it only explains.
  public var isConflict: Bool { kind.isConflict }
}
