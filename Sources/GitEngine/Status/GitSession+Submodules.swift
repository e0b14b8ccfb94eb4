internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession {
  /// Compares the directories of gitlinks with the commits that the index names; leaves only those
  /// that differ.
  func compareSubmodules(
    _ findings: inout ScanFindings, _ scan: WorkingTreeScan
  ) throws(GitError) -> [Int: StatusEntry.Submodule] {
    var differing: [Int: StatusEntry.Submodule] = [:]
    var files: [ScanFindings.File] = []
    for file in findings.files {
      guard case .submodule = file.verdict else {
        files.append(file)
        continue
      }
      try scan.checkStopped()
      let entry = scan.index.entries[file.entry]
      let state = try submodule(
        scan.index.path(entry), scan.index.id(entry), scan.root,
        listsUntracked: scan.options.untracked != .no)
      guard let state, state != StatusEntry.Submodule() else { continue }
      differing[file.entry] = state
      files.append(file)
    }
    findings.files = files
    return differing
  }

  /// `nil` when nobody populated it: to git it is then as it should be.
  private func submodule(
    _ path: RepositoryPath, _ id: ObjectID, _ root: FilePath, listsUntracked: Bool
  ) throws(GitError) -> StatusEntry.Submodule? {
    let ignored = try ignoredChanges(path)
    guard ignored != "all" else { return nil }
    let place = path.absolute(in: root)
    guard try NestedRepository.isThere(place, notCounting: gitDirectory) else { return nil }
    let handle = try RepositoryAccess.open(place)
    var state = StatusEntry.Submodule()
    if let head = NestedRepository.head(of: handle) { state.hasNewCommits = head != id }
    guard ignored != "dirty" else { return state }
    let places = try RepositoryAccess.places(of: handle)
    let inner = GitSession<Reading>(handle, commonDirectory: places.common, mainWorktree: nil)
    var options = StatusOptions()
    options.untracked = listsUntracked && ignored != "untracked" ? .normal : .no
    for entry in try inner.status(options) {
      if entry.isUntracked { state.hasUntracked = true }
      guard entry.staged != nil || entry.unstaged != nil || entry.isConflicted else { continue }
      if entry.submodule?.hasUntracked ?? false { state.hasUntracked = true }
      let isUntrackedAlone =
        entry.staged == nil && entry.submodule == StatusEntry.Submodule(hasUntracked: true)
      if !isUntrackedAlone { state.isModified = true }
    }
    return state
  }

  /// What is not looked at in a submodule, in the words of `submodule.<name>.ignore`.
  private func ignoredChanges(_ path: RepositoryPath) throws(GitError) -> String {
    var submodule: OpaquePointer?
    let status = path.withCString { git_submodule_lookup(&submodule, raw, $0) }
    if status == 0, let submodule {
      defer { git_submodule_free(submodule) }
      switch git_submodule_ignore(submodule) {
      case GIT_SUBMODULE_IGNORE_ALL: return "all"
      case GIT_SUBMODULE_IGNORE_DIRTY: return "dirty"
      case GIT_SUBMODULE_IGNORE_UNTRACKED: return "untracked"
      default: break
      }
    }
    // A gitlink that `.gitmodules` does not know is an error here, not to git.
    git_error_clear()
    return try configuration("diff.ignoreSubmodules") ?? "none"
  }
}
