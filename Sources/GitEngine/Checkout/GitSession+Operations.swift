#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession {
  /// What an operation in progress has put aside of the checkout (`--autostash`), as an entry of the
  /// stash that no reference names; `nil` when there is none.
  public func autostash() throws(GitError) -> ObjectID? {
    for name in ["MERGE_AUTOSTASH", "rebase-merge/autostash", "rebase-apply/autostash"] {
      let file = gitDirectory.pushing(FilePath(name))
      guard try fileStatus(file) != nil else { continue }
      let text = String(decoding: try readWholeFile(file), as: UTF8.self).trimmingSpace
      if let id = ObjectID(hex: text), try contains(id) { return id }
    }
    return nil
  }
}

extension GitSession where Access == Writing {
  /// Forgets a merge, rebase, cherry-pick, revert, `am` or bisect that was left in progress, as git does
  /// with `--quit`: HEAD, index and files stay.
  ///
  /// Keep what ``autostash()`` names before.
  public func forgetOperation() throws(GitError) {
    removeOperationState()
    for name in [
      "rebase-merge", "rebase-apply", "sequencer", "REBASE_HEAD", "MERGE_AUTOSTASH", "BISECT_LOG",
      "BISECT_START", "BISECT_NAMES", "BISECT_TERMS", "BISECT_EXPECTED_REV", "BISECT_ANCESTORS_OK",
      "BISECT_RUN", "BISECT_FIRST_PARENT",
    ] {
      let place = gitDirectory.appending(name)
      guard let status = try fileStatus(place) else { continue }
      if status.isDirectory { try removeTree(place) } else { try removeFile(place) }
    }
  }
}
