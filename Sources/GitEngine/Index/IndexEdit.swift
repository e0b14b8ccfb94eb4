internal import CLibGit2

/// Changes to an index, path by path, and the index file that has them.
///
/// What is not changed is copied as it lies in the old file, so that the time goes with the change
/// and one pass over the bytes.
struct IndexEdit {
  let index: IndexFile
  /// What each changed path has afterwards, in order of stage; nothing when it goes.
  private var changes: [RepositoryPath: [IndexWriter.Entry]] = [:]

  /// What a changed path has afterwards, in order of stage.
  struct Change {
    let path: RepositoryPath
    let entries: [IndexWriter.Entry]
  }

  init(_ index: IndexFile) { self.index = index }

  var isEmpty: Bool { changes.isEmpty }

  /// The entry of a path at stage 0, as changed by now.
  func entry(_ path: RepositoryPath) -> IndexWriter.Entry? {
    if let changed = changes[path] { return changed.first { $0.stage == 0 } }
    return index.entry(path).map { index.writable($0) }
  }

  /// Gives a path one entry.
  ///
  /// What cannot be beside it goes: a file where it needs a directory, or the files of a directory
  /// that it takes the place of.
  mutating func set(_ path: RepositoryPath, _ entry: IndexWriter.Entry) {
    if self.entry(path) == nil { makeRoom(for: path) }
    changes[path] = [entry]
  }

  /// Removes a path, all stages.
  mutating func remove(_ path: RepositoryPath) {
    if changes[path] == nil, index.positions(of: path).isEmpty { return }
    changes[path] = []
  }

  /// Gives a path the versions of an unfinished merge.
  mutating func set(_ conflict: ConflictedPath) {
    let versions = [conflict.ancestor, conflict.ours, conflict.theirs]
    changes[conflict.path] = versions.enumerated().compactMap { number, version in
      version.map {
        IndexWriter.Entry(
          stat: .none, mode: $0.mode.rawValue, id: $0.id, flags: UInt16(number + 1) << 12)
      }
    }
  }

  private mutating func makeRoom(for path: RepositoryPath) {
    for position in index.positions(inside: path) where index.entries[position].stage == 0 {
      remove(index.path(index.entries[position]))
    }
    var parent = path.parent
    while let directory = parent {
      if entry(directory) != nil { remove(directory) }
      parent = directory.parent
    }
  }
}

extension IndexWriter.Entry {
  var stage: Int { Int(flags >> 12 & 3) }
  var isIntentToAdd: Bool {
    extendedFlags & UInt16(GIT_INDEX_ENTRY_INTENT_TO_ADD.rawValue) != 0
  }
}

// MARK: Writing

extension IndexEdit {
  /// All changes, in order of path.
  var ordered: [Change] {
    changes.keys.sorted().map { path in
      Change(path: path, entries: isBelowFile(path) ? [] : changes[path] ?? [])
    }
  }

  /// The bytes of the new index file.
  ///
  /// - Parameters:
  ///   - changes: All changes, in order of path.
  ///   - trees: What the new index remembers of its trees.
  ///   - doubtful: Entries that may hide a change, by position in order: their size is set to zero,
  ///     which matches no file, so that git looks at the content.
  ///   - version: Of the format, for an index that is new.
  func encoded(
    _ changes: [Change], trees: CachedTrees, doubtful: [Int], version: Int
  ) -> [UInt8] {
    let isNew = index.stamp == nil
    var writer = IndexWriter(
      version: isNew ? version : index.version, capacity: (Int(index.stamp?.size ?? 0)) + 4096)
    var copier = Copier(index: index, doubtful: doubtful[...])
    for change in changes {
      let old = index.positions(of: change.path)
      copier.copy(upTo: old.lowerBound, to: &writer)
      copier.skip(to: old.upperBound)
      change.path.bytes.withUnsafeBufferPointer { bytes in
        for entry in change.entries { writer.append(bytes, entry) }
      }
    }
    copier.copy(upTo: index.entries.count, to: &writer)
    return writer.finish(
      trees: trees.encoded,
      resolveUndo: index.resolveUndo.map { Array(index.rawBytes($0)) })
  }

  /// Whether a directory above a path was made a file after the path was set.
  private func isBelowFile(_ path: RepositoryPath) -> Bool {
    guard changes[path]?.first?.stage == 0 else { return false }
    var parent = path.parent
    while let directory = parent {
      if changes[directory]?.first?.stage == 0 { return true }
      parent = directory.parent
    }
    return false
  }

  /// Copies unchanged entries in order.
  private struct Copier {
    let index: IndexFile
    /// What is not copied yet.
    var doubtful: ArraySlice<Int>
    var position = 0

    mutating func skip(to end: Int) {
      position = max(position, end)
      doubtful = doubtful.drop { $0 < position }
    }

    mutating func copy(upTo end: Int, to writer: inout IndexWriter) {
      guard position < end else { return }
      if index.version == 4 {
        for number in position..<end {
          var entry = index.writable(index.entries[number])
          if doubtful.first == number {
            doubtful.removeFirst()
            entry.stat.size = 0
          }
          writer.append(index.pathBytes(index.entries[number]), entry)
        }
      } else {
        let start = index.entries[position].fields
        let from = writer.append(
          index.rawBytes(start..<index.end(end - 1)), count: end - position,
          isExtended: index.version == 3)
        while let number = doubtful.first, number < end {
          doubtful.removeFirst()
          writer.clearSize(ofEntryAt: from + index.entries[number].fields - start)
        }
      }
      position = end
    }
  }
}
