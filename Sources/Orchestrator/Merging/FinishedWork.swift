internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Work that is complete and waits to be landed.
struct FinishedWork: Sendable {
  var issue: String
  var title: String
  /// The issue's file, as it was when the work began.
  var file: RepositoryPath
  var slot: Int
  var branch: ReferenceName
  var worktree: FilePath
  /// Where the branch began.
  var start: ObjectID
  /// The commit to land.
  var tip: ObjectID
  /// The text of the issue's file if the base branch lacked it and it was copied in.
  var copiedIssue: ObjectID?
  /// Set when the issue is to be closed without work.
  var closing: Closing?

  /// Says of a path in the worktree that it may go with it: it is kept elsewhere or worth nothing.
  var isScratch: @Sendable (RepositoryPath) -> Bool

  struct Closing: Hashable, Sendable {
    var reason: String
  }
}
