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
    return (0..<git_status_list_entrycount(list.pointer)).compactMap { position in
      guard let entry = git_status_byindex(list.pointer, position),
        let delta = entry.pointee.index_to_workdir ?? entry.pointee.head_to_index,
        let path = delta.pointee.new_file.path ?? delta.pointee.old_file.path
      else { return nil }
      return StatusEntry(path: RepositoryPath(cString: path), flags: entry.pointee.status)
    }.sorted { $0.path < $1.path }
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
