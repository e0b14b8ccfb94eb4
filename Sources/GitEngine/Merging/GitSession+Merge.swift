internal import CLibGit2

extension GitSession {
  /// Merges the commit `theirs` into the commit `ours`, in memory, as `git merge` does by default.
  ///
  /// A clean result's tree and blobs are in the object database afterwards; no reference, index or
  /// file changes. ``mergeInDetail(_:into:options:)`` tells more.
  ///
  /// - Throws: A ``GitError`` when an object cannot be read or written, and with the code `cancelled`
  ///   when the task is cancelled.
  public func merge(
    _ theirs: ObjectID, into ours: ObjectID, options: MergeOptions = MergeOptions()
  ) throws(GitError) -> MergeOutcome {
    switch try mergeInDetail(theirs, into: ours, options: options) {
    case .alreadyContained: .alreadyContained
    case .unrelated: .unrelated
    case .fastForward(let tree): .clean(tree: tree)
    case .merged(let merge):
      if let tree = merge.tree, merge.isClean {
        .clean(tree: tree)
      } else {
        .conflicts(merge.conflicts.isEmpty ? merge.conflictsWithoutVersions : merge.conflicts)
      }
    }
  }

  /// Merges the commit `theirs` into the commit `ours`, in memory, and tells all about it.
  ///
  /// Verdict, tree and conflicts are those of `git merge-tree --write-tree`. The time goes with what the
  /// two sides changed, not with the size of the repository.
  ///
  /// - Throws: A ``GitError`` as ``merge(_:into:options:)``.
  public func mergeInDetail(
    _ theirs: ObjectID, into ours: ObjectID, options: MergeOptions = MergeOptions()
  ) throws(GitError) -> CommitMerge {
    let history = try history()
    let bases = try history.mergeBases(ours, theirs)
    guard !bases.isEmpty else { return .unrelated }
    if bases.contains(theirs) { return .alreadyContained }
    if bases.contains(ours) { return .fastForward(tree: try history.tree(of: theirs)) }
    let labels =
      options.labels ?? MergeOptions.Labels(ours: ours.description, theirs: theirs.description)
    let objects = try MergeObjects(self)
    let merge = RecursiveMerge(
      history: history, objects: objects, contents: try ContentMerger(self),
      settings: ThreeWayMerge.Settings(
        options, try MergeConfiguration(self), labels: labels, ancestorLabel: ""),
      operation: "merge \(theirs.short) into \(ours.short)",
      abbreviate: try ObjectAbbreviation(self))
    let result = try merge.run(ours, theirs, bases: bases)
    return .merged(
      try result.merge.finish(
        tree: result.tree, isClean: result.isClean, writesTree: options.writesConflictTree))
  }

  /// Merges the tree `theirs` into the tree `ours`, both made from the tree `base`, in memory.
  ///
  /// This is what cherry-picks, reverts and rebases are made of.
  ///
  /// - Parameters:
  ///   - base: The tree that both sides began with; `nil` when they have nothing in common.
  ///   - ours: Our tree.
  ///   - theirs: Their tree.
  ///   - options: How to merge. Without ``MergeOptions/labels`` the trees' ids are the labels.
  /// - Throws: A ``GitError`` as ``merge(_:into:options:)``.
  public func mergeTrees(
    base: ObjectID?, ours: ObjectID, theirs: ObjectID, options: MergeOptions = MergeOptions()
  ) throws(GitError) -> TreeMerge {
    let objects = try MergeObjects(self)
    var (ancestor, label) = (try objects.emptyTree(), "empty tree")
    if let base { (ancestor, label) = (base, try abbreviation(of: base)) }
    let labels =
      options.labels ?? MergeOptions.Labels(ours: ours.description, theirs: theirs.description)
    let merge = ThreeWayMerge(
      ThreeWayMerge.Settings(
        options, try MergeConfiguration(self), labels: labels,
        ancestorLabel: labels.ancestor ?? label),
      objects: objects, contents: try ContentMerger(self),
      operation: "merge the trees \(theirs.short) and \(ours.short)")
    let (tree, isClean) = try merge.run(base: ancestor, ours: ours, theirs: theirs)
    return try merge.finish(tree: tree, isClean: isClean, writesTree: options.writesConflictTree)
  }

  /// Merges three versions of a text line by line; `nil` when they conflict or are not text.
  public func mergeText(
    base: [UInt8], ours: [UInt8], theirs: [UInt8]
  ) throws(GitError) -> [UInt8]? {
    if ours == base || ours == theirs { return theirs }
    if theirs == base { return ours }
    guard ![base, ours, theirs].contains(where: Similarity.isBinary) else { return nil }
    let merged = try LineMerge.merge(
      base: base, ours: ours, theirs: theirs,
      labels: LineMerge.Labels(ancestor: "", ours: "", theirs: ""))
    return merged.conflicts == 0 ? merged.bytes : nil
  }
}

extension TreeMerge {
  /// Conflicts of which git lists no versions: about directories.
  fileprivate var conflictsWithoutVersions: [ConflictedPath] {
    notes.filter(\.isConflict).compactMap { note in
      note.paths.first.map { path in
        var conflict = ConflictedPath(path: path)
        conflict.otherPaths = Set(note.paths.dropFirst())
        conflict.kinds = [note.kind]
        return conflict
      }
    }
  }
}

extension TreeEntry {
  init(_ entry: git_index_entry) {
    self.init(mode: FileMode(raw: entry.mode), id: ObjectID(entry.id))
  }
}
