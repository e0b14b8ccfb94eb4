/// A path that the index has otherwise than a tree.
struct StagedChange {
  var path: RepositoryPath
  var head: TreeEntry?
  /// `nil` when the index does not have it; the first version in an unfinished merge.
  var index: TreeEntry?
  var isUnmerged = false
}

extension GitSession {
  /// What differs between a tree, or no tree at all, and the index, in order of path.
  ///
  /// Directories that the index's cached trees show to be the same are not looked at. Entries marked
  /// by `git add --intent-to-add` are not in the index yet.
  func stagedChanges(
    from tree: ObjectID?, to index: IndexFile, _ filter: PathFilter?
  ) throws(GitError) -> [StagedChange] {
    var changes: [StagedChange] = []
    try compareStaged(
      tree, index, 0..<index.entries.count, cached: index.cachedTrees == nil ? nil : 0, prefix: [],
      filter, into: &changes)
    return changes.sorted { $0.path < $1.path }
  }

  /// - Parameters:
  ///   - range: The entries below the directory `prefix`.
  ///   - cached: The directory's node in the cached trees.
  ///   - prefix: With a slash behind, or empty.
  private func compareStaged(
    _ tree: ObjectID?, _ index: IndexFile, _ range: Range<Int>, cached: Int?, prefix: [UInt8],
    _ filter: PathFilter?, into changes: inout [StagedChange]
  ) throws(GitError) {
    if let cached, let trees = index.cachedTrees, let tree, trees.nodes[cached].id == tree,
      trees.nodes[cached].entryCount == range.count
    {
      return
    }
    if let filter {
      let scope = Array(prefix.dropLast()).withUnsafeBufferPointer { filter.scope(of: $0) }
      if scope == .nothing { return }
    }
    if Task.isCancelled {
      throw GitError(.cancelled, operation: "compare HEAD with the index", message: "cancelled")
    }
    // Both are in git's order of trees, in which a slash stands behind a directory's name.
    let items: [(name: [UInt8], entry: TreeEntry)]
    if let tree { items = try entries(of: tree) } else { items = [] }
    var item = 0
    var position = range.lowerBound
    while item < items.count || position < range.upperBound {
      let left = item < items.count ? sortingName(items[item]) : nil
      let right: IndexName? = position < range.upperBound ? index.name(position, prefix.count) : nil
      let order: Int
      if let left, let right { order = right.compare(left) } else { order = left == nil ? 1 : -1 }
      let inTree = order <= 0 ? items[item] : nil
      let inIndex = order >= 0 ? right : nil
      if inTree != nil { item += 1 }
      let path = prefix + (inTree?.name ?? inIndex?.bytes ?? [])
      if inTree?.entry.mode == .tree || inIndex?.isDirectory == true {
        var end = position
        if let inIndex { end = index.end(of: inIndex, from: position, range, prefix.count) }
        let below = position..<end
        position = below.upperBound
        try compareStaged(
          inTree?.entry.id, index, below, cached: cachedChild(path, cached, prefix.count, index),
          prefix: path + [UInt8(ascii: "/")], filter, into: &changes)
        continue
      }
      var version: TreeEntry?
      var isUnmerged = false
      if inIndex != nil {
        let entry = index.entries[position]
        isUnmerged = entry.stage != 0
        if !entry.isIntentToAdd { version = index.treeEntry(entry) }
        position = index.endOfPath(position)
      }
      guard isUnmerged || inTree?.entry != version else { continue }
      if let filter, !path.withUnsafeBufferPointer({ filter.contains($0) }) { continue }
      changes.append(
        StagedChange(
          path: RepositoryPath(bytes: path), head: inTree?.entry, index: version,
          isUnmerged: isUnmerged))
    }
  }

  private func sortingName(_ item: (name: [UInt8], entry: TreeEntry)) -> [UInt8] {
    item.entry.mode == .tree ? item.name + [UInt8(ascii: "/")] : item.name
  }

  private func cachedChild(
    _ path: [UInt8], _ parent: Int?, _ prefixLength: Int, _ index: IndexFile
  ) -> Int? {
    guard let parent else { return nil }
    return index.cachedTrees?.child(path[prefixLength...], of: parent)
  }
}
