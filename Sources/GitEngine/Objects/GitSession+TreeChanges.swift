internal import CLibGit2

extension GitSession {
  /// The paths in which two trees differ, in git's order of trees.
  ///
  /// Without `old`, all of `new`.
  ///
  /// Subtrees of equal id are not read, so the time goes with the change, not with the repository.
  public func changes(from old: ObjectID?, to new: ObjectID) throws(GitError) -> [TreeChange] {
    var comparison = TreeComparison(objects: try TreeReader(self))
    try comparison.compare(old, new, at: [])
    return comparison.changes
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

/// Reads trees from the object database, without libgit2's objects around them.
struct TreeReader: ~Copyable {
  private let database: Owned<ObjectDatabaseHandle>

  init(_ git: borrowing GitSession<some Any>) throws(GitError) {
    database = try git.objectDatabase()
  }

  func tree(_ id: ObjectID) throws(GitError) -> RawTree {
    let object = try Owned<RawObjectHandle>("read the tree \(id)") { out in
      id.withRaw { git_odb_read(&out, database.pointer, $0) }
    }
    guard git_odb_object_type(object.pointer) == GIT_OBJECT_TREE else {
      throw GitError(
        .generic, operation: "read the tree \(id)", message: "it is another kind of object")
    }
    return try RawTree(
      UnsafeRawBufferPointer(
        start: git_odb_object_data(object.pointer), count: git_odb_object_size(object.pointer)),
      id: id)
  }
}

/// The walk over two trees, side by side.
private struct TreeComparison: ~Copyable {
  let objects: TreeReader
  var changes: [TreeChange] = []

  init(objects: consuming TreeReader) { self.objects = objects }

  /// - Parameter prefix: Of paths in these trees, with a slash behind unless empty.
  mutating func compare(
    _ old: ObjectID?, _ new: ObjectID?, at prefix: [UInt8]
  ) throws(GitError) {
    guard old != new else { return }
    let left = try old.map { (id) throws(GitError) in try objects.tree(id) } ?? .empty
    let right = try new.map { (id) throws(GitError) in try objects.tree(id) } ?? .empty
    // Merged by plain name, so that a file that became a directory meets itself.
    let (before, after) = (left.entriesByName, right.entriesByName)
    var (i, j) = (0, 0)
    while i < before.count || j < after.count {
      let order: Int
      if i == before.count {
        order = 1
      } else if j == after.count {
        order = -1
      } else {
        order = before[i].compareName(to: after[j])
      }
      let one = order <= 0 ? before[i] : nil
      let other = order >= 0 ? after[j] : nil
      if one != nil { i += 1 }
      if other != nil { j += 1 }
      guard one?.value != other?.value, let name = (one ?? other)?.name else { continue }
      let path = prefix + Array(name)
      let (oldTree, newTree) = (one?.value.subtree, other?.value.subtree)
      if oldTree != nil || newTree != nil {
        try compare(oldTree, newTree, at: path + [UInt8(ascii: "/")])
      }
      let (oldFile, newFile) = (one?.value.nonTree, other?.value.nonTree)
      if oldFile != nil || newFile != nil {
        changes.append(
          TreeChange(path: RepositoryPath(bytes: path), old: oldFile, new: newFile))
      }
    }
    // The names lie in the trees.
    withExtendedLifetime((left, right)) {}
  }
}

extension TreeEntry {
  fileprivate var subtree: ObjectID? { mode == .tree ? id : nil }
  fileprivate var nonTree: TreeEntry? { mode == .tree ? nil : self }
}
