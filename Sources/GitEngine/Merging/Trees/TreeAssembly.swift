// The merged tree, built from the leaves up.

extension ThreeWayMerge {
  /// Resolves every path and builds the trees; returns the root's.
  ///
  /// What is below a directory comes before the directory, so that it is known whether the
  /// directory is still there when a file wants its place.
  func assemble() throws(GitError) -> ObjectID {
    let children = Children(paths, table)
    if let tree = try assemble(.root, children) { return tree }
    return try objects.emptyTree()
  }

  private func assemble(
    _ directory: PathID, _ children: Children
  ) throws(GitError) -> ObjectID? {
    try checkCancellation()
    var placed: [Placed] = []
    // Within a directory, whatever is below "a" comes right after it.
    let inside = children[directory].sorted { table.isName($0, slash, before: $1, slash) }
    for path in inside.reversed() {
      if !children[path].isEmpty {
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
    let bytes = encode(placed)
    // Much is as one side has it: no need to find out its id, and to write it.
    for side in Side.all {
      if let id = tree(at: directory, side), objects.isTree(id, bytes) { return id }
    }
    return try objects.addTree(bytes)
  }

  /// What a side has for a directory.
  private func tree(at directory: PathID, _ side: Side) -> ObjectID? {
    guard directory != .root else { return roots?[side] }
    guard let entry = paths[directory]?.versions[side], entry.mode == .tree else { return nil }
    return entry.id
  }

  /// The bytes of a tree.
  private func encode(_ placed: [Placed]) -> [UInt8] {
    func end(_ entry: TreeEntry) -> UInt8 { entry.mode == .tree ? slash : 0 }
    // The other way round it is nearly in order.
    let sorted = placed.reversed().sorted {
      table.isName($0.path, end($0.entry), before: $1.path, end($1.entry))
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(placed.count * 48)
    for (path, entry) in sorted {
      table.withName(path) { RawTree.append($0, entry, to: &bytes) }
    }
    return bytes
  }
}

private let slash = UInt8(ascii: "/")

/// The paths in each directory.
private struct Children {
  /// By the number of a directory, where those inside begin; and behind them, where they end.
  private var starts: [Int32]
  private var paths: [PathID]

  init(_ map: PathMap<MergePath>, _ table: PathTable) {
    // First how many, two places further up; then where they begin, one place further up, which
    // grows to be where the next ones begin.
    starts = Array(repeating: 0, count: table.count + 2)
    paths = Array(repeating: .root, count: map.count)
    for path in map.paths { starts[Int(table.parent(path).index) + 2] += 1 }
    for index in starts.indices.dropFirst() { starts[index] += starts[index - 1] }
    for path in map.paths {
      let place = Int(table.parent(path).index) + 1
      paths[Int(starts[place])] = path
      starts[place] += 1
    }
  }

  /// In the order in which they came.
  subscript(directory: PathID) -> ArraySlice<PathID> {
    // A path that came later has nothing inside.
    let index = Int(directory.index)
    guard index + 1 < starts.count else { return [] }
    return paths[Int(starts[index])..<Int(starts[index + 1])]
  }
}
