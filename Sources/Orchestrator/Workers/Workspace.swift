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
  ///
  /// - Parameter isKnown: Whether the path was there when the work began: a project may keep more
  ///   than state in the protocol's directories.
  func isScratch(_ path: RepositoryPath, isKnown: Bool = false) -> Bool {
    if secrets.contains(path) || isState(path) { return true }
    if !isKnown, scratchDirectories.contains(where: { path.isInside($0) }) { return true }
    guard let bytes = copied[path] else { return false }
    return (try? FileTree.read(path.absolute(in: self.path))) == bytes
  }

  /// Whether a file is the state of the agent's protocol, by its name.
  func isState(_ path: RepositoryPath) -> Bool {
    scratchDirectories.contains { directory in
      guard path.isInside(directory), path.parent == directory else { return false }
      let name = String(decoding: path.lastComponent, as: UTF8.self)
      return Self.stateFiles.contains(name) || name.hasPrefix("history.db")
    }
  }

  private static let stateFiles: Set<String> = [
    "ll-continue-prompt.md", "ll-context-handoff-needed", "ll-context-state.json",
    "ll-precompact-state.json", "ll-session-state.json", "events.sock",
  ]
}

/// An issue with the text that counts: the base branch's, if it has the file.
struct PlannedIssue: Hashable, Sendable {
  var issue: Issue
  /// Whether the base branch has the file; if not, the user's copy is copied in.
  var isOnBase: Bool

  var id: String { issue.id.description }
}
