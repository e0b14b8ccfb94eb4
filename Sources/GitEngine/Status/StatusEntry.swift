/// A path that is not as HEAD has it.
public struct StatusEntry: Hashable, Sendable {
  /// How a path changed from one place to the next.
  public enum Change: Hashable, Sendable {
    /// It is new.
    case added
    /// Its content or its executable bit changed, or what a submodule has checked out.
    case modified
    /// It is gone.
    case deleted
    /// It became another kind of thing, such as a symbolic link.
    case typeChanged
    /// It was another path, which ``StatusEntry/rename`` names.
    ///
    /// Only when ``StatusOptions/findsRenames`` asks for it.
    case renamed
  }

  /// Where a renamed path comes from.
  public struct Rename: Hashable, Sendable {
    /// The path that is gone.
    public var source: RepositoryPath
    /// How much of the content is the same, in percent.
    public var score: Int
  }

  /// The versions of a path in an unfinished merge; at least one is not `nil`.
  public struct Stages: Hashable, Sendable {
    /// Stage 1.
    public var ancestor: TreeEntry?
    /// Stage 2.
    public var ours: TreeEntry?
    /// Stage 3.
    public var theirs: TreeEntry?
  }

  /// How the directory of a submodule differs from the commit in the index.
  public struct Submodule: Hashable, Sendable {
    /// Whether another commit is checked out.
    public var hasNewCommits = false
    /// Whether tracked files in it changed.
    public var isModified = false
    /// Whether it holds untracked files.
    public var hasUntracked = false
  }

  /// The path; a directory that is untracked or ignored as a whole ends with a slash.
  public var path: RepositoryPath
  /// From HEAD to the index.
  public var staged: Change?
  /// From the index to the working tree; untracked files are not in here.
  ///
  /// A file marked by `git add --intent-to-add` is `added` here: the index does not have it yet.
  public var unstaged: Change?
  /// Whether git does not know the path.
  public var isUntracked = false
  /// Whether git does not know the path and an ignore rule covers it.
  public var isIgnored = false
  /// The versions of an unfinished merge.
  public var stages: Stages?
  /// What the path, or the source of a staged renaming, is in HEAD; `nil` also where the index is
  /// the same.
  public var head: TreeEntry?
  /// What the path, or the source of a renaming in the working tree, is in the index.
  public var index: TreeEntry?
  /// What kind of thing the working tree has, if that differs from the index or is known.
  public var worktreeMode: FileMode?
  /// Where a renamed path comes from.
  public var rename: Rename?
  /// What differs in a submodule.
  public var submodule: Submodule?

  init(path: RepositoryPath) { self.path = path }

  /// Whether the index holds an unfinished merge of the path.
  public var isConflicted: Bool { stages != nil }
}
