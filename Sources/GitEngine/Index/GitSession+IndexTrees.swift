internal import CLibGit2

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

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
  func writeTree(of index: IndexFile) throws(GitError) -> ObjectID {
    let objects = try Owned<ObjectDatabaseHandle>("open the object database") {
      git_repository_odb(&$0, raw)
    }
    let writer = IndexTreeWriter(index: index, database: objects.pointer)
    let root = try writer.write(
      0..<index.entries.count, cached: index.cachedTrees == nil ? nil : 0, prefixLength: 0)
    if let root { return root }
    return try writer.store([])
  }
}

/// Writes the trees of an index, from the leaves up.
private struct IndexTreeWriter {
  let index: IndexFile
  /// Of objects; it outlives this.
  let database: OpaquePointer

  /// The tree of the entries in a range, all below one directory; `nil` when it holds nothing.
  func write(
    _ range: Range<Int>, cached: Int?, prefixLength: Int
  ) throws(GitError) -> ObjectID? {
    if let cached, let node = index.cachedTrees?.nodes[cached], node.entryCount == range.count,
      node.id.withRaw({ git_odb_exists(database, $0) }) == 1
    {
      return node.id
    }
    var bytes: [UInt8] = []
    var position = range.lowerBound
    while position < range.upperBound {
      let name = index.name(position, prefixLength)
      let text = UnsafeRawBufferPointer(start: name.start, count: name.length)
      if name.isDirectory {
        let end = index.end(of: name, from: position, range, prefixLength)
        let child = cached.flatMap { index.cachedTrees?.child(text, of: $0) }
        let below = try write(
          position..<end, cached: child, prefixLength: prefixLength + name.length + 1)
        if let below {
          RawTree.append(text, TreeEntry(mode: .tree, id: below), to: &bytes)
        }
        position = end
        continue
      }
      let entry = index.entries[position]
      if !entry.isIntentToAdd { RawTree.append(text, index.treeEntry(entry), to: &bytes) }
      position += 1
    }
    return bytes.isEmpty ? nil : try store(bytes)
  }

  func store(_ bytes: [UInt8]) throws(GitError) -> ObjectID {
    var oid = git_oid()
    try checkStored("store a tree of \(bytes.count) bytes") {
      bytes.withUnsafeBytes {
        git_odb_write(&oid, database, $0.baseAddress, $0.count, GIT_OBJECT_TREE)
      }
    }
    return ObjectID(oid)
  }
}
