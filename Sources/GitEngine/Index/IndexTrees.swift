/// Finds the trees that the entries of an index make, from the leaves up.
///
/// Directories whose tree the index remembers, and that have no changes, are not looked at.
struct IndexTrees {
  /// What the entries of a directory make.
  struct Subtree {
    /// `nil` when there is nothing for a tree.
    var id: ObjectID?
    /// How many entries it covers; `nil` when some are in no tree, so that no index remembers it.
    var entryCount: Int?
  }

  private let index: IndexFile
  private let changes: [IndexEdit.Change]
  private let keep: ([UInt8]) throws(GitError) -> ObjectID?
  private let isUsable: (ObjectID) -> Bool

  /// What is known of the trees.
  private(set) var cached: CachedTrees

  /// - Parameters:
  ///   - index: The entries.
  ///   - changes: What some paths have instead, in order of path.
  ///   - keep: Gives the id of a tree that has these bytes; `nil` when there is to be no such tree.
  ///   - isUsable: Whether a tree that the index remembers is taken.
  init(
    _ index: IndexFile, _ changes: [IndexEdit.Change] = [],
    keep: @escaping ([UInt8]) throws(GitError) -> ObjectID?,
    isUsable: @escaping (ObjectID) -> Bool = { _ in true }
  ) {
    self.index = index
    self.changes = changes
    self.keep = keep
    self.isUsable = isUsable
    cached = index.cachedTrees ?? CachedTrees()
  }

  /// Finds all trees; gives the root.
  ///
  /// - Returns: `nil` when a path is unmerged, or `keep` had no tree.
  mutating func find() throws(GitError) -> Subtree? {
    try find(0..<index.entries.count, changes[...], node: 0, prefixLength: 0)
  }

  /// - Parameters:
  ///   - entries: What the directory has in the index.
  ///   - changes: What of that is changed.
  ///   - node: The directory's in the cached trees.
  ///   - prefixLength: How much of the paths names the directory, with the slash.
  private mutating func find(
    _ entries: Range<Int>, _ changes: ArraySlice<IndexEdit.Change>, node: Int, prefixLength: Int
  ) throws(GitError) -> Subtree? {
    let known = cached.nodes[node]
    if changes.isEmpty, known.entryCount == entries.count, isUsable(known.id) {
      return Subtree(id: known.id, entryCount: known.entryCount)
    }
    cached.set(node, .zero, entryCount: nil)
    var found = Contents()
    var (entries, changes) = (entries, changes)
    while let change = changes.first {
      let name = Self.sortingName(change.path, prefixLength)
      try addUnchanged(&entries, before: name, node, prefixLength, to: &found)
      let old = self.entries(name, in: entries, prefixLength)
      entries = entries.dropFirst(old.count)
      guard name.last == slash else {
        for entry in change.entries { found.append(name, entry) }
        changes.removeFirst()
        continue
      }
      let below = changes.prefix { $0.path.bytes[prefixLength...].starts(with: name) }
      changes = changes.dropFirst(below.count)
      try add(name.dropLast(), old, below, node, prefixLength, to: &found)
    }
    try addUnchanged(&entries, before: nil, node, prefixLength, to: &found)
    guard found.isMerged else { return nil }
    guard !found.bytes.isEmpty else { return Subtree(id: nil, entryCount: found.entryCount) }
    guard let id = try keep(found.bytes) else { return nil }
    cached.set(node, id, entryCount: found.entryCount)
    return Subtree(id: id, entryCount: found.entryCount)
  }

  /// Takes entries that come before a changed name, or all.
  private mutating func addUnchanged(
    _ entries: inout Range<Int>, before name: [UInt8]?, _ node: Int, _ prefixLength: Int,
    to found: inout Contents
  ) throws(GitError) {
    while !entries.isEmpty {
      let old = index.name(entries.lowerBound, prefixLength)
      if let name, old.compare(name) <= 0 { return }
      if old.isDirectory {
        let end = index.end(of: old, from: entries.lowerBound, entries, prefixLength)
        let below = entries.lowerBound..<end
        entries = end..<entries.upperBound
        try add(old.bytes[...], below, [], node, prefixLength, to: &found)
      } else {
        let entry = index.entries[entries.lowerBound]
        entries = entries.dropFirst()
        let text = UnsafeRawBufferPointer(start: old.start, count: old.length)
        found.append(text, index.treeEntry(entry), entry.stage, entry.isIntentToAdd)
      }
    }
  }

  /// Takes a directory below another.
  private mutating func add(
    _ name: ArraySlice<UInt8>, _ entries: Range<Int>, _ changes: ArraySlice<IndexEdit.Change>,
    _ parent: Int, _ prefixLength: Int, to found: inout Contents
  ) throws(GitError) {
    let node = cached.childToSet(name, of: parent)
    let subtree = try find(
      entries, changes, node: node, prefixLength: prefixLength + name.count + 1)
    if let subtree, subtree.id == nil, subtree.entryCount == 0 {
      cached.removeChild(node, of: parent)
    }
    found.append(name, subtree)
  }

  /// The entries that have a name, or are below it, at the beginning of a range.
  private func entries(
    _ name: [UInt8], in entries: Range<Int>, _ prefixLength: Int
  ) -> Range<Int> {
    let start = entries.lowerBound
    guard !entries.isEmpty else { return entries }
    let first = index.name(start, prefixLength)
    guard first.compare(name) == 0 else { return start..<start }
    return
      start..<(first.isDirectory
      ? index.end(of: first, from: start, entries, prefixLength) : index.endOfPath(start))
  }

  /// The part of a path that is directly below a directory, with a slash behind a directory's name.
  private static func sortingName(_ path: RepositoryPath, _ prefixLength: Int) -> [UInt8] {
    let rest = path.bytes[prefixLength...]
    guard let end = rest.firstIndex(of: slash) else { return Array(rest) }
    return Array(rest[...end])
  }

  /// What a directory has, as it comes.
  private struct Contents {
    /// The tree.
    var bytes: [UInt8] = []
    var entryCount: Int? = 0
    var isMerged = true

    mutating func append(_ name: ArraySlice<UInt8>, _ subtree: Subtree?) {
      guard let subtree else { return isMerged = false }
      entryCount = entryCount.flatMap { count in subtree.entryCount.map { count + $0 } }
      guard let id = subtree.id else { return }
      name.withUnsafeBytes { RawTree.append($0, TreeEntry(mode: .tree, id: id), to: &bytes) }
    }

    mutating func append(_ name: [UInt8], _ entry: IndexWriter.Entry) {
      let value = TreeEntry(mode: FileMode(raw: entry.mode), id: entry.id)
      name.withUnsafeBytes { append($0, value, entry.stage, entry.isIntentToAdd) }
    }

    mutating func append(
      _ name: UnsafeRawBufferPointer, _ value: TreeEntry, _ stage: Int, _ isIntentToAdd: Bool
    ) {
      if stage != 0 { return isMerged = false }
      // Only intended to be added: it is in no tree.
      if isIntentToAdd { return entryCount = nil }
      entryCount = entryCount.map { $0 + 1 }
      RawTree.append(name, value, to: &bytes)
    }
  }
}

private let slash = UInt8(ascii: "/")
