internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// The worktree in which one issue is worked on.
struct Workspace: Sendable {
  /// The issue's id.
  let issue: String
  /// The issue's file, relative to the root of the checkout.
  let issueFile: RepositoryPath
  let branch: ReferenceName
  let path: FilePath
  /// Where the branch began.
  let start: ObjectID
  /// What was copied in, with its bytes: unless the agent changes it, it is none of its work.
  var copied: [RepositoryPath: [UInt8]] = [:]
  /// Copies that never become a part of the work, changed or not: they may hold secrets.
  var secrets: Set<RepositoryPath> = []
  /// The text of the issue's file if the base branch lacked it, as a blob.
  var copiedIssue: ObjectID?
  /// Directories in which the agent's protocol keeps its own state.
  var scratchDirectories: [RepositoryPath] = []

  /// The directory's name, by which events call the worker.
  var name: String { path.lastComponent?.string ?? path.string }

  /// Whether a change in the worktree is none of the agent's work.
  func isScratch(_ path: RepositoryPath) -> Bool {
    if secrets.contains(path) { return true }
    if scratchDirectories.contains(where: { path.isInside($0) }) { return true }
    guard let bytes = copied[path] else { return false }
    return (try? FileTree.read(path.absolute(in: self.path))) == bytes
  }
}

/// An issue with the text that counts: the base branch's, if it has the file.
struct PlannedIssue: Hashable, Sendable {
  var issue: Issue
  /// Whether the base branch has the file; if not, the user's copy is copied in.
  var isOnBase: Bool

  var id: String { issue.id.description }
}
