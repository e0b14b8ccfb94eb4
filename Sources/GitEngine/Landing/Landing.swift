#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// Moving a branch to a commit that descends from it, together with the checkout that has the
/// branch checked out, without disturbing what the user has there.
public struct LandingRequest: Sendable {
  /// The branch to move.
  public var branch: ReferenceName
  /// Where it must be; the landing was computed on this commit.
  public var expected: ObjectID
  /// Where it goes.
  public var commit: ObjectID
  /// The line for the reflogs of the branch and of HEAD.
  public var reflogMessage: String
  /// Who moves it, for the reflogs and for saved work.
  public var signature: Signature
  /// Whether edits of the user that merge cleanly with the landing are carried; if not, every
  /// overlap defers it.
  public var carriesEdits = true
  /// How single files take the landing where they were edited.
  public var adaptations: [RepositoryPath: LandingAdaptation] = [:]
  /// Below this name the engine keeps what the user had before a carry: "refs/saved/x" gives
  /// "refs/saved/x/1".
  ///
  /// The commit has the form of a stash entry.
  public var savedWorkPrefix: ReferenceName
  /// Called when everything is prepared, before the first lock is taken or file is changed.
  ///
  /// The landing may still be called off, and this be called again. An error stops it with nothing
  /// changed.
  public var willPublish: @Sendable (LandingRecord) throws -> Void = { _ in }
  /// Called with all locks held, before the first file is put in place; for tests of that moment.
  var willPlace: @Sendable () throws -> Void = {}

  /// A landing of `commit` on `branch`.
  public init(
    branch: ReferenceName, expected: ObjectID, commit: ObjectID, reflogMessage: String,
    signature: Signature, savedWorkPrefix: ReferenceName
  ) {
    self.branch = branch
    self.expected = expected
    self.commit = commit
    self.reflogMessage = reflogMessage
    self.signature = signature
    self.savedWorkPrefix = savedWorkPrefix
  }
}

/// How one file takes a landing when the user's copy differs from the old version: the user's
/// text is merged with `unedited`, and `edit` is made in the result.
///
/// For a file in which the landing makes a mechanical edit, such as a status field: the edit is
/// made in the user's text too, so it does not conflict with lines beside it.
public struct LandingAdaptation: Sendable {
  /// What an untracked copy of the user started from.
  ///
  /// Without it an untracked file is in the way.
  public var untrackedBase: [UInt8]?
  /// The landing's version before the edit.
  public var unedited: [UInt8]
  /// The edit.
  ///
  /// It must not depend on anything but its argument.
  public var edit: @Sendable ([UInt8]) -> [UInt8]

  /// An adaptation.
  public init(
    untrackedBase: [UInt8]? = nil, unedited: [UInt8],
    edit: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) {
    self.untrackedBase = untrackedBase
    self.unedited = unedited
    self.edit = edit
  }
}

/// How a landing ended.
///
/// An error is thrown only when something failed, with everything put back.
public enum LandingOutcome: Hashable, Sendable {
  /// Branch, files and index are at the new commit.
  case landed(LandingReport)
  /// The branch is not where it was expected; nothing was changed.
  case branchMoved(to: ObjectID?)
  /// The user's checkout is in the way; nothing was changed.
  case deferred([CheckoutObstacle])
}

/// What a landing did beside moving the branch.
public struct LandingReport: Hashable, Sendable {
  /// The checkout that was updated; `nil` when the branch is checked out nowhere.
  public var worktree: FilePath?
  /// The files in which the user's edits were merged with the landing.
  public var carried: [RepositoryPath]
  /// Where the user's versions from before that are kept.
  public var saved: ReferenceName?
  /// Why it is not certain that all of it survives a power failure: the disk did not take a flush
  /// after the branch had moved.
  public var unflushed: GitError?

  /// A report.
  public init(
    worktree: FilePath? = nil, carried: [RepositoryPath] = [], saved: ReferenceName? = nil
  ) {
    self.worktree = worktree
    self.carried = carried
    self.saved = saved
  }
}
