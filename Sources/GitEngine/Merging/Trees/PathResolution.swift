// What becomes of a path, once all its versions are there.

extension ThreeWayMerge {
  /// Something that a directory of the merged tree has: the name is the last part of the path.
  typealias Placed = (path: PathID, entry: TreeEntry)

  /// Decides a path; what it gives is added to `placed`.
  func resolve(_ path: PathID, into placed: inout [Placed]) throws(GitError) {
    try checkCancellation()
    guard var info = paths[path] else { return }
    var place = path
    var fileSide: Side?
    if !info.directories.isEmpty {
      if let tree = info.result { placed.append((path, tree)) }
      if info.files.isEmpty { return }
    }
    if info.meetsDirectory {
      if info.result == nil {
        // The directory is gone, so the file can be here.
        info.meetsDirectory = false
        info.equal.subtract(info.directories)
        info.directories = []
        info.keepFilesOnly()
      } else if info.files == .base {
        paths.update(path) { $0.files = [] }
        return
      } else {
        let side: Side = info.directories.contains(.ours) ? .theirs : .ours
        fileSide = side
        place = makeRoom(for: &info, at: path, side)
      }
    }
    try decide(&info, place, fileSide, into: &placed)
  }

  /// A directory stays: the file of the same name goes to another.
  private func makeRoom(for info: inout MergePath, at path: PathID, _ side: Side) -> PathID {
    info.equal.subtract(info.directories)
    info.directories = []
    info.keepFilesOnly()
    let place = uniquePath(path, side)
    paths[place] = info
    paths.update(path) { $0.files = [] }
    report(
      .fileDirectory, [place, path],
      "CONFLICT (file/directory): directory in the way of \(text(path)) from \(label(side)); "
        + "moving it to \(text(place)) instead.")
    return place
  }

  private func decide(
    _ info: inout MergePath, _ path: PathID, _ fileSide: Side?, into placed: inout [Placed]
  ) throws(GitError) {
    var place = path
    let isSettled = !info.meetsDirectory && !info.isContested
    let (ours, theirs) = (info.stage(.ours), info.stage(.theirs))
    if !info.equal.isEmpty {
      let changer: Side = info.equal == [.base, .ours] ? .theirs : .ours
      info.result = info.versions[changer]
      info.isClean = isSettled
      if info.equal != [.ours, .theirs], info.result == nil { info.isClean = true }
    } else if let ours, let theirs {
      if ours.mode.type != theirs.mode.type {
        place = separate(&info, path, ours, theirs, into: &placed)
      } else {
        try mergeBoth(&info, path, ours, theirs, fileSide)
      }
    } else if info.files == [.base, .ours] || info.files == [.base, .theirs] {
      resolveDeletion(&info, path)
    } else if let only = ours ?? theirs {
      info.result = only
      info.isClean = isSettled
    } else {
      info.result = nil
      info.isClean = !info.isContested
    }
    paths[place] = info
    if !info.isClean { conflicted.insert(place) }
    if let result = info.result { placed.append((place, result)) }
  }

  private func mergeBoth(
    _ info: inout MergePath, _ path: PathID, _ ours: TreeEntry, _ theirs: TreeEntry,
    _ fileSide: Side?
  ) throws(GitError) {
    let merged = try mergeVersions(
      at: path, Triple(info.versions.base, ours, theirs), names: info.names,
      extraMarkerSize: 2 * settings.depth)
    info.isClean = merged.isClean && !info.meetsDirectory && !info.isContested
    info.result = merged.entry
    if merged.isClean, info.meetsDirectory, let fileSide {
      info.files = fileSide.asSet
      info.versions[fileSide] = merged.entry
    }
    guard !merged.isClean else { return }
    let isSubmodule = merged.entry?.mode == .gitlink
    let isAddition = info.files == [.ours, .theirs]
    report(
      isSubmodule ? .submodule : isAddition ? .addAdd : .content, [path],
      "CONFLICT (\(isSubmodule ? "submodule" : isAddition ? "add/add" : "content")): Merge conflict "
        + "in \(text(path))")
  }

  private func resolveDeletion(_ info: inout MergePath, _ path: PathID) {
    let side: Side = info.files.contains(.ours) ? .ours : .theirs
    info.result = settings.depth > 0 ? info.versions.base : info.versions[side]
    info.isClean = false
    // A rename that meets a deletion has been reported.
    if info.isContested, info.versions.base?.id == info.versions[side]?.id { return }
    let (name, changer) = (text(path), label(side))
    report(
      .modifyDelete, [path],
      "CONFLICT (modify/delete): \(name) deleted in \(label(side.other)) and modified in "
        + "\(changer).  Version \(changer) of \(name) left in tree.")
  }

  /// A file here, a link or a submodule there: each gets a place of its own.
  private func separate(
    _ info: inout MergePath, _ path: PathID, _ ours: TreeEntry, _ theirs: TreeEntry,
    into placed: inout [Placed]
  ) -> PathID {
    info.isClean = false
    guard settings.depth == 0 else {
      info.result = info.versions.base
      return path
    }
    let movesOurs = ours.mode.isFile || !theirs.mode.isFile
    let movesTheirs = !ours.mode.isFile
    let ourPlace = movesOurs ? uniquePath(path, .ours) : path
    let theirPlace = movesTheirs ? uniquePath(path, .theirs) : path
    report(
      .distinctTypes,
      [path] + (movesOurs ? [ourPlace] : []) + (movesTheirs ? [theirPlace] : []),
      "CONFLICT (distinct types): \(text(path)) had different types on each side; renamed "
        + "\(movesOurs && movesTheirs ? "both" : "one") of them so each can be recorded somewhere.")
    func part(_ side: Side, _ entry: TreeEntry) -> MergePath {
      var part = info
      part.result = entry
      part.versions[side.other] = nil
      part.files = side.asSet
      if info.versions.base?.mode.type == entry.mode.type {
        part.files.insert(.base)
      } else {
        part.versions.base = nil
      }
      return part
    }
    if movesOurs, movesTheirs { paths[path] = nil }
    paths[theirPlace] = part(.theirs, theirs)
    conflicted.insert(theirPlace)
    placed.append((theirPlace, theirs))
    info = part(.ours, ours)
    return ourPlace
  }
}
