// The merged tree, built from the leaves up.

extension ThreeWayMerge {
  /// Resolves every path and builds the trees; returns the root's.
  ///
  /// What is below a directory comes before the directory, so that it is known whether the
  /// directory is still there when a file wants its place.
  func assemble() throws(GitError) -> ObjectID {
    let children = childrenByDirectory()
    if let tree = try assemble(.root, children) { return tree }
    return try objects.emptyTree()
  }

  private func assemble(
    _ directory: PathID, _ children: [PathID: [PathID]]
  ) throws(GitError) -> ObjectID? {
    try checkCancellation()
    var placed: [Placed] = []
    for path in (children[directory] ?? []).reversed() {
      if children[path] != nil {
        let tree = try assemble(path, children)
        paths.update(path) { $0.result = tree.map { TreeEntry(mode: .tree, id: $0) } }
      }
      guard let info = paths[path] else { continue }
      if !info.isClean {
        try resolve(path, into: &placed)
      } else if let result = info.result {
        placed.append((path, result))
      }
    }
    guard !placed.isEmpty else { return nil }
    return try objects.addTree(
      RawTree.encode(placed.map { (table.name($0.path), $0.entry) }))
  }

  /// The paths in each directory; within one, whatever is below "a" comes right after it.
  private func childrenByDirectory() -> [PathID: [PathID]] {
    var children: [PathID: [PathID]] = [:]
    for path in paths.all { children[table.parent(path), default: []].append(path) }
    for directory in children.keys {
      children[directory]?.sort { table.isBefore($0, $1) }
    }
    return children
  }
}
