internal import CLibGit2

/// A merge of two commits, whose ancestor may have to be merged first.
///
/// Several merge bases are merged with each other, in memory, and what comes out of that, conflict
/// markers and all, is the ancestor.
struct RecursiveMerge {
  let history: CommitHistory
  let objects: MergeObjects
  let contents: ContentMerger
  let settings: ThreeWayMerge.Settings
  let operation: String
  let abbreviate: ObjectAbbreviation

  /// Merges two commits; `bases` are their merge bases, the youngest first.
  func run(
    _ ours: ObjectID, _ theirs: ObjectID, bases: [ObjectID], depth: Int = 0
  ) throws(GitError) -> (merge: ThreeWayMerge, tree: ObjectID, isClean: Bool) {
    var bases = Array(bases.reversed())[...]
    var settings = settings
    settings.depth = depth
    if depth > 0 {
      settings.labels = MergeOptions.Labels(
        ours: "Temporary merge branch 1", theirs: "Temporary merge branch 2")
    }
    var label = "empty tree"
    var ancestor = try objects.emptyTree()
    if var merged = bases.popFirst() {
      label = bases.isEmpty ? shownLabel(merged) : "merged common ancestors"
      for next in bases {
        let inner = try run(
          merged, next, bases: history.mergeBases(merged, next), depth: depth + 1)
        merged = history.addVirtualCommit(tree: inner.tree, parents: [merged, next])
      }
      ancestor = try history.tree(of: merged)
    }
    settings.ancestorLabel = settings.labels.ancestor ?? label
    let merge = ThreeWayMerge(
      settings, objects: objects, contents: contents, operation: operation)
    let (tree, isClean) = try merge.run(
      base: ancestor, ours: history.tree(of: ours), theirs: history.tree(of: theirs))
    return (merge, tree, isClean)
  }
  /// git's label for an ancestor, where anybody sees it.
  private func shownLabel(_ ancestor: ObjectID) -> String {
    settings.style != .merge || contents.hasPrograms ? abbreviate(ancestor) : ""
  }
}
