/// What a status looks at.
public struct StatusOptions: Hashable, Sendable {
  /// Which untracked files are listed, as by `--untracked-files`.
  public enum Untracked: Hashable, Sendable {
    /// None; this also saves the time of looking.
    case no
    /// A directory that holds no tracked file is one entry, with a slash at its end.
    case normal
    /// Each by itself.
    ///
    /// A repository of its own is one entry, with a slash at its end.
    case all
  }

  /// Which ignored files are listed, as by `--ignored`; none without untracked ones.
  public enum Ignored: Hashable, Sendable {
    /// None.
    case no
    /// With ``Untracked/normal``, a directory whose files are all ignored is one entry; with
    /// ``Untracked/all``, each file is.
    case traditional
    /// Those that a rule covers: a directory that is itself ignored is one entry.
    case matching
  }

  /// Which untracked files are listed.
  public var untracked = Untracked.all
  /// Which ignored files are listed.
  public var ignored = Ignored.no
  /// Whether a deleted and an added file of like content are shown as one that was renamed.
  ///
  /// The source of a renaming is then no entry of its own, so paths that are to be staged are taken
  /// from a status without it.
  public var findsRenames = false
  /// Only these files and directories, by their very names; `nil` for all.
  public var paths: [RepositoryPath]?

  /// Tracked files, and each untracked one.
  public init() {}
}
