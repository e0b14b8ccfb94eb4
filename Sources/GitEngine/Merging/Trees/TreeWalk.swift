// The walk over the three trees, side by side.
//
// A subtree that all three have is never read. One that only a single side changed is postponed:
// if no file that vanished from that side needs its new name known, the subtree is taken as a whole.

extension ThreeWayMerge {
  /// What the three trees have under one name.
  private typealias Found = Triple<RawTree.Entry?>

  func collect(base: ObjectID, ours: ObjectID, theirs: ObjectID) throws(GitError) {
    let trees = Triple(try objects.tree(base), try objects.tree(ours), try objects.tree(theirs))
    try walk(.root, trees)
    for side in Side.merged { try resumePostponed(side) }
  }

  private func resumePostponed(_ side: Side) throws(GitError) {
    let canTakeWhole = renames[side].relevantSources.isEmpty
    mayPostpone[side] = canTakeWhole
    let directories = postponed[side]
    postponed[side] = []
    let order = BucketOrder.order(directories.map { table.hash($0.path) })
    for position in order {
      let directory = directories[position]
      guard let path = paths[directory.path] else { continue }
      if canTakeWhole {
        paths.update(directory.path) {
          $0.result = $0.versions[side]
          $0.equal = []
          $0.isClean = true
        }
        continue
      }
      paths.update(directory.path) { $0.equal.formIntersection($0.files) }
      directoryRenameWatch = directory.watch
      try walk(directory.path, subtrees(path))
    }
    directoryRenameWatch = []
  }

  private func subtrees(_ path: MergePath) throws(GitError) -> Triple<RawTree> {
    var trees = Triple(RawTree.empty, RawTree.empty, RawTree.empty)
    for side in Side.all where path.directories.contains(side) {
      if let entry = path.versions[side] { trees[side] = try objects.tree(entry.id) }
    }
    return trees
  }

  private func walk(_ directory: PathID, _ trees: Triple<RawTree>) throws(GitError) {
    try checkCancellation()
    var reader = ParallelTrees(trees)
    guard directoryRenameWatch == .ours || directoryRenameWatch == .theirs else {
      while let found = reader.next() { try visit(found, in: directory) }
      return
    }
    // The side that still has this directory matters only if it added a file to it: so all names
    // are looked at before the first is visited.
    var all: [Found] = []
    while let found = reader.next() {
      let files = Self.files(found)
      if !files.isEmpty, files == directoryRenameWatch { directoryRenameWatch = .all }
      all.append(found)
    }
    for found in all { try visit(found, in: directory) }
  }

  private static func files(_ found: Found) -> Sides {
    var files: Sides = []
    for side in Side.all {
      if let entry = found[side], entry.value.mode != .tree { files.insert(side.asSet) }
    }
    return files
  }

  private func visit(_ found: Found, in directory: PathID) throws(GitError) {
    let versions = Triple(found.base?.value, found.ours?.value, found.theirs?.value)
    let files = Self.files(found)
    let oursIsBase = versions.ours != nil && versions.ours == versions.base
    let theirsIsBase = versions.theirs != nil && versions.theirs == versions.base
    let sidesAgree = versions.ours != nil && versions.ours == versions.theirs
    guard let entry = found.base ?? found.ours ?? found.theirs else { return }
    let path = table.insert(entry.name, in: directory)
    var resolved: TreeEntry?
    if oursIsBase, theirsIsBase {
      resolved = versions.base
    } else if files == .all {
      if sidesAgree || theirsIsBase { resolved = versions.ours }
      if oursIsBase { resolved = versions.theirs }
    }
    if let resolved {
      paths[path] = MergePath(path, resolved: resolved)
      return
    }
    var directories: Sides = []
    for side in Side.all where versions[side]?.mode == .tree { directories.insert(side.asSet) }
    var info = MergePath(path, versions: versions, files: files, directories: directories)
    if oursIsBase {
      info.equal = [.base, .ours]
    } else if theirsIsBase {
      info.equal = [.base, .theirs]
    } else if sidesAgree {
      info.equal = [.ours, .theirs]
    }
    let watch = directoryRenameWatch
    noteRenameCandidates(path, info, in: directory)
    if !directories.isEmpty {
      try enter(path, &info, oursIsBase: oursIsBase, theirsIsBase: theirsIsBase, watch)
    }
    directoryRenameWatch = watch
    if !paths.contains(path) { paths[path] = info }
  }

  /// Goes into a directory now, or leaves it for later.
  private func enter(
    _ path: PathID, _ info: inout MergePath, oursIsBase: Bool, theirsIsBase: Bool, _ watch: Sides
  ) throws(GitError) {
    var changer: Side? = oursIsBase ? .theirs : theirsIsBase ? .ours : nil
    if info.files.isEmpty, info.directories == .ours || info.directories == .theirs {
      info.equal = Sides.all.subtracting(info.directories)
      changer = info.directories == .ours ? .ours : .theirs
    }
    if let changer, directoryRenameWatch != .all, mayPostpone[changer] {
      postponed[changer].append(Postponed(path: path, watch: directoryRenameWatch))
      return
    }
    info.equal.formIntersection(info.files)
    paths[path] = info
    try walk(path, subtrees(info))
  }
}

/// Three sorted trees, read name by name.
///
/// Git sorts a directory as if its name ended with a slash, so a file "a" and a directory "a" may lie
/// apart. The smallest name is taken from all trees, wherever it is hidden.
private struct ParallelTrees {
  private let entries: Triple<UnsafeBufferPointer<RawTree.Entry>>
  private var positions = Triple(0, 0, 0)
  /// What was taken out of its turn.
  private var taken = Triple<[Int]>([], [], [])

  /// The trees have to outlive this.
  init(_ trees: Triple<RawTree>) {
    entries = Triple(trees.base.entries, trees.ours.entries, trees.theirs.entries)
  }

  mutating func next() -> Triple<RawTree.Entry?>? {
    let heads = Triple(head(.base), head(.ours), head(.theirs))
    // Mostly all three have it.
    if let base = heads.base, let ours = heads.ours, let theirs = heads.theirs,
      base.hasName(of: ours), base.hasName(of: theirs)
    {
      positions.base += 1
      positions.ours += 1
      positions.theirs += 1
      return heads
    }
    var first: RawTree.Entry?
    for side in Side.all {
      guard let entry = heads[side] else { continue }
      if first.map({ entry.compareName(to: $0) < 0 }) ?? true { first = entry }
    }
    return first.map { first in
      Triple(take(first, from: .base), take(first, from: .ours), take(first, from: .theirs))
    }
  }

  /// The next entry of a tree that was not taken.
  private mutating func head(_ side: Side) -> RawTree.Entry? {
    while let index = taken[side].firstIndex(of: positions[side]) {
      taken[side].remove(at: index)
      positions[side] += 1
    }
    return positions[side] < entries[side].count ? entries[side][positions[side]] : nil
  }

  private mutating func take(_ wanted: RawTree.Entry, from side: Side) -> RawTree.Entry? {
    var position = positions[side]
    while position < entries[side].count {
      let entry = entries[side][position]
      let order = wanted.compareName(to: entry)
      if order == 0 {
        if position == positions[side] {
          positions[side] += 1
        } else if taken[side].contains(position) {
          return nil
        } else {
          taken[side].append(position)
        }
        return entry
      }
      if order < 0, !wanted.canHide(behind: entry) { return nil }
      position += 1
    }
    return nil
  }
}

extension RawTree.Entry {
  /// Whether a directory of this name may come after an entry with a greater name.
  fileprivate func canHide(behind other: Self) -> Bool {
    other.name.count > name.count && other.name[name.count] < UInt8(ascii: "/")
      && name.compareBytes(to: other.name) == 0
  }
}
