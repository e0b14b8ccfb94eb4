/// How a merge is done.
///
/// What is `nil` is done as the repository is configured, or else as git does it by default.
public struct MergeOptions: Hashable, Sendable {
  /// What conflict markers and the names of files that had to make room call the two sides.
  public struct Labels: Hashable, Sendable {
    /// The common ancestor, shown by the styles `diff3` and `zdiff3`; `nil` for git's own words.
    public var ancestor: String?
    /// Our side.
    public var ours: String
    /// Their side.
    public var theirs: String

    /// Labels for both sides.
    public init(ancestor: String? = nil, ours: String, theirs: String) {
      self.ancestor = ancestor
      self.ours = ours
      self.theirs = theirs
    }
  }

  /// Whom conflicts inside of files are decided for, as by `git merge -X`.
  public enum Favor: Hashable, Sendable {
    /// Nobody: they stay conflicts.
    case none
    /// Us.
    case ours
    /// Them.
    case theirs
  }

  /// What becomes of a file that one side put into a directory that the other side moved.
  public enum DirectoryRenames: Hashable, Sendable {
    /// It stays where it was put.
    case off
    /// It is moved along, and reported as a conflict.
    case conflict
    /// It is moved along.
    case apply
  }

  /// What stands between conflict markers.
  public enum ConflictStyle: Hashable, Sendable {
    /// Both sides.
    case merge
    /// Both sides and the ancestor.
    case diff3
    /// Both sides and the ancestor, without the lines that both sides begin or end with.
    case zdiff3
  }

  /// What the sides are called; `nil` for the ids of the commits or trees that are merged.
  public var labels: Labels?
  /// Whom conflicts inside of files are decided for.
  public var favor = Favor.none
  /// Whether renames are followed; `nil` as `merge.renames` or `diff.renames` says, else yes.
  public var detectsRenames: Bool?
  /// How many files may be compared with as many others to find renames that were also edited.
  ///
  /// The limit is on the square: 7000 allows for 49 million comparisons. Where it is exceeded only
  /// renames without edits and those that kept the file's name are found, and
  /// ``TreeMerge/neededRenameLimit`` says so. `nil` as `merge.renameLimit` or `diff.renameLimit` says,
  /// else 7000. Zero or less is 7000 as well, as in git.
  public var renameLimit: Int?
  /// What becomes of files in directories that were moved; `nil` as `merge.directoryRenames` says,
  /// else ``DirectoryRenames/conflict``.
  public var directoryRenames: DirectoryRenames?
  /// How conflicts are shown; `nil` as `merge.conflictStyle` says, else ``ConflictStyle/merge``.
  public var conflictStyle: ConflictStyle?
  /// Whether a merge with conflicts also stores a tree that shows them, with conflict markers.
  public var writesConflictTree = false

  /// All as configured.
  public init() {}
}
