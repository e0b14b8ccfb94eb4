/// An entry of the stash: work that was put aside.
///
/// It is named by its commit. Positions ("stash@{1}") change whenever anybody stashes.
public struct StashEntry: Hashable, Sendable {
  /// The commit that holds the files; its parents hold HEAD, the index and the untracked files.
  public var id: ObjectID
  /// The line that `git stash list` shows.
  public var message: String
  /// Who saved it, and when.
  public var savedBy: Signature
}

/// What a stash, or a save under another reference, takes in and leaves.
public struct StashOptions: Hashable, Sendable {
  /// What the entry is called; `nil` for "WIP on" and the commit.
  public var message: String?
  /// Whether untracked files are saved and removed.
  public var includesUntracked = false
  /// Whether ignored files are saved and removed; it brings the untracked ones with it.
  public var includesIgnored = false
  /// Whether what is staged stays in the index and the files.
  public var keepsIndex = false
  /// The files and directories whose changes are meant, by their exact names; `nil` for all.
  ///
  /// As in git, the entry has all that is staged; the rest of the checkout is left as it is.
  public var paths: [RepositoryPath]?

  /// Changes of tracked files, staged or not.
  public init() {}
}

/// How saving work ended.
///
/// With anything but `saved`, nothing was changed.
public enum StashOutcome: Hashable, Sendable {
  /// The work is in this entry.
  case saved(StashEntry)
  /// There are no changes.
  case nothingToSave
  /// The checkout cannot be saved or reset.
  case refused([CheckoutObstacle])
}

/// How applying saved work ended.
public enum StashApplyOutcome: Hashable, Sendable {
  /// Files and index have the work.
  case applied
  /// The files have the work, with conflicts.
  ///
  /// They are in the index and, between markers, in the files, as after a merge; what merged cleanly
  /// is staged. The entry is kept.
  case conflicts([ConflictedPath])
  /// Nothing was changed: the staged part conflicts with what is staged or was committed since.
  case indexConflicts([ConflictedPath])
  /// Nothing was changed: these conflicts are none of lines, and no single file can show them.
  case unmergeable([ConflictedPath])
  /// Nothing was changed: local changes, or files that git does not know, are in the way.
  case refused([CheckoutObstacle])
}

/// What an entry of the stash holds.
public struct StashContents: Hashable, Sendable {
  /// The commit that was checked out.
  public var base: ObjectID
  /// What the tracked files had that the base has not.
  public var changes: [TreeChange]
  /// What was staged.
  public var staged: [TreeChange]
  /// The untracked and ignored files.
  public var untracked: [TreeChange]
}
