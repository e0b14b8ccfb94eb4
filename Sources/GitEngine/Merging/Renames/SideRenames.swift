/// What happened on one side to files that are not where they were.
struct SideRenames {
  /// Why the new name of a file matters.
  enum SourceRelevance {
    /// No more, since enough is known about its directory.
    case noMore
    /// The other side changed or deleted it.
    case content
    /// Its directory may have been moved.
    case location
  }

  /// Why it matters where a directory went.
  enum DirectoryRelevance {
    case irrelevant
    /// The other side added files to a directory above or below it.
    case ancestor
    /// The other side added files to it.
    case itself
  }

  /// Files that are on one side only: added, deleted or, once found, renamed.
  var pairs: [FilePair] = []
  /// Files that vanished on this side and whose new names matter.
  var relevantSources = PathMap<SourceRelevance>()
  /// Directories that vanished on this side.
  var directoriesRemoved = PathMap<DirectoryRelevance>()
  /// Where the files of a directory went, and how many went there.
  var directoryCounts = PathMap<DirectoryCounts>()
  /// Where directories went as a whole.
  var directoryRenames = PathMap<PathID>()
}

/// A file that was added (`old` is `nil`), deleted (`new` is `nil`) or renamed.
struct FilePair {
  var source: PathID
  var target: PathID
  var old: TreeEntry?
  var new: TreeEntry?

  var isAdded: Bool { old == nil }
  var isRenamed: Bool { old != nil && new != nil }
}

/// Where the files of one directory went.
struct DirectoryCounts {
  private(set) var places: [PathID] = []
  private(set) var counts: [Int] = []
  /// Files of which it is not known yet.
  var unknown = 0

  mutating func add(_ place: PathID) {
    if let index = places.firstIndex(of: place) {
      counts[index] += 1
    } else {
      places.append(place)
      counts.append(1)
    }
  }

  /// The place with most files; of several, the one that git comes across first.
  func guess(_ table: PathTable) -> PathID? {
    var best: Int?
    for index in BucketOrder.order(places.map { table.hash($0) })
    where counts[index] > best.map({ counts[$0] }) ?? 0 {
      best = index
    }
    return best.map { places[$0] }
  }

  /// The place with most files; `nil` when several have as many.
  var majority: PathID? {
    guard let most = counts.max(), counts.filter({ $0 == most }).count == 1 else { return nil }
    return counts.firstIndex(of: most).map { places[$0] }
  }

  /// Whether the files that are still unknown cannot change which place has most.
  var isDecided: Bool {
    let sorted = counts.sorted(by: >)
    return (sorted.first ?? 0) > (sorted.dropFirst().first ?? 0) + unknown
  }
}

extension ThreeWayMerge {
  /// Notes what one path means for renames, as the walk comes across it.
  func noteRenameCandidates(_ path: PathID, _ info: MergePath, in directory: PathID) {
    let here = info.directories
    // A directory that one side removed: its files may have been moved, and what the other side
    // adds to it should follow.
    if directoryRenameWatch != .all, here == [.base, .ours] || here == [.base, .theirs] {
      directoryRenameWatch = here.subtracting(.base)
    }
    if here.contains(.base), here != .all {
      let relevance: SideRenames.DirectoryRelevance =
        directoryRenameWatch == .all ? .ancestor : .irrelevant
      for side in Side.merged where !here.contains(side) {
        renames[side].directoriesRemoved[path] = relevance
      }
    }
    if directoryRenameWatch == .all, info.files == .ours || info.files == .theirs {
      let remover: Side = info.files == .ours ? .theirs : .ours
      renames[remover].directoriesRemoved[directory] = .itself
    }
    guard !info.files.isEmpty, info.files != .all else { return }
    for side in Side.merged {
      switch (info.files.contains(.base), info.files.contains(side)) {
      case (true, false):
        if info.equal.intersection(info.files).isEmpty {
          renames[side].relevantSources[path] = .content
        } else if directoryRenameWatch == .all {
          renames[side].relevantSources[path] = .location
        }
        renames[side].pairs.append(
          FilePair(source: path, target: path, old: info.versions.base, new: nil))
      case (false, true):
        renames[side].pairs.append(
          FilePair(source: path, target: path, old: nil, new: info.versions[side]))
      default: break
      }
    }
  }
}

extension SideRenames {
  /// Counts one rename for the directories that it may have been part of.
  ///
  /// From "a/b/c/x" to "d/b/c/x" it counts for "a/b/c", "a/b" and "a", as far as the names above are the
  /// same and it matters where the directory went.
  mutating func count(_ source: PathID, _ target: PathID, _ table: PathTable) {
    var (old, new) = (source, target)
    var isFirst = true
    while true {
      let (oldName, newName) = (old, new)
      old = table.parent(old)
      guard let relevance = directoriesRemoved[old] else { return }
      new = table.parent(new)
      if !isFirst, !table.haveSameName(oldName, newName) { return }
      if relevance == .itself || isFirst {
        directoryCounts[old, default: DirectoryCounts()].add(new)
      }
      isFirst = false
      if relevance == .irrelevant || old == .root || new == .root { return }
    }
  }
}
