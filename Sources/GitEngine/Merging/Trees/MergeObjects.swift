internal import CLibGit2

/// The objects that a merge reads, and those that it makes.
///
/// What it makes stays in memory until it is known to be part of the result: a merge that fails,
/// is cancelled or only looks for conflicts writes nothing.
final class MergeObjects {
  private let database: Owned<ObjectDatabaseHandle>
  private var made: [ObjectID: (type: git_object_t, bytes: [UInt8])] = [:]
  private var trees: [ObjectID: RawTree] = [:]
  private var sizes: [ObjectID: Int] = [:]
  private var emptyTreeID: ObjectID?

  init(_ git: borrowing GitSession<some Any>) throws(GitError) {
    database = try git.objectDatabase()
  }

  func blob(_ id: ObjectID) throws(GitError) -> [UInt8] {
    if let object = made[id] { return object.bytes }
    let object = try read(id, GIT_OBJECT_BLOB, "blob")
    return Array(object.bytes)
  }

  func tree(_ id: ObjectID) throws(GitError) -> RawTree {
    if let tree = trees[id] { return tree }
    let tree: RawTree
    if let object = made[id] {
      tree = try RawTree(object.bytes, id: id)
    } else {
      let object = try read(id, GIT_OBJECT_TREE, "tree")
      tree = try RawTree(object.bytes, id: id)
    }
    trees[id] = tree
    return tree
  }

  /// Whether a tree that was read has these bytes.
  func isTree(_ id: ObjectID, _ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { trees[id]?.isEncoded(as: $0) ?? false }
  }

  private func read(
    _ id: ObjectID, _ type: git_object_t, _ name: StaticString
  ) throws(GitError) -> Owned<RawObjectHandle> {
    let object = try Owned<RawObjectHandle>("read the \(name) \(id)") { out in
      id.withRaw { git_odb_read(&out, database.pointer, $0) }
    }
    guard git_odb_object_type(object.pointer) == type else {
      throw GitError(
        .generic, operation: "read the \(name) \(id)", message: "it is another kind of object")
    }
    return object
  }

  /// The size of a blob, without reading it if the object database can tell.
  func size(_ id: ObjectID) throws(GitError) -> Int {
    if let object = made[id] { return object.bytes.count }
    if let size = sizes[id] { return size }
    var size = 0
    var type = GIT_OBJECT_ANY
    try check(
      id.withRaw { git_odb_read_header(&size, &type, database.pointer, $0) },
      "read the size of the blob \(id)")
    sizes[id] = size
    return size
  }

  func addBlob(_ bytes: [UInt8]) throws(GitError) -> ObjectID { try add(bytes, GIT_OBJECT_BLOB) }

  func addTree(_ bytes: [UInt8]) throws(GitError) -> ObjectID { try add(bytes, GIT_OBJECT_TREE) }

  /// The id of the tree without entries.
  func emptyTree() throws(GitError) -> ObjectID {
    if let emptyTreeID { return emptyTreeID }
    let id = try addTree([])
    emptyTreeID = id
    return id
  }

  private func add(_ bytes: [UInt8], _ type: git_object_t) throws(GitError) -> ObjectID {
    let id = try ObjectID(of: bytes, as: type)
    made[id] = (type, bytes)
    return id
  }

  /// Writes what the merge made of an object and of all that it holds, contents before trees.
  ///
  /// An object that is in the database already is freshened, so that no `gc` takes it away.
  func store(_ id: ObjectID) throws(GitError) {
    guard let object = made.removeValue(forKey: id) else { return }
    if object.type == GIT_OBJECT_TREE {
      let tree = try RawTree(object.bytes, id: id)
      for entry in tree.entries { try store(entry.value.id) }
    }
    var oid = git_oid()
    try checkStored("store the object \(id)") {
      object.bytes.withUnsafeBytes {
        git_odb_write(&oid, database.pointer, $0.baseAddress, $0.count, object.type)
      }
    }
  }
}

extension Owned where Handle == RawObjectHandle {
  /// What is in the object, as long as it lives.
  fileprivate var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: git_odb_object_data(pointer), count: git_odb_object_size(pointer))
  }
}

extension MergeObjects {
  /// The id of the blob without bytes.
  func emptyBlob() throws(GitError) -> ObjectID { try addBlob([]) }
}
