// Directories that one side moved as a whole, and files that the other side put into them.

/// Files that would all go to one place along with their directories.
struct DirectoryRenameTarget {
  var sources: [PathID] = []
  var isReported = false
}

/// By the path where the files would go.
typealias DirectoryRenameTargets = PathMap<DirectoryRenameTarget>

extension ThreeWayMerge {
  /// Finds renames and lets the versions of the merge follow them; returns whether all is clear.
  func followRenames() throws(GitError) -> Bool {
    let isNeeded = Side.merged.contains {
      !renames[$0].pairs.isEmpty && !renames[$0].relevantSources.isEmpty
    }
    guard settings.detectsRenames, isNeeded else { return true }
    let similarity = Similarity(objects)
    for side in Side.merged {
      guard !renames[side].pairs.isEmpty, !renames[side].relevantSources.isEmpty else { continue }
      var search = RenameSearch(objects, similarity) { [self] () throws(GitError) in
        try checkCancellation()
      }
      try search.run(&renames[side], &table, limit: settings.renameLimit)
      if let needed = search.neededLimit {
        neededRenameLimit = max(neededRenameLimit ?? 0, needed)
      }
    }
    var isClear = true
    if settings.depth == 0, settings.directoryRenames != .off {
      for side in Side.merged { isClear = decideDirectoryRenames(side) && isClear }
      // A directory that both sides moved stays where each of them moved it.
      for directory in renames.ours.directoryRenames.paths
      where renames.theirs.directoryRenames[directory] != nil {
        renames.ours.directoryRenames[directory] = nil
        renames.theirs.directoryRenames[directory] = nil
      }
    }
    var targets = Triple(
      DirectoryRenameTargets(), DirectoryRenameTargets(), DirectoryRenameTargets())
    for side in Side.merged { targets[side] = directoryRenameTargets(side) }
    var all: [(side: Side, pair: FilePair)] = []
    for side in Side.merged {
      for var pair in renames[side].pairs where pair.new != nil {
        try checkCancellation()
        let moved = movedTarget(of: pair.target, side, &targets, &isClear)
        guard pair.isRenamed || moved != nil else { continue }
        if let moved { apply(moved, to: &pair) }
        all.append((side, pair))
      }
    }
    let order = all.indices.sorted { a, b in
      let (left, right) = (all[a].pair.source, all[b].pair.source)
      if left == right { return a < b }
      return table.bytes(left).lexicographicallyPrecedes(table.bytes(right))
    }
    try applyRenames(order.map { all[$0] })
    return isClear
  }

  /// Where the directories of one side went: to where most of their files went.
  private func decideDirectoryRenames(_ side: Side) -> Bool {
    var isClear = true
    for (directory, counts) in renames[side].directoryCounts where !counts.places.isEmpty {
      if let place = counts.majority {
        renames[side].directoryRenames[directory] = place
        continue
      }
      let name = text(directory)
      report(
        .directoryRenameSplit, [directory],
        "CONFLICT (directory rename split): Unclear where to rename \(name) to; it was renamed to "
          + "multiple other directories, with no destination getting a majority of the files.")
      isClear = false
    }
    return isClear
  }

  /// The nearest directory above a path that a side moved.
  private func movedDirectory(above path: PathID, by side: Side) -> PathID? {
    var directory = table.parent(path)
    while directory != .root {
      if renames[side].directoryRenames[directory] != nil { return directory }
      directory = table.parent(directory)
    }
    return nil
  }

  /// Where the files that a side added or renamed would go along with the other side's directories.
  private func directoryRenameTargets(_ side: Side) -> DirectoryRenameTargets {
    var targets = DirectoryRenameTargets()
    guard !renames[side.other].directoryRenames.isEmpty else { return targets }
    for pair in renames[side].pairs where pair.new != nil {
      guard let old = movedDirectory(above: pair.target, by: side.other),
        let new = renames[side.other].directoryRenames[old]
      else { continue }
      let target = table.insert(pair.target, movedFrom: old, to: new)
      let known = targets[target]?.sources ?? []
      if !known.contains(pair.target) {
        targets[target, default: DirectoryRenameTarget()].sources.append(pair.target)
      }
    }
    return targets
  }

  /// Where a file goes along with a directory that the other side moved; `nil` if it stays.
  private func movedTarget(
    of path: PathID, _ side: Side, _ targets: inout Triple<DirectoryRenameTargets>,
    _ isClear: inout Bool
  ) -> PathID? {
    let other = side.other
    guard !renames[other].directoryRenames.isEmpty, targets[other][path] == nil,
      let old = movedDirectory(above: path, by: other),
      let new = renames[other].directoryRenames[old]
    else { return nil }
    // Not into a directory that this side itself moved: the file would be moved on and on.
    if renames[side].directoryRenames[new] != nil {
      report(
        .directoryRenameSkipped, [old, path, new],
        "WARNING: Avoiding applying \(text(old)) -> \(text(new)) rename to \(text(path)), because "
          + "\(text(new)) itself was renamed.")
      return nil
    }
    let moved = table.insert(path, movedFrom: old, to: new)
    guard var target = targets[side][moved] else { return nil }
    if isBlocked(moved, by: side, &target) {
      targets[side][moved] = target
      isClear = false
      return nil
    }
    return moved
  }

  private func isBlocked(
    _ path: PathID, by side: Side, _ target: inout DirectoryRenameTarget
  ) -> Bool {
    if target.isReported { return true }
    let sources = target.sources.sorted {
      table.bytes($0).lexicographicallyPrecedes(table.bytes($1))
    }
    let listed = sources.map { text($0) }.joined(separator: ", ")
    if let info = paths[path],
      info.isClean || info.files.union(info.directories).contains(side)
    {
      report(
        .directoryRenameInWay, [path] + sources,
        "CONFLICT (implicit dir rename): Existing file/dir at \(text(path)) in the way of implicit "
          + "directory rename(s) putting the following path(s) there: \(listed).")
    } else if sources.count > 1 {
      report(
        .directoryRenameCollision, [path] + sources,
        "CONFLICT (implicit dir rename): Cannot map more than one path to \(text(path)); implicit "
          + "directory renames tried to put these paths there: \(listed)")
    } else {
      return false
    }
    target.isReported = true
    return true
  }

  // MARK: Moving

  /// Moves what one side has at a path to where its directory went.
  private func apply(_ moved: PathID, to pair: inout FilePair) {
    let old = pair.target
    guard var info = paths[old] else { return }
    addDirectories(above: moved, for: info.files)
    if info.directories.isEmpty {
      paths[old] = nil
    } else {
      // The ancestor has a directory there, whose files are yet to be dealt with.
      paths.update(old) {
        $0.files = []
        $0.isClean = true
        for side in Side.all where !$0.directories.contains(side) { $0.versions[side] = nil }
      }
      info.directories = []
      info.meetsDirectory = false
      info.keepFilesOnly()
    }
    let side: Side = info.files == .ours ? .ours : .theirs
    if paths.contains(moved) {
      paths.update(moved) {
        $0.files.insert(side.asSet)
        if !$0.directories.isEmpty { $0.meetsDirectory = true }
        $0.names[side] = info.names[side]
        $0.versions[side] = info.versions[side]
      }
    } else {
      paths[moved] = info
    }
    reportMove(pair, from: old, to: moved, side)
    pair.target = moved
  }

  private func addDirectories(above path: PathID, for side: Sides) {
    var directory = table.parent(path)
    while directory != .root, !paths.contains(directory) {
      paths[directory] = MergePath(newDirectory: directory, for: side)
      directory = table.parent(directory)
    }
  }

  private func reportMove(_ pair: FilePair, from old: PathID, to new: PathID, _ side: Side) {
    let (adder, mover) = (label(side), label(side.other))
    let isApplied = settings.directoryRenames == .apply
    if !isApplied { paths.update(new) { $0.isContested = true } }
    let name = text(old)
    let what =
      pair.isAdded
      ? "\(name) added in \(adder) inside a directory that was renamed in \(mover)"
      : "\(text(pair.source)) renamed to \(name) in \(adder), inside a directory that was renamed "
        + "in \(mover)"
    if isApplied {
      report(
        .directoryRenameApplied, [new, old],
        "Path updated: \(what); moving it to \(text(new)).")
    } else {
      report(
        .directoryRenameSuggested, [new, old],
        "CONFLICT (file location): \(what), suggesting it should perhaps be moved to "
          + "\(text(new)).")
    }
  }
}
