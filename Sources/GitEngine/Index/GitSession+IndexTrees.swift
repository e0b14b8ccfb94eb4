internal import CLibGit2

/// The index of a checkout as a tree.
enum IndexTree {
  case tree(ObjectID)
  case unmerged([RepositoryPath])
}

extension GitSession {
  /// What is staged, as a tree; paths that are only intended to be added are not in it.
  func indexTree() throws(GitError) -> IndexTree {
    let index = try indexFile()
    let unmerged = index.unmerged
    return unmerged.isEmpty ? .tree(try writeTree(of: index)) : .unmerged(unmerged)
  }

  /// Stores the tree that an index without conflicts stands for.
  ///
  /// Directories whose tree the index remembers are not looked at.
  ///
  /// - Throws: A ``GitError``, with the code `conflict` if a path is unmerged.
  func writeTree(of index: IndexFile) throws(GitError) -> ObjectID {
    let objects = try objectDatabase()
    let database = objects.pointer
    var trees = IndexTrees(index) { (bytes) throws(GitError) in
      try Self.store(bytes, database)
    } isUsable: { id in
      id.withRaw { git_odb_exists(database, $0) } == 1
    }
    guard let root = try trees.find() else {
      let path = index.unmerged.first.map { "'\($0)'" } ?? "a path"
      throw GitError(
        .conflict, operation: "write the tree of the index", message: "\(path) is unmerged")
    }
    if let id = root.id { return id }
    return try Self.store([], database)
  }

  private static func store(
    _ bytes: [UInt8], _ database: OpaquePointer
  ) throws(GitError) -> ObjectID {
    var oid = git_oid()
    try checkStored("store a tree of \(bytes.count) bytes") {
      bytes.withUnsafeBytes {
        git_odb_write(&oid, database, $0.baseAddress, $0.count, GIT_OBJECT_TREE)
      }
    }
    return ObjectID(oid)
  }

  /// The trees that an index with some changes can remember: those that are stored.
  ///
  /// After a switch that is all of them, and a status then compares nothing.
  func knownTrees(
    of index: IndexFile, with changes: [IndexEdit.Change]
  ) throws(GitError) -> CachedTrees {
    let objects = try objectDatabase()
    let database = objects.pointer
    let flags = GIT_ODB_LOOKUP_NO_REFRESH.rawValue
    var trees = IndexTrees(index, changes) { (bytes) throws(GitError) -> ObjectID? in
      let id = try ObjectID(of: bytes, as: GIT_OBJECT_TREE)
      return id.withRaw { git_odb_exists_ext(database, $0, flags) } == 1 ? id : nil
    }
    _ = try trees.find()
    return trees.cached
  }
}
