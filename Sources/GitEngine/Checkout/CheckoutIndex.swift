internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// The index file of a checkout, read once, and written to the side.
///
/// libgit2 writes an index by taking `index.lock` itself. Here that lock is held from before the first
/// file is touched, so a copy is edited and renamed over the index at the end.
struct CheckoutIndex: ~Copyable {
  private let index: Owned<IndexHandle>
  /// The index file that was read; `nil` when there was none.
  let stamp: FileStamp?

  /// Reads the index at `path`, or an empty one.
  ///
  /// - Parameter original: The stamp of the index file that the one at `path` is a copy of.
  init(reading path: FilePath, original: FileStamp? = nil) throws(GitError) {
    var stamp = original
    if stamp == nil { stamp = try fileStatus(path).map { FileStamp($0) } }
    let index = try Owned<IndexHandle>("read the index \(path)") { out in
      path.withPlatformString { git_index_open(&out, $0) }
    }
    try check(git_index_read(index.pointer, 1), "read the index \(path)")
    self.stamp = stamp
    self.index = index
  }

  /// The entry of a path at stage 0.
  func entry(_ path: RepositoryPath) -> git_index_entry? {
    path.withCString { git_index_get_bypath(index.pointer, $0, 0)?.pointee }
  }

  func state(_ path: RepositoryPath) -> IndexState {
    guard let entry = entry(path) else {
      let isUnmerged = path.withCString { text in
        (1...3).contains { git_index_get_bypath(index.pointer, text, Int32($0)) != nil }
      }
      return isUnmerged ? .unmerged : .absent
    }
    let extended = UInt32(entry.flags_extended)
    if extended & GIT_INDEX_ENTRY_INTENT_TO_ADD.rawValue != 0 { return .intentToAdd }
    return .entry(
      TreeEntry(entry), skipWorktree: extended & GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue != 0)
  }

  /// The paths that have stages of an unfinished merge.
  var unmerged: [RepositoryPath] {
    guard git_index_has_conflicts(index.pointer) == 1 else { return [] }
    var found: Set<RepositoryPath> = []
    forEachEntry { entry in
      if entry.flags & UInt16(GIT_INDEX_ENTRY_STAGEMASK) != 0 {
        found.insert(RepositoryPath(cString: entry.path))
      }
    }
    return found.sorted()
  }

  /// All paths.
  var paths: Set<RepositoryPath> {
    var found: Set<RepositoryPath> = []
    forEachEntry { found.insert(RepositoryPath(cString: $0.path)) }
    return found
  }

  /// Calls `body` with each entry, all stages.
  func forEachEntry<Failure: Error>(
    _ body: (git_index_entry) throws(Failure) -> Void
  ) throws(Failure) {
    for position in 0..<git_index_entrycount(index.pointer) {
      guard let entry = git_index_get_byindex(index.pointer, position) else { continue }
      try body(entry.pointee)
    }
  }

  /// An entry that cannot be in the index beside one for `path`: a file where that one needs a
  /// directory, or the other way round.
  ///
  /// - Parameter removed: Entries that go.
  func collision(
    with path: RepositoryPath, removed: Set<RepositoryPath>
  ) -> CheckoutObstacle.Reason? {
    var parent = path.parent
    while let directory = parent {
      if entry(directory) != nil, !removed.contains(directory) { return .fileInTheWay }
      parent = directory.parent
    }
    let prefix = RepositoryPath(bytes: path.bytes + [UInt8(ascii: "/")])
    var position = 0
    guard
      prefix.withCString({ git_index_find_prefix(&position, index.pointer, $0) }) == 0
    else {
      git_error_clear()
      return nil
    }
    while let entry = git_index_get_byindex(index.pointer, position) {
      let other = RepositoryPath(cString: entry.pointee.path)
      guard other.isInside(path) else { break }
      if !removed.contains(other) { return .directoryInTheWay }
      position += 1
    }
    return nil
  }

  /// The id of the file's content if the entry alone tells it.
  ///
  /// As git does: the entry's times are trusted only if they are older than the index itself and
  /// the entry is not marked "assume unchanged".
  func trustedID(_ path: RepositoryPath, _ file: FileStamp) -> ObjectID? {
    guard let entry = entry(path), let stamp, file.matches(entry), file.modified < stamp.modified,
      UInt32(entry.flags) & GIT_INDEX_ENTRY_VALID.rawValue == 0
    else { return nil }
    return ObjectID(entry.id)
  }

  /// Applies a plan's changes and writes the index to its own path, which is a copy by now.
  ///
  /// - Parameter files: The files as they are in place, for the entries that describe them.
  func write(_ steps: [CheckoutPlan.Step], files: [RepositoryPath: FileStamp]) throws(GitError) {
    try smudgeRacyEntries()
    for step in steps {
      switch step.index {
      case .none: break
      case .remove where state(step.path) == .unmerged:
        try check(
          step.path.withCString { git_index_conflict_remove(index.pointer, $0) },
          "end the conflict of '\(step.path)'")
      case .remove:
        try check(
          step.path.withCString { git_index_remove(index.pointer, $0, 0) },
          "remove '\(step.path)' from the index")
      case .conflict(let conflict): try add(conflict)
      case .set(let new):
        if state(step.path) == .unmerged {
          try check(
            step.path.withCString { git_index_conflict_remove(index.pointer, $0) },
            "end the conflict of '\(step.path)'")
        }
        if entry(step.path) == nil { try makeRoom(for: step.path) }
        var entry = entry(step.path) ?? git_index_entry()
        entry.id = new.id.raw
        entry.mode = new.mode.rawValue
        entry.flags_extended &= ~UInt16(GIT_INDEX_ENTRY_INTENT_TO_ADD.rawValue)
        if step.skipsWorktree {
          entry.flags_extended |= UInt16(GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue)
        }
        // Times of zero match no file: git then looks at the content.
        (entry.mtime, entry.ctime, entry.file_size) = (git_index_time(), git_index_time(), 0)
        if step.fileMatchesIndex { files[step.path]?.fill(&entry) }
        let status = step.path.withCString { text in
          entry.path = text
          return git_index_add(index.pointer, &entry)
        }
        try check(status, "put '\(step.path)' into the index")
      }
    }
    try check(git_index_write(index.pointer), "write the new index")
  }

  /// Removes what cannot be beside a new entry: a file where it needs a directory, or the files of a
  /// directory that it takes the place of.
  private func makeRoom(for path: RepositoryPath) throws(GitError) {
    let operation = "put '\(path)' into the index"
    try check(path.withCString { git_index_remove_directory(index.pointer, $0, 0) }, operation)
    var parent = path.parent
    while let directory = parent {
      if entry(directory) != nil {
        try check(directory.withCString { git_index_remove(index.pointer, $0, 0) }, operation)
      }
      parent = directory.parent
    }
  }

  private func add(_ conflict: ConflictedPath) throws(GitError) {
    let status = conflict.path.withCString { text in
      let stages = [conflict.ancestor, conflict.ours, conflict.theirs].map { version in
        var entry = git_index_entry()
        entry.id = version?.id.raw ?? git_oid()
        entry.mode = version?.mode.rawValue ?? 0
        entry.path = text
        return entry
      }
      return stages.withUnsafeBufferPointer { stages in
        func pointer(_ stage: Int) -> UnsafePointer<git_index_entry>? {
          stages[stage].mode == 0 ? nil : stages.baseAddress.map { $0 + stage }
        }
        // libgit2 forgets to invalidate the cached trees above a path that was not in the index;
        // taking out an entry that is put there for that does it.
        if git_index_get_bypath(index.pointer, text, 0) == nil,
          let some = pointer(1) ?? pointer(2) ?? pointer(0)
        {
          let status = git_index_add(index.pointer, some)
          guard status == 0 else { return status }
        }
        return git_index_conflict_add(index.pointer, pointer(0), pointer(1), pointer(2))
      }
    }
    try check(status, "put the conflict of '\(conflict.path)' into the index")
  }

  /// Keeps entries in doubt that are in doubt.
  ///
  /// An entry as young as the index may hide a change within one tick of the clock; git looks at
  /// its content. In a newer index file it would look old and be trusted, so its size is set to
  /// zero, which matches no file. The tick is a second: most builds of git compare no finer.
  private func smudgeRacyEntries() throws(GitError) {
    guard let stamp else { return }
    let limit = stamp.modified.raw.seconds
    var racy: [RepositoryPath] = []
    for position in 0..<git_index_entrycount(index.pointer) {
      guard let entry = git_index_get_byindex(index.pointer, position) else { continue }
      if entry.pointee.mtime.seconds >= limit,
        entry.pointee.flags & UInt16(GIT_INDEX_ENTRY_STAGEMASK) == 0
      {
        racy.append(RepositoryPath(cString: entry.pointee.path))
      }
    }
    for path in racy {
      guard var entry = entry(path) else { continue }
      entry.file_size = 0
      let status = path.withCString { text in
        entry.path = text
        return git_index_add(index.pointer, &entry)
      }
      try check(status, "refresh '\(path)' in the index")
    }
  }
}
