/// All files of a tree in the order of an index, and the directories they are in.
struct TreeListing: Sendable {
  struct File: Sendable {
    /// Of the first byte of its path in ``text``; a zero byte ends it.
    var start: Int
    var length: Int
    var value: TreeEntry
  }

  private(set) var files: ContiguousArray<File> = []
  /// All paths, each with a zero byte behind.
  private(set) var text: ContiguousArray<UInt8> = []
  /// The attributes files, by directory.
  private(set) var attributes: [RepositoryPath: TreeEntry?] = [:]
  /// The content of the index extension `TREE`.
  private(set) var cachedTrees: [UInt8] = []

  /// Reads a tree and all below it.
  init(_ tree: ObjectID, _ git: borrowing GitSession<some Any>) throws(GitError) {
    let objects = try MergeObjects(git)
    // The root has an empty name.
    cachedTrees = [0] + (try list(tree, [], objects)).cached
  }

  /// Adds the files below a directory; gives their number, and its part of `TREE` without its name.
  private mutating func list(
    _ id: ObjectID, _ prefix: [UInt8], _ objects: MergeObjects
  ) throws(GitError) -> (count: Int, cached: [UInt8]) {
    try checkCancellation("list the tree \(id)")
    let tree = try objects.tree(id)
    let first = files.count
    var below: [UInt8] = []
    var directories = 0
    for entry in tree.entries {
      let own = Array(entry.name)
      if entry.value.mode == .tree {
        let part = try list(entry.value.id, prefix + own + [slash], objects)
        below += own + [0] + part.cached
        directories += 1
        continue
      }
      let path = RepositoryPath(bytes: prefix + own)
      try path.requireSafe(entry.value.mode, "list the tree \(id)")
      if path.isAttributesFile { attributes[path.parent ?? ""] = entry.value }
      files.append(File(start: text.count, length: path.bytes.count, value: entry.value))
      text.append(contentsOf: path.bytes)
      text.append(0)
    }
    let count = files.count - first
    var cached = Array("\(count) \(directories)\n".utf8)
    id.withBytes { cached.append(contentsOf: $0) }
    return (count, cached + below)
  }

  func path(_ file: File) -> RepositoryPath {
    RepositoryPath(bytes: text[file.start..<(file.start + file.length)])
  }
}

private let slash = UInt8(ascii: "/")

extension RepositoryPath {
  /// Whether git reads attributes from a file of this name.
  var isAttributesFile: Bool { lastComponent.elementsEqual(".gitattributes".utf8) }
}
