// Merging three versions of one thing: two files, two symbolic links or two submodules.

extension ThreeWayMerge {
  struct MergedVersion {
    /// `nil` for nothing, which only a merge of merge bases can give.
    var entry: TreeEntry?
    var isClean: Bool
  }

  /// Merges two versions of one type.
  ///
  /// - Parameters:
  ///   - path: Where the attributes are looked up, and what messages name.
  ///   - versions: The three versions; both sides have one.
  ///   - names: What the versions are called, for the labels of conflicts.
  ///   - extraMarkerSize: How much longer than usual conflict markers are.
  func mergeVersions(
    at path: PathID, _ versions: Triple<TreeEntry?>, names: Triple<PathID>, extraMarkerSize: Int
  ) throws(GitError) -> MergedVersion {
    guard let ours = versions.ours, let theirs = versions.theirs else {
      return MergedVersion(entry: versions.ours ?? versions.theirs, isClean: false)
    }
    let base = versions.base
    var isClean = true
    var mode = theirs.mode
    if ours.mode != theirs.mode, ours.mode != base?.mode {
      mode = ours.mode
      isClean = theirs.mode == base?.mode
    }
    if ours.id == theirs.id || ours.id == base?.id {
      return MergedVersion(entry: TreeEntry(mode: mode, id: theirs.id), isClean: isClean)
    }
    if theirs.id == base?.id {
      return MergedVersion(entry: TreeEntry(mode: mode, id: ours.id), isClean: isClean)
    }
    let ancestor = base?.mode.type == ours.mode.type ? base : nil
    switch ours.mode.type {
    case .file:
      let (id, isMerged) = try mergeFiles(
        at: path, ancestor?.id, ours.id, theirs.id, names, extraMarkerSize)
      return MergedVersion(entry: TreeEntry(mode: mode, id: id), isClean: isClean && isMerged)
    case .gitlink:
      let (id, isMerged) = try mergeSubmodules(at: names.base, ancestor?.id, ours.id, theirs.id)
      if settings.depth > 0, !isMerged, ancestor == nil {
        return MergedVersion(entry: base, isClean: false)
      }
      return MergedVersion(entry: id.map { TreeEntry(mode: mode, id: $0) }, isClean: isMerged)
    case .symbolicLink, .tree:
      if settings.depth > 0 { return MergedVersion(entry: base, isClean: false) }
      let chosen = settings.favor == .theirs ? theirs.id : ours.id
      return MergedVersion(
        entry: TreeEntry(mode: mode, id: chosen), isClean: settings.favor != .none)
    }
  }

  private func mergeFiles(
    at path: PathID, _ base: ObjectID?, _ ours: ObjectID, _ theirs: ObjectID,
    _ names: Triple<PathID>, _ extraMarkerSize: Int
  ) throws(GitError) -> (id: ObjectID, isClean: Bool) {
    try checkCancellation()
    let isInner = settings.depth > 0
    func label(_ text: String, _ side: Side) -> String {
      names.base == names.ours && names.ours == names.theirs
        ? text : "\(text):\(self.text(names[side]))"
    }
    let labels = LineMerge.Labels(
      ancestor: label(settings.ancestorLabel, .base), ours: label(settings.labels.ours, .ours),
      theirs: label(settings.labels.theirs, .theirs))
    var ancestor: [UInt8] = []
    if let base { ancestor = try objects.blob(base) }
    let merged = try contents.mergeContents(
      ContentMergeRequest(
        path: table.path(path), base: ancestor, ours: try objects.blob(ours),
        theirs: try objects.blob(theirs), labels: labels,
        favor: isInner ? .none : settings.lineFavor, style: settings.lineStyle,
        extraMarkerSize: extraMarkerSize, isForAncestor: isInner))
    if merged.conflict == .binary {
      report(
        .binary, [path],
        "warning: Cannot merge binary files: \(text(path)) (\(labels.ours) vs. \(labels.theirs))")
    }
    return (try objects.addBlob(merged.bytes), merged.conflict == .none)
  }

  /// A submodule goes to the side that contains the other, if its repository is there to ask.
  private func mergeSubmodules(
    at path: PathID, _ base: ObjectID?, _ ours: ObjectID, _ theirs: ObjectID
  ) throws(GitError) -> (id: ObjectID?, isClean: Bool) {
    let name = text(path)
    let fallback = settings.depth > 0 ? base : ours
    switch try contents.submodule(
      at: table.path(path), base: base, ours: ours, theirs: theirs)
    {
    case .fastForward(let id):
      report(
        .submoduleFastForward, [path], "Note: Fast-forwarding submodule \(name) to \(id)")
      return (id, true)
    case .conflict(let kind, let reason):
      let suffix = reason.isEmpty ? "" : " (\(reason))"
      report(kind, [path], "Failed to merge submodule \(name)\(suffix)")
      return (fallback, false)
    }
  }
}

extension ThreeWayMerge.Settings {
  fileprivate var lineFavor: LineMerge.Favor {
    switch favor {
    case .none: .none
    case .ours: .ours
    case .theirs: .theirs
    }
  }

  fileprivate var lineStyle: LineMerge.Style {
    switch style {
    case .merge: .merge
    case .diff3: .diff3
    case .zdiff3: .zdiff3
    }
  }
}
