internal import CLibGit2

extension GitSession {
  /// The paths in which two trees differ, in git's order of trees.
  ///
  /// Without `old`, all of `new`.
  ///
  /// Subtrees of equal id are not read, so the time goes with the change, not with the repository.
  public func changes(from old: ObjectID?, to new: ObjectID) throws(GitError) -> [TreeChange] {
    var changes: [TreeChange] = []
    try compareTrees(old, new, at: RepositoryPath(bytes: []), into: &changes)
    return changes
  }

  private func compareTrees(
    _ old: ObjectID?, _ new: ObjectID?, at prefix: RepositoryPath, into changes: inout [TreeChange]
  ) throws(GitError) {
    guard old != new else { return }
    let left = try treeItems(old)
    let right = try treeItems(new)
    var (i, j) = (0, 0)
    while i < left.count || j < right.count {
      let name: [UInt8]
      var before: TreeEntry?
      var after: TreeEntry?
      // Entries are merged by plain name, so that a file that became a directory meets itself.
      if j == right.count
        || (i < left.count && left[i].name.lexicographicallyPrecedes(right[j].name))
      {
        (name, before) = (left[i].name, left[i].entry)
        i += 1
      } else if i == left.count || right[j].name.lexicographicallyPrecedes(left[i].name) {
        (name, after) = (right[j].name, right[j].entry)
        j += 1
      } else {
        (name, before, after) = (left[i].name, left[i].entry, right[j].entry)
        i += 1
        j += 1
      }
      guard before != after else { continue }
      let path = prefix.appending(name)
      let (oldTree, newTree) = (before?.subtree, after?.subtree)
      if oldTree != nil || newTree != nil {
        try compareTrees(oldTree, newTree, at: path, into: &changes)
      }
      let (oldFile, newFile) = (before?.nonTree, after?.nonTree)
      if oldFile != nil || newFile != nil {
        changes.append(TreeChange(path: path, old: oldFile, new: newFile))
      }
    }
  }

  private func treeItems(
    _ id: ObjectID?
  ) throws(GitError) -> [(name: [UInt8], entry: TreeEntry)] {
    guard let id else { return [] }
    return try entries(of: id).sorted { $0.name.lexicographicallyPrecedes($1.name) }
  }

  /// The entries of one tree, subtrees as such, in git's order of trees.
  public func entries(
    of id: ObjectID
  ) throws(GitError) -> [(name: [UInt8], entry: TreeEntry)] {
    let tree = try lookUpTree(id)
    return (0..<git_tree_entrycount(tree.pointer)).compactMap { index in
      guard let entry = git_tree_entry_byindex(tree.pointer, index),
        let name = git_tree_entry_name(entry)
      else { return nil }
      return (RepositoryPath(cString: name).bytes, TreeEntry(borrowing: entry))
    }
  }
}

extension TreeEntry {
  fileprivate var subtree: ObjectID? { mode == .tree ? id : nil }
  fileprivate var nonTree: TreeEntry? { mode == .tree ? nil : self }
}
