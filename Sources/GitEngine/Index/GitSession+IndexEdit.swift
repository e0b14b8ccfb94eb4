#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession where Access == Writing {
  /// Changes the index of the checkout under its lock, as one step.
  ///
  /// - Returns: The index as it then is.
  func editIndex(
    _ operation: String, in root: FilePath,
    _ change: (inout IndexEdit) throws(GitError) -> Void
  ) throws(GitError) -> IndexFile {
    let lockFile = try IndexLockFile(in: gitDirectory)
    guard let lock = try lockFile.take(patience: lockPatience) else {
      throw GitError(
        .locked, operation: operation,
        message: "another process holds \(gitDirectory.appending("index.lock"))")
    }
    var edit = IndexEdit(try indexFile())
    try change(&edit)
    guard !edit.isEmpty else { return edit.index }
    let name = "\(SideFiles.index)\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let new = gitDirectory.appending(name)
    do throws(GitError) {
      try writeIndex(edit, to: new, at: lock.made, root: root)
      try moveFile(new, to: gitDirectory.appending("index"))
    } catch {
      try? removeFile(new)
      throw error
    }
    _ = consume lock
    return try indexFile()
  }

  /// Writes the index that an edit makes; see ``IndexFile/doubts(in:)``.
  ///
  /// - Parameter moment: The file's time: when the first of its facts was looked at, or before. What
  ///   is written to a file later is then younger than the index, or in doubt.
  func writeIndex(
    _ edit: IndexEdit, to file: FilePath, at moment: FileStamp.Moment, root: FilePath
  ) throws(GitError) {
    let changes = edit.ordered
    let bytes = edit.encoded(
      changes, trees: try knownTrees(of: edit.index, with: changes),
      doubtful: try doubtfulEntries(of: edit.index, in: root), version: try indexVersion())
    try writeNewFile(file, bytes)
    try setModificationTime(of: file, to: moment)
  }

  /// The entries that may hide a change, by position in order.
  ///
  /// The contents of the youngest files are read: an entry that is put in doubt stays so until git
  /// refreshes the index, and every look at the checkout would read its file.
  private func doubtfulEntries(of index: IndexFile, in root: FilePath) throws(GitError) -> [Int] {
    let doubts = try index.doubts(in: OpenDirectory(root))
    guard !doubts.isEmpty else { return [] }
    let converter = try checkInConverter()
    var found: [Int] = []
    for doubt in doubts {
      switch doubt {
      case .open(let position): found.append(position)
      case .unread(let position):
        if try !hasContent(of: index.entries[position], index, in: root, converter) {
          found.append(position)
        }
      }
    }
    return found
  }

  private func hasContent(
    of entry: IndexFile.Entry, _ index: IndexFile, in root: FilePath, _ converter: ContentConverter
  ) throws(GitError) -> Bool {
    let (path, known) = (index.path(entry), index.treeEntry(entry))
    let file = path.absolute(in: root)
    if known.mode == .symbolicLink { return try blobID(of: readSymbolicLink(file)) == known.id }
    guard known.mode.isFile else { return false }
    return try hashWorkingFile(path, at: file, converter) == known.id
  }
}
