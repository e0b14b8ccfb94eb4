// The outcome of a merge as values.

extension ThreeWayMerge {
  /// What came of a merge; whatever of it is worth keeping is written.
  func finish(tree: ObjectID, isClean: Bool, writesTree: Bool) throws(GitError) -> TreeMerge {
    try checkCancellation()
    let notes = sortedNotes()
    let conflicts = conflictedPaths(notes)
    if isClean || writesTree { try objects.store(tree) }
    for conflict in conflicts {
      // What was merged on the way to a conflict is one of its versions.
      for entry in [conflict.ancestor, conflict.ours, conflict.theirs] {
        if let entry { try objects.store(entry.id) }
      }
    }
    return TreeMerge(
      tree: isClean || writesTree ? tree : nil, isClean: isClean, conflicts: conflicts,
      notes: notes, neededRenameLimit: neededRenameLimit)
  }

  private func sortedNotes() -> [MergeNote] {
    let order = notes.indices.sorted { a, b in
      let (left, right) = (notes[a].primary, notes[b].primary)
      if left == right { return a < b }
      return table.bytes(left).lexicographicallyPrecedes(table.bytes(right))
    }
    return order.map { notes[$0].note }
  }

  private func conflictedPaths(_ notes: [MergeNote]) -> [ConflictedPath] {
    var notesByPath: [RepositoryPath: [MergeNote]] = [:]
    for note in notes where note.isConflict {
      for path in Set(note.paths) { notesByPath[path, default: []].append(note) }
    }
    let sorted = conflicted.sorted {
      table.bytes($0).lexicographicallyPrecedes(table.bytes($1))
    }
    return sorted.compactMap { id in
      guard let info = paths[id] else { return nil }
      let path = table.path(id)
      var conflict = ConflictedPath(
        path: path, ancestor: info.stage(.base), ours: info.stage(.ours),
        theirs: info.stage(.theirs))
      let told = notesByPath[path] ?? []
      for note in told where note.kind.namesOtherPlaces {
        conflict.otherPaths.formUnion(note.paths)
      }
      for side in Side.all where info.files.contains(side) {
        conflict.otherPaths.insert(table.path(info.names[side]))
      }
      conflict.otherPaths.remove(path)
      let own = told.filter { $0.paths.first == path } + told.filter { $0.paths.first != path }
      for note in own where !conflict.kinds.contains(note.kind) { conflict.kinds.append(note.kind) }
      if conflict.kinds.isEmpty { conflict.kinds = [conflict.kindByVersions] }
      return conflict
    }
  }
}

extension ConflictKind {
  /// Whether the paths of a note of this kind are names of one file.
  fileprivate var namesOtherPlaces: Bool {
    switch self {
    case .renameRename, .renameDelete, .renameCollision, .directoryRenameSuggested,
      .fileDirectory, .distinctTypes:
      true
    default: false
    }
  }
}

extension ConflictedPath {
  fileprivate var kindByVersions: ConflictKind {
    if ours != nil, theirs != nil { return ancestor == nil ? .addAdd : .content }
    return .modifyDelete
  }
}
