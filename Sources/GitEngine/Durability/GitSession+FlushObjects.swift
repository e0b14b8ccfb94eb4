internal import Synchronization

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession {
  /// Flushes every object that a commit adds to another one: all that its history, its trees and its
  /// files need and the other does not have.
  ///
  /// No `git` and no libgit2 does that by default. A reference that is moved to objects which a power
  /// failure can still tear would break the whole branch.
  func flushObjects(of new: ObjectID, beyond old: ObjectID?) throws(GitError) {
    let objects = try addedObjects(new, beyond: old)
    let directory = commonDirectory.appending("objects")
    let paths = objects.map { id in
      let hex = id.description
      return directory.appending(String(hex.prefix(2))).appending(String(hex.dropFirst(2)))
    }
    let missing = try Flush.files(paths)
    // A loose object that is not there is in a pack, or in another repository.
    if !missing.isEmpty { try flushPacks(directory.appending("pack")) }
    let absent = Set(missing)
    var directories: Set<FilePath> = []
    for (number, path) in paths.enumerated() where !absent.contains(number) {
      directories.insert(path.removingLastComponent())
    }
    for place in directories { try Flush.directory(place) }
    try Flush.directory(directory)
  }

  private func flushPacks(_ directory: FilePath) throws(GitError) {
    guard try fileStatus(directory) != nil else { return }
    for name in try directoryNames(directory) {
      guard name.suffix(5).elementsEqual(".pack".utf8) || name.suffix(4).elementsEqual(".idx".utf8)
      else { continue }
      let file = RepositoryPath(bytes: name).absolute(in: directory)
      guard let stamp = try fileStatus(file).map({ FileStamp($0) }) else { continue }
      // Packs never change once they are there.
      guard FlushedPacks.insert(stamp) else { continue }
      _ = try Flush.file(file)
    }
    try Flush.directory(directory)
  }

  private func addedObjects(_ new: ObjectID, beyond old: ObjectID?) throws(GitError) -> [ObjectID] {
    let objects = try MergeObjects(self)
    var added: Set<ObjectID> = []
    let walk = CommitWalk(from: [new], hiding: old.map { [$0] } ?? [])
    for commit in try commits(walk) {
      added.insert(commit.id)
      let base: ObjectID?
      if let parent = commit.parents.first, try contains(parent) {
        base = try tree(of: parent)
      } else {
        base = nil
      }
      try collect(tree(of: commit.id), beyond: base, objects, &added)
    }
    return Array(added)
  }

  private func collect(
    _ new: ObjectID, beyond old: ObjectID?, _ objects: MergeObjects, _ added: inout Set<ObjectID>
  ) throws(GitError) {
    guard new != old, added.insert(new).inserted else { return }
    try checkCancellation("flush the objects of \(new)")
    var before: [[UInt8]: TreeEntry] = [:]
    if let old {
      let tree = try objects.tree(old)
      for entry in tree.entries { before[Array(entry.name)] = entry.value }
    }
    let tree = try objects.tree(new)
    for entry in tree.entries {
      let known = before[Array(entry.name)]
      guard known?.id != entry.value.id else { continue }
      switch entry.value.mode {
      case .tree:
        let old = known.flatMap { $0.mode == .tree ? $0.id : nil }
        try collect(entry.value.id, beyond: old, objects, &added)
      case .gitlink: break
      case .regular, .executable, .symbolicLink: added.insert(entry.value.id)
      }
    }
  }
}

/// The pack files that this process has flushed.
private enum FlushedPacks {
  private static let known = Mutex<Set<FileStamp>>([])

  /// Remembers one; false when it was known.
  static func insert(_ stamp: FileStamp) -> Bool { known.withLock { $0.insert(stamp).inserted } }
}
