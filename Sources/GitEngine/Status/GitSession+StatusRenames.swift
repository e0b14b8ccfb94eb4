internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// A path of a status that another one became.
struct StatusRename {
  var source: RepositoryPath
  var target: RepositoryPath
  var old: TreeEntry
  var new: TreeEntry
  /// In percent.
  var score: Int
  var isStaged: Bool
}

extension GitSession {
  /// Takes out of the staged changes those that are renames.
  func findRenames(_ changes: inout [StagedChange]) throws(GitError) -> [StatusRename] {
    var finder = try renameFinder()
    for change in changes {
      if change.isUnmerged { continue }
      if let old = change.head, change.index == nil {
        finder.sources.append(.init(path: change.path, entry: old))
      } else if let new = change.index, change.head == nil {
        finder.targets.append(.init(path: change.path, entry: new))
      }
    }
    let pairs = try finder.find { file throws(GitError) in try blob(file.entry.id) }
    let gone = Set(pairs.flatMap { [$0.source.path, $0.target.path] })
    changes.removeAll { gone.contains($0.path) }
    return pairs.map { StatusRename($0, isStaged: true) }
  }

  /// Takes out of the changes of the working tree those that are renames: to files marked by
  /// `git add --intent-to-add`.
  func findRenames(
    _ findings: inout ScanFindings, _ index: IndexFile, _ root: FilePath
  ) throws(GitError) -> [StatusRename] {
    var finder = try renameFinder()
    let converter = try converter(.checkIn(index), index)
    for file in findings.files.sorted(by: { $0.entry < $1.entry }) {
      let entry = index.entries[file.entry]
      let path = index.path(entry)
      switch file.verdict {
      case .deleted: finder.sources.append(.init(path: path, entry: index.treeEntry(entry)))
      case .added(let mode):
        guard let id = try workingID(path, mode, root, converter) else { continue }
        finder.targets.append(.init(path: path, entry: TreeEntry(mode: mode, id: id)))
      default: break
      }
    }
    let targets = Set(finder.targets.map(\.path))
    let pairs = try finder.find { file throws(GitError) in
      guard targets.contains(file.path) else { return try blob(file.entry.id) }
      return try converter.blobContent(
        readWholeFile(file.path.absolute(in: root)), at: file.path, isStored: false, self)
    }
    let gone = Set(pairs.flatMap { [$0.source.path, $0.target.path] })
    if !gone.isEmpty {
      findings.files.removeAll { gone.contains(index.path(index.entries[$0.entry])) }
    }
    return pairs.map { StatusRename($0, isStaged: false) }
  }

  private func renameFinder() throws(GitError) -> RenameFinder {
    var limit: Int?
    for name in ["status.renameLimit", "diff.renameLimit"] where limit == nil {
      limit = try configuration(name).flatMap { Int($0) }
    }
    return RenameFinder(limit: limit ?? 1000)
  }

  private func workingID(
    _ path: RepositoryPath, _ mode: FileMode, _ root: FilePath, _ converter: ContentConverter
  ) throws(GitError) -> ObjectID? {
    let file = path.absolute(in: root)
    switch mode {
    case .symbolicLink: return try blobID(of: readSymbolicLink(file))
    case .regular, .executable:
      // To open a pipe is to wait for its other end.
      guard try fileStatus(file)?.isRegularFile ?? false else { return nil }
      return try hashWorkingFile(path, at: file, converter)
    case .gitlink, .tree: return nil
    }
  }
}

extension StatusRename {
  fileprivate init(_ pair: RenameFinder.Pair, isStaged: Bool) {
    self.init(
      source: pair.source.path, target: pair.target.path, old: pair.source.entry,
      new: pair.target.entry, score: pair.score * 100 / ContentSimilarity.most,
      isStaged: isStaged)
  }
}
