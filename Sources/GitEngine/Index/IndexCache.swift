#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// The index that a session has read last.
final class IndexCache {
  private var index: IndexFile?

  /// The index at a path: the one that is known, if the file is still the same.
  func index(at path: FilePath) throws(GitError) -> IndexFile {
    // Whoever changes an index puts a new file in its place.
    if let index, let stamp = index.stamp,
      try fileStatus(path).map({ FileStamp($0) }) == stamp
    {
      return index
    }
    let read = try IndexFile(reading: path)
    index = read
    return read
  }
}

extension GitSession {
  /// The index of the checkout, as it lies on disk.
  func indexFile() throws(GitError) -> IndexFile {
    try knownIndex.index(at: gitDirectory.appending("index"))
  }
}
