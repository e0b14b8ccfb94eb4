internal import CLibGit2

/// How many lines of a path differ between two trees.
public struct LineCount: Hashable, Sendable {
  /// The path.
  public var path: RepositoryPath
  /// Lines that came; `nil` for a binary file.
  public var added: Int?
  /// Lines that went; `nil` for a binary file.
  public var deleted: Int?
}

extension GitSession {
  /// The lines that differ between two trees, by path: `git diff --no-renames --numstat`.
  ///
  /// Without `old`, all of `new` is added. Attributes do not count: what is binary is told by the
  /// bytes. Where lines repeat, git's own choice of what moved may give other counts.
  ///
  /// - Throws: A ``GitError``, with the code `cancelled` between two paths.
  public func lineCounts(from old: ObjectID?, to new: ObjectID) throws(GitError) -> [LineCount] {
    var counts: [LineCount] = []
    for change in try changes(from: old, to: new) {
      try checkCancellation("count lines")
      counts.append(try lineCount(change))
    }
    return counts.sorted { $0.path < $1.path }
  }

  private func lineCount(_ change: TreeChange) throws(GitError) -> LineCount {
    let operation = "compare the versions of '\(change.path)'"
    // An empty version is not the same as none, but has no lines either.
    let before = try content(change.old)
    let after = try content(change.new)
    if Self.isBinary(before) || Self.isBinary(after) {
      return LineCount(path: change.path, added: nil, deleted: nil)
    }
    var options = git_diff_options()
    try check(git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION)), operation)
    options.context_lines = 0
    options.flags = GIT_DIFF_FORCE_TEXT.rawValue
    let patch = try Owned<PatchHandle>(operation) { out in
      before.withUnsafeBytes { before in
        after.withUnsafeBytes { after in
          git_patch_from_buffers(
            &out, before.baseAddress, before.count, nil, after.baseAddress, after.count, nil,
            &options)
        }
      }
    }
    var (added, deleted) = (0, 0)
    try check(git_patch_line_stats(nil, &added, &deleted, patch.pointer), operation)
    return LineCount(path: change.path, added: added, deleted: deleted)
  }

  private func content(_ entry: TreeEntry?) throws(GitError) -> [UInt8] {
    guard let entry else { return [] }
    if entry.mode == .gitlink { return Array("Subproject commit \(entry.id)\n".utf8) }
    return try blob(entry.id)
  }

  /// As git tells it: a zero byte among the first 8000.
  private static func isBinary(_ bytes: [UInt8]) -> Bool { bytes.prefix(8000).contains(0) }
}
