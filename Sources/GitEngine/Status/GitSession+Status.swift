internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession {
  /// What differs between HEAD, the index and the working tree, in order of path.
  ///
  /// The same answer as `git status`; ``StatusReport`` writes it as git does. Nothing is written: the
  /// index is not refreshed. The work is spread over all cores; cancelling the task stops it, with
  /// the code `cancelled`.
  ///
  /// - Throws: A ``GitError`` with the code `bareRepository` when there is no working tree,
  ///   `unsupported` when the index is split or sparse, or what failed.
  public func status(_ options: StatusOptions = StatusOptions()) throws(GitError) -> [StatusEntry] {
    let (entries, _) = try statusAndIndex(options)
    return entries
  }

  /// The status, with the index that it was taken from.
  func statusAndIndex(
    _ options: StatusOptions
  ) throws(GitError) -> ([StatusEntry], IndexFile) {
    guard let root = workingTree else {
      throw GitError(
        .bareRepository, operation: "read the status of a bare repository",
        message: "there is no working tree")
    }
    let index = try indexFile()
    let scan = try WorkingTreeScan(
      self, root: root, index: index, directories: IndexDirectories(index), options: options)
    var findings = try scan.run()
    let submodules = try compareSubmodules(&findings, scan)
    let head = try head()
    let tree: ObjectID?
    if let head { tree = try self.tree(of: head) } else { tree = nil }
    var staged = try stagedChanges(from: tree, to: index, options.paths.map { PathFilter($0) })
    var list = StatusList(index)
    if options.findsRenames {
      let renames = try findRenames(&findings, index, root)
      list.take(findings, submodules)
      list.take(renames)
      let stagedRenames = try findRenames(&staged)
      list.take(staged)
      list.take(stagedRenames)
    } else {
      list.take(findings, submodules)
      list.take(staged)
    }
    return (list.sorted, index)
  }

  /// Whether an ignore rule covers a path, were it untracked.
  public func isIgnored(_ path: RepositoryPath) throws(GitError) -> Bool {
    var ignored: Int32 = 0
    try check(
      path.withCString { git_ignore_path_is_ignored(&ignored, raw, $0) },
      "look up the ignore rules for '\(path)'")
    return ignored != 0
  }
}
