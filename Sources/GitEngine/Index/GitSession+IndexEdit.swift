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
    let name = "gitengine-index-\(getpid())-\(UInt32.random(in: 0 ... .max))"
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

  /// Writes the index that an edit makes.
  ///
  /// - Parameter moment: The file's time: when the first of its facts was looked at, or before. What
  ///   is written to a file later is then younger than the index, or in doubt.
  func writeIndex(
    _ edit: IndexEdit, to file: FilePath, at moment: FileStamp.Moment, root: FilePath
  ) throws(GitError) {
    let bytes = edit.encoded(
      doubtful: edit.index.doubtful(in: root), version: try indexVersion())
    try writeNewFile(file, bytes)
    try setModificationTime(of: file, to: moment)
  }
}
