internal import CLibGit2

/// What the head of an object says.
public struct ObjectInformation: Hashable, Sendable {
  /// The kinds of object.
  public enum Kind: String, Hashable, Sendable {
    case blob, tree, commit, tag
  }

  /// Which kind.
  public var kind: Kind
  /// How many bytes its content has.
  public var size: Int
}

extension GitSession {
  /// The bytes of a blob.
  public func blob(_ id: ObjectID) throws(GitError) -> [UInt8] {
    let blob = try Owned<BlobHandle>("read the blob \(id)") { out in
      id.withRaw { git_blob_lookup(&out, raw, $0) }
    }
    let count = Int(git_blob_rawsize(blob.pointer))
    return Array(UnsafeRawBufferPointer(start: git_blob_rawcontent(blob.pointer), count: count))
  }

  /// Stores bytes as a blob.
  public func writeBlob(_ bytes: [UInt8]) throws(GitError) -> ObjectID {
    var oid = git_oid()
    try checkStored("store a blob of \(bytes.count) bytes") {
      bytes.withUnsafeBytes { git_blob_create_from_buffer(&oid, raw, $0.baseAddress, $0.count) }
    }
    return ObjectID(oid)
  }

  /// The id that bytes have as a blob, without storing them.
  public func blobID(of bytes: [UInt8]) throws(GitError) -> ObjectID {
    try ObjectID(ofBlob: bytes)
  }

  /// The repository's object database, for libgit2.
  func objectDatabase() throws(GitError) -> Owned<ObjectDatabaseHandle> {
    try Owned<ObjectDatabaseHandle>("open the object database") { git_repository_odb(&$0, raw) }
  }

  /// What kind of object an id names, and how many bytes it has; `nil` when it is not there.
  ///
  /// Nothing but its head is read.
  public func objectInformation(_ id: ObjectID) throws(GitError) -> ObjectInformation? {
    let operation = "look at the object \(id)"
    let database = try objectDatabase()
    var (size, type) = (0, GIT_OBJECT_INVALID)
    let status = id.withRaw { git_odb_read_header(&size, &type, database.pointer, $0) }
    guard try checkFound(status, operation) else { return nil }
    let kind: ObjectInformation.Kind? =
      switch type {
      case GIT_OBJECT_BLOB: .blob
      case GIT_OBJECT_TREE: .tree
      case GIT_OBJECT_COMMIT: .commit
      case GIT_OBJECT_TAG: .tag
      default: nil
      }
    return kind.map { ObjectInformation(kind: $0, size: size) }
  }

  /// Whether an object is in the object database, of whatever kind.
  public func contains(_ id: ObjectID) throws(GitError) -> Bool {
    let database = try objectDatabase()
    return id.withRaw { git_odb_exists(database.pointer, $0) } == 1
  }

  /// The tree of a commit.
  public func tree(of commit: ObjectID) throws(GitError) -> ObjectID {
    let handle = try lookUpCommit(commit)
    guard let oid = git_commit_tree_id(handle.pointer) else {
      throw GitError(.notFound, operation: "read the tree of \(commit)", message: "it has none")
    }
    return ObjectID(oid)
  }

  /// What is at `path` in a tree; `nil` when nothing is.
  public func entry(
    at path: RepositoryPath, in tree: ObjectID
  ) throws(GitError) -> TreeEntry? {
    let handle = try lookUpTree(tree)
    let operation = "look up '\(path)' in the tree \(tree.short)"
    var entry: OpaquePointer?
    let status = path.withCString { git_tree_entry_bypath(&entry, handle.pointer, $0) }
    guard try checkFound(status, operation), let entry else { return nil }
    defer { git_tree_entry_free(entry) }
    return TreeEntry(borrowing: entry)
  }

  /// A tree like `tree`, or an empty one, with some paths set or removed.
  ///
  /// Directories come and go with the files in them.
  public func tree(
    updating tree: ObjectID?, _ updates: [TreeUpdate]
  ) throws(GitError) -> ObjectID {
    let base: ObjectID
    if let tree { base = tree } else { base = try emptyTree() }
    guard !updates.isEmpty else { return base }
    let handle = try lookUpTree(base)
    // The paths must outlive the call: one buffer holds them all.
    let paths = updates.map { $0.path.bytes.map { CChar(bitPattern: $0) } + [0] }
    let offsets = paths.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
    var oid = git_oid()
    try Array(paths.joined()).withUnsafeBufferPointer { (text) throws(GitError) in
      let list = zip(updates, offsets).map { update, offset in
        var item = git_tree_update()
        item.path = text.baseAddress.map { $0 + offset }
        switch update {
        case .set(_, let entry):
          item.action = GIT_TREE_UPDATE_UPSERT
          item.id = entry.id.raw
          item.filemode = entry.mode.raw
        case .remove:
          item.action = GIT_TREE_UPDATE_REMOVE
        }
        return item
      }
      try checkStored("store a tree with \(updates.count) changed paths") {
        git_tree_create_updated(&oid, raw, handle.pointer, list.count, list)
      }
    }
    return ObjectID(oid)
  }

  /// The empty tree, stored if it is missing.
  public func emptyTree() throws(GitError) -> ObjectID {
    var builder: OpaquePointer?
    try check(git_treebuilder_new(&builder, raw, nil), "make the empty tree")
    defer { git_treebuilder_free(builder) }
    var oid = git_oid()
    try checkStored("store the empty tree") { git_treebuilder_write(&oid, builder) }
    return ObjectID(oid)
  }

  func lookUpTree(_ id: ObjectID) throws(GitError) -> Owned<TreeHandle> {
    try Owned<TreeHandle>("read the tree \(id)") { out in
      id.withRaw { git_tree_lookup(&out, raw, $0) }
    }
  }

  func lookUpCommit(_ id: ObjectID) throws(GitError) -> Owned<CommitHandle> {
    try Owned<CommitHandle>("read the commit \(id)") { out in
      id.withRaw { git_commit_lookup(&out, raw, $0) }
    }
  }
}

extension TreeEntry {
  /// Copies an entry that a tree lends out.
  init(borrowing entry: OpaquePointer) {
    self.init(
      mode: FileMode(raw: UInt32(git_tree_entry_filemode_raw(entry).rawValue)),
      id: git_tree_entry_id(entry).map { ObjectID($0) } ?? .zero)
  }
}

extension TreeUpdate {
  var path: RepositoryPath {
    switch self {
    case .set(let path, _), .remove(let path): path
    }
  }
}

extension ObjectID {
  /// The id that bytes have as a blob.
  init(ofBlob bytes: [UInt8]) throws(GitError) { try self.init(of: bytes, as: GIT_OBJECT_BLOB) }

  /// The id that bytes have as an object of a kind.
  init(of bytes: [UInt8], as type: git_object_t) throws(GitError) {
    var oid = git_oid()
    try check(
      bytes.withUnsafeBytes { git_odb_hash(&oid, $0.baseAddress, $0.count, type) },
      "hash \(bytes.count) bytes")
    self.init(oid)
  }
}
