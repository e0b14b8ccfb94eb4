/// How the beginning of a merge in a checkout ended.
public enum MergeStart: Hashable, Sendable {
  /// Files and index show the merge; committing them with both parents, as `git commit` does, ends it.
  case started(CheckoutReport)
  /// Something is in the way; nothing was changed.
  case refused([CheckoutObstacle])
}

extension CommitMerge {
  /// The merge as it is shown in a checkout; `nil` when there is nothing to merge.
  public var treeMerge: TreeMerge? {
    switch self {
    case .merged(let merge): merge
    case .fastForward(let tree):
      TreeMerge(tree: tree, isClean: true, conflicts: [], notes: [], neededRenameLimit: nil)
    case .alreadyContained, .unrelated: nil
    }
  }
}
