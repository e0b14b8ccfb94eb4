internal import CLibGit2

/// A path that is not as HEAD has it.
public struct StatusEntry: Hashable, Sendable {
  /// How a path changed from one place to the next.
  public enum Change: Hashable, Sendable {
    /// It is new.
    case added
    /// Its content or its executable bit changed.
    case modified
    /// It is gone.
    case deleted
    /// It became another kind of thing, such as a symbolic link.
    case typeChanged
  }

  /// The path.
  public var path: RepositoryPath
  /// From HEAD to the index.
  public var staged: Change?
  /// From the index to the working tree; untracked files are not in here.
  ///
  /// A file marked by `git add --intent-to-add` is `added` here: the index does not have it yet.
  public var unstaged: Change?
  /// Whether git does not know the path.
  public var isUntracked: Bool
  /// Whether git does not know the path and an ignore rule covers it.
  public var isIgnored: Bool
  /// Whether the index holds an unfinished merge of the path.
  public var isConflicted: Bool

  init(path: RepositoryPath, flags: git_status_t) {
    func has(_ flag: git_status_t) -> Bool { flags.rawValue & flag.rawValue != 0 }
    self.path = path
    staged =
      if has(GIT_STATUS_INDEX_NEW) { .added } else if has(GIT_STATUS_INDEX_DELETED) {
        .deleted
      } else if has(GIT_STATUS_INDEX_TYPECHANGE) {
        .typeChanged
      } else if has(
        GIT_STATUS_INDEX_MODIFIED)
      { .modified } else { nil }
    unstaged =
      if has(GIT_STATUS_WT_DELETED) { .deleted } else if has(GIT_STATUS_WT_TYPECHANGE) {
        .typeChanged
      } else if has(GIT_STATUS_WT_MODIFIED) { .modified } else { nil }
    isUntracked = has(GIT_STATUS_WT_NEW)
    isIgnored = has(GIT_STATUS_IGNORED)
    isConflicted = has(GIT_STATUS_CONFLICTED)
  }
}

/// What a status looks at.
public struct StatusOptions: Hashable, Sendable {
  /// Whether untracked files are listed, each by itself.
  public var untracked = true
  /// Whether ignored files are listed; a directory that is ignored as a whole is one entry.
  public var ignored = false

  /// Tracked and untracked files.
  public init() {}
}
