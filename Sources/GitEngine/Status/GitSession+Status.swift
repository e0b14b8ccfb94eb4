internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession {
  /// What differs between HEAD, the index and the working tree, in order of path.
  ///
  /// The same answer as `git status --porcelain --no-renames --untracked-files=all`. Nothing is
  /// written: the index is not refreshed.
  public func status(_ options: StatusOptions = StatusOptions()) throws(GitError) -> [StatusEntry] {
    let operation = "read the status of \(workingTree?.description ?? "a bare repository")"
    var settings = git_status_options()
    try check(
      git_status_options_init(&settings, UInt32(GIT_STATUS_OPTIONS_VERSION)), operation)
    var flags = GIT_STATUS_OPT_DISABLE_PATHSPEC_MATCH.rawValue
    if options.untracked {
      flags |= GIT_STATUS_OPT_INCLUDE_UNTRACKED.rawValue
      flags |= GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS.rawValue
    }
    if options.ignored { flags |= GIT_STATUS_OPT_INCLUDE_IGNORED.rawValue }
    settings.flags = flags
    let list = try Owned<StatusListHandle>(operation) {
      git_status_list_new(&$0, raw, &settings)
    }
    let entries = (0..<git_status_list_entrycount(list.pointer)).compactMap {
      position -> StatusEntry? in
      guard let entry = git_status_byindex(list.pointer, position),
        let delta = entry.pointee.index_to_workdir ?? entry.pointee.head_to_index,
        let path = delta.pointee.new_file.path ?? delta.pointee.old_file.path
      else { return nil }
      return StatusEntry(path: RepositoryPath(cString: path), flags: entry.pointee.status)
    }
    return try withIntentsToAdd(entries).sorted { $0.path < $1.path }
  }

  /// Corrects what libgit2 says of paths marked by `git add --intent-to-add`.
  ///
  /// libgit2 takes the mark for a staged empty file. To git the index does not have the path yet:
  /// the file is new in the working tree, or gone from it.
  private func withIntentsToAdd(_ entries: [StatusEntry]) throws(GitError) -> [StatusEntry] {
    let intents = try intentsToAdd()
    guard !intents.isEmpty, let root = workingTree else { return entries }
    let tree: ObjectID?
    if let head = try head() { tree = try self.tree(of: head) } else { tree = nil }
    var corrected = entries.filter { !intents.contains($0.path) }
    for path in intents {
      let isStaged = if let tree { try entry(at: path, in: tree) != nil } else { false }
      let file = try path.fileStatus(in: root)
      var entry = StatusEntry(path: path, flags: GIT_STATUS_CURRENT)
      entry.staged = isStaged ? .deleted : nil
      entry.unstaged = file.map { !$0.isDirectory } ?? false ? .added : .deleted
      corrected.append(entry)
    }
    return corrected
  }

  private func intentsToAdd() throws(GitError) -> Set<RepositoryPath> {
    let index = try Owned<IndexHandle>("read the index") { git_repository_index(&$0, raw) }
    var found: Set<RepositoryPath> = []
    for position in 0..<git_index_entrycount(index.pointer) {
      guard let entry = git_index_get_byindex(index.pointer, position)?.pointee,
        UInt32(entry.flags_extended) & GIT_INDEX_ENTRY_INTENT_TO_ADD.rawValue != 0
      else { continue }
      found.insert(RepositoryPath(cString: entry.path))
    }
    return found
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
