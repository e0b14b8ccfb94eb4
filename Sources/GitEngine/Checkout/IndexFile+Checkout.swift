internal import CLibGit2

// What a checkout asks its index before files change, and how the changes get into it.

extension IndexFile {
  func state(_ path: RepositoryPath) -> IndexState {
    guard let first = positions(of: path).first else { return .absent }
    let entry = entries[first]
    if entry.stage != 0 { return .unmerged }
    if entry.isIntentToAdd { return .intentToAdd }
    return .entry(treeEntry(entry), skipWorktree: entry.isSkipWorktree)
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
    let isBlocked = positions(inside: path).contains { !removed.contains(self.path(entries[$0])) }
    return isBlocked ? .directoryInTheWay : nil
  }

  /// The id of the file's content if the entry alone tells it.
  ///
  /// As git does: the entry's times are trusted only if they are older than the index itself and
  /// the entry is not marked "assume unchanged".
  func trustedID(_ path: RepositoryPath, _ file: FileStamp) -> ObjectID? {
    guard let entry = entry(path), !entry.isAssumedUnchanged, let stamp,
      file.modified < stamp.modified, recordedStat(entry).isFile(IndexedStat(file))
    else { return nil }
    return id(entry)
  }
}

/// An entry that may hide a change from a newer index file.
enum EntryDoubt {
  /// Its file may have changed without a difference that git would see.
  case open(Int)
  /// Its file is the entry's to the last tick, but as young as the index: only the content tells.
  case unread(Int)
}

extension IndexFile {
  /// The entries whose files may have changed unseen, for a new index file whose time is not before
  /// this call, in order.
  ///
  /// An entry as young as the index may hide a change within one tick of the clock; git looks at
  /// its content. In a newer index it would look old and be trusted. The tick is a second: most
  /// builds of git compare no finer. Where the file is still the entry's to the nanosecond, and
  /// older than the index by that measure, there is no doubt.
  func doubts(in root: OpenDirectory) throws(GitError) -> [EntryDoubt] {
    guard let stamp else { return [] }
    var found: [EntryDoubt] = []
    for (position, entry) in entries.enumerated() where entry.stage == 0 {
      let recorded = recordedStat(entry)
      guard Int32(bitPattern: recorded.modifiedSeconds) >= stamp.modified.raw.seconds,
        recorded.size != 0, let status = try root.status(of: path(entry))
      else { continue }
      let file = FileStamp(status)
      if !recorded.isFile(IndexedStat(file)) {
        found.append(.open(position))
      } else if file.modified >= stamp.modified {
        found.append(.unread(position))
      }
    }
    return found
  }
}

extension IndexedStat {
  /// Whether both are the facts of one file with one content.
  func isFile(_ other: IndexedStat) -> Bool {
    modifiedSeconds == other.modifiedSeconds && modifiedNanoseconds == other.modifiedNanoseconds
      && changedSeconds == other.changedSeconds && changedNanoseconds == other.changedNanoseconds
      && inode == other.inode && size == other.size
  }
}

extension IndexEdit {
  /// Makes the change that a plan has for a path.
  ///
  /// - Parameter file: The file that is in place, if the entry describes it.
  mutating func apply(_ step: CheckoutPlan.Step, file: FileStamp?) {
    switch step.index {
    case .none: return
    case .remove: remove(step.path)
    case .conflict(let conflict): set(conflict)
    case .set(let new):
      var entry =
        entry(step.path) ?? IndexWriter.Entry(stat: .none, mode: new.mode.rawValue, id: new.id)
      (entry.mode, entry.id) = (new.mode.rawValue, new.id)
      entry.extendedFlags &= ~UInt16(GIT_INDEX_ENTRY_INTENT_TO_ADD.rawValue)
      if step.skipsWorktree {
        entry.extendedFlags |= UInt16(GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue)
      }
      entry.stat = file.map { IndexedStat($0) } ?? .none
      set(step.path, entry)
    }
  }
}
