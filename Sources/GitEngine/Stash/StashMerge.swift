/// What merging an entry's files into the checkout gives.
enum StashMerge {
  case clean(ObjectID)
  /// The tree has the conflicted paths with conflict markers.
  case conflicts(ObjectID, [ConflictedPath])
  /// Conflicts that cannot be shown path by path.
  case unmergeable([ConflictedPath])

  var conflicts: [ConflictedPath] {
    if case .conflicts(_, let conflicts) = self { conflicts } else { [] }
  }
}

extension GitSession where Access == Writing {
  /// Merges the tree `theirs` of an entry into the tree `ours`; `base` is what the entry began with.
  func mergeStash(
    _ theirs: ObjectID, into ours: ObjectID, base: ObjectID
  ) throws(GitError) -> StashMerge {
    if ours == base || ours == theirs { return .clean(theirs) }
    if theirs == base { return .clean(ours) }
    var options = MergeOptions()
    options.labels = MergeOptions.Labels(ours: "Updated upstream", theirs: "Stashed changes")
    options.writesConflictTree = true
    let merge = try mergeTrees(base: base, ours: ours, theirs: theirs, options: options)
    if merge.isClean, let tree = merge.tree { return .clean(tree) }
    guard let tree = merge.tree, !merge.conflicts.isEmpty,
      merge.conflicts.allSatisfy(\.canBeShown)
    else { return .unmergeable(merge.conflicts) }
    return .conflicts(tree, merge.conflicts)
  }
}

extension ConflictedPath {
  /// Whether stages of one path in the index, and one file, tell all of it.
  fileprivate var canBeShown: Bool {
    guard otherPaths.isEmpty else { return false }
    let modes = [ancestor, ours, theirs].compactMap { $0?.mode }
    return modes.allSatisfy(\.isFile) || modes.allSatisfy { $0 == .symbolicLink }
  }
}
