internal import CLibGit2

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// How a file differs from its index entry.
enum FileVerdict: Sendable {
  case same
  /// Nothing is there, or only behind a symbolic link.
  case deleted
  /// An entry marked by `git add --intent-to-add` has a file.
  case added(FileMode)
  /// Other content, executable bit or kind.
  case changed(FileMode)
  /// The file's facts do not tell; the content does.
  case doubtful(FileMode)
  /// A submodule's directory is there.
  case submodule
  /// A directory is in the place of a file: deleted, unless it is a repository.
  case directory
  /// An unfinished merge; the file's mode, if there is one.
  case unmerged(FileMode?)
}

extension IndexFile {
  /// Compares an entry with what is at its path, without reading the file; git's rules.
  func compare(
    _ entry: Entry, _ status: stat?, _ settings: WorkingTreeSettings
  ) -> FileVerdict {
    if entry.stage != 0 {
      guard let status else { return .unmerged(nil) }
      if status.isDirectory, FileMode(raw: rawMode(entry)) != .gitlink { return .directory }
      return .unmerged(settings.mode(of: status, recorded: FileMode(raw: rawMode(entry))))
    }
    if entry.isSkipWorktree, !settings.findsSkippedFiles || status == nil { return .same }
    if entry.isAssumedUnchanged { return .same }
    guard let status else { return .deleted }
    let mode = FileMode(raw: rawMode(entry))
    if status.isDirectory {
      guard mode == .gitlink else { return .directory }
      return entry.isIntentToAdd ? .added(.gitlink) : .submodule
    }
    let found = settings.mode(of: status, recorded: mode)
    if entry.isIntentToAdd { return .added(found) }
    let isSameKind =
      switch mode {
      case .regular, .executable: status.isRegularFile
      case .symbolicLink:
        status.isSymbolicLink || !settings.hasSymbolicLinks && status.isRegularFile
      case .gitlink, .tree: false
      }
    if !isSameKind || mode != found { return .changed(found) }
    if status.st_size == 0, id(entry) != .emptyBlob { return .doubtful(found) }
    return compareFacts(recordedStat(entry), FileStamp(status), settings, found)
  }

  private func compareFacts(
    _ recorded: IndexedStat, _ file: FileStamp, _ settings: WorkingTreeSettings, _ mode: FileMode
  ) -> FileVerdict {
    let size = UInt32(truncatingIfNeeded: file.size)
    // A size of zero also means that the entry was never compared with a file.
    if recorded.size != size, recorded.size != 0 { return .changed(mode) }
    guard recorded.size == size,
      recorded.modifiedSeconds == UInt32(truncatingIfNeeded: file.modified.seconds)
    else { return .doubtful(mode) }
    if settings.comparesAllFacts {
      // Some programs write no nanoseconds.
      if recorded.modifiedNanoseconds != 0,
        recorded.modifiedNanoseconds != UInt32(truncatingIfNeeded: file.modified.nanoseconds)
      {
        return .doubtful(mode)
      }
      if settings.trustsChangeTime,
        recorded.changedSeconds != UInt32(truncatingIfNeeded: file.changed.seconds)
      {
        return .doubtful(mode)
      }
      guard recorded.inode == UInt32(truncatingIfNeeded: file.inode),
        recorded.owner == file.owner, recorded.group == file.group
      else { return .doubtful(mode) }
    }
    return isRacy(recorded, settings) ? .doubtful(mode) : .same
  }

  /// Whether the file may have changed after it was compared, within one tick of the clock.
  private func isRacy(_ recorded: IndexedStat, _ settings: WorkingTreeSettings) -> Bool {
    guard let written = stamp?.modified else { return true }
    let seconds = Int64(recorded.modifiedSeconds)
    // Where only seconds are compared, the tick is a second.
    if recorded.modifiedNanoseconds == 0 || !settings.comparesAllFacts {
      return written.seconds <= seconds
    }
    return (written.seconds, written.nanoseconds)
      <= (seconds, Int64(recorded.modifiedNanoseconds))
  }
}

extension WorkingTreeSettings {
  /// The mode that an index entry for a file would have.
  func mode(of status: stat, recorded: FileMode) -> FileMode {
    if status.isSymbolicLink { return .symbolicLink }
    if status.isDirectory { return .gitlink }
    if status.isRegularFile {
      if !hasSymbolicLinks, recorded == .symbolicLink { return .symbolicLink }
      if !trustsExecutableBit { return recorded.isFile ? recorded : .regular }
    }
    return status.isExecutable ? .executable : .regular
  }
}

extension ObjectID {
  /// The id of an empty file.
  static let emptyBlob = ObjectID(
    bytes: [
      0xe6, 0x9d, 0xe2, 0x9b, 0xb2, 0xd1, 0xd6, 0x43, 0x4b, 0x8b, 0x29, 0xae, 0x77, 0x5a, 0xd8,
      0xc2, 0xe4, 0x8c, 0x53, 0x91,
    ])

  private init(bytes: [UInt8]) { self = bytes.withUnsafeBytes { ObjectID(bytes: $0) } }
}
