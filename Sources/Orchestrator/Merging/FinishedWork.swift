internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Work that is complete and waits to be landed.
struct FinishedWork: Sendable {
  var title: String
  var slot: Int
  /// Where it was done.
  var workspace: Workspace
  /// The commit to land.
  var tip: ObjectID
  /// Set when the issue is to be closed without work.
  var closing: Closing?

  /// Paths in the worktree that are kept elsewhere.
  var keptElsewhere: Set<RepositoryPath> = []
  /// Whether scratch may lie in the worktree beside what was copied in: unless somebody looked.
  var mayHoldScratch = true

  struct Closing: Hashable, Sendable {
    var reason: String
  }

  var issue: String { workspace.issue }
  /// The issue's file, as it was when the work began.
  var file: RepositoryPath { workspace.issueFile }
  var branch: ReferenceName { workspace.branch }
  var worktree: FilePath { workspace.path }
  /// Where the branch began.
  var start: ObjectID { workspace.start }
  /// The text of the issue's file if the base branch lacked it and it was copied in.
  var copiedIssue: ObjectID? { workspace.copiedIssue }

  /// Says of a path in the worktree that it may go with it: it is kept elsewhere or worth nothing.
  var isScratch: @Sendable (RepositoryPath) -> Bool {
    { [keptElsewhere, workspace] in keptElsewhere.contains($0) || workspace.isScratch($0) }
  }
}
