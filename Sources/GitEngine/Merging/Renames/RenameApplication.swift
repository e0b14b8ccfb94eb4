// Renames move the versions of a file to one path, where they are then merged.

extension ThreeWayMerge {
  /// Follows the renames of both sides, which are in order of their sources.
  func applyRenames(_ all: [(side: Side, pair: FilePair)]) throws(GitError) {
    var index = 0
    while index < all.count {
      try checkCancellation()
      let (side, pair) = all[index]
      index += 1
      guard let old = paths[pair.source], !old.isClean else { continue }
      if index < all.count, all[index].pair.source == pair.source {
        try applyBoth(pair.source, pair.target, all[index].pair.target)
        index += 1
      } else {
        try apply(pair, of: side, old)
      }
    }
  }

  /// Both sides renamed a file.
  private func applyBoth(
    _ source: PathID, _ ours: PathID, _ theirs: PathID
  ) throws(GitError) {
    guard let base = paths[source], let left = paths[ours], let right = paths[theirs] else {
      return
    }
    if ours == theirs {
      paths.update(ours) {
        $0.versions.base = base.versions.base
        $0.files.insert(.base)
      }
      vacate(source)
      return
    }
    guard let a = left.versions.ours, let b = right.versions.theirs else { return }
    let merged = try mergeVersions(
      at: source, Triple(base.versions.base, a, b), names: Triple(source, ours, theirs),
      extraMarkerSize: 1 + 2 * settings.depth)
    paths.update(ours) {
      $0.versions.ours = merged.entry
      $0.isContested = true
    }
    // What cannot be merged is ours after the merge: there, each place keeps its own.
    let keepsOwn = !merged.isClean && merged.entry == a
    paths.update(theirs) {
      $0.versions.theirs = keepsOwn ? b : merged.entry
      $0.isContested = true
    }
    paths.update(source) { $0.isContested = true }
    report(
      .renameRename, [source, ours, theirs],
      "CONFLICT (rename/rename): \(text(source)) renamed to \(text(ours)) in \(label(.ours)) and "
        + "to \(text(theirs)) in \(label(.theirs)).")
  }

  /// One side renamed a file.
  private func apply(_ pair: FilePair, of side: Side, _ old: MergePath) throws(GitError) {
    guard let new = paths[pair.target] else { return }
    let other = side.other
    let isDeleted = !old.files.contains(other)
    var collides = new.files.contains(other)
    let changedType =
      !isDeleted
      && (old.versions[other]?.mode.isFile ?? false) != (new.versions[side]?.mode.isFile ?? false)
    // Both sides renamed it, and one of them put something else at the old place.
    if changedType, collides { collides = false }
    if collides, !isDeleted {
      try applyCollision(pair, of: side, old, new)
    } else if collides {
      // Renamed here, deleted there, where something else has the new name.
      paths.update(pair.target) { $0.isContested = true }
      reportRenameDelete(pair, side)
    } else {
      paths.update(pair.target) {
        $0.versions.base = old.versions.base
        $0.files.insert(.base)
        $0.names.base = pair.source
        if isDeleted, !changedType { $0.isContested = true }
        if !isDeleted, !changedType {
          $0.versions[other] = old.versions[other]
          $0.files.insert(other.asSet)
          $0.names[other] = pair.source
        }
      }
      if changedType {
        paths.update(pair.source) {
          $0.versions.base = nil
          $0.files.remove(.base)
        }
      } else if isDeleted {
        reportRenameDelete(pair, side)
      }
    }
    guard !changedType else { return }
    if old.files.contains(side) {
      // A directory that was moved put another file of this side here. It stays; git loses it.
      paths.update(pair.source) {
        $0.files = side.asSet
        $0.keepFilesOnly()
      }
    } else {
      vacate(pair.source)
    }
  }

  /// The new name is taken on the other side: the file is merged first, and then with what is there.
  private func applyCollision(
    _ pair: FilePair, of side: Side, _ old: MergePath, _ new: MergePath
  ) throws(GitError) {
    let other = side.other
    var versions = Triple(old.versions.base, old.versions.base, old.versions.base)
    versions[other] = old.versions[other]
    versions[side] = new.versions[side]
    var names = Triple(pair.source, pair.source, pair.source)
    names[side] = pair.target
    let merged = try mergeVersions(
      at: pair.source, versions, names: names, extraMarkerSize: 1 + 2 * settings.depth)
    paths.update(pair.target) { $0.versions[side] = merged.entry }
    guard !merged.isClean else { return }
    report(
      .renameCollision, [pair.target, pair.source],
      "CONFLICT (rename involved in collision): rename of \(text(pair.source)) -> "
        + "\(text(pair.target)) has content conflicts AND collides with another path; this may "
        + "result in nested conflict markers.")
  }

  private func reportRenameDelete(_ pair: FilePair, _ side: Side) {
    report(
      .renameDelete, [pair.target, pair.source],
      "CONFLICT (rename/delete): \(text(pair.source)) renamed to \(text(pair.target)) in "
        + "\(label(side)), but deleted in \(label(side.other)).")
  }

  /// Nothing is left at a path that a file was moved away from.
  private func vacate(_ path: PathID) {
    paths.update(path) {
      $0.result = nil
      $0.isClean = true
    }
  }
}
