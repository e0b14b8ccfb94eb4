internal import GitEngine

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// The linked worktrees of a repository, with what runs know of them.
public struct WorktreeList: Sendable {
  /// One worktree.
  public struct Entry: Hashable, Sendable {
    /// Its directory.
    public var path: FilePath
    /// The branch that it shows; `nil` when its HEAD is detached.
    public var branch: String?
    /// The issue that it was made for; `nil` for one that is not of a run.
    public var issue: String?
    /// What it is there for.
    public var use: Use
    /// Why it is locked, as `git worktree lock --reason` keeps it; `nil` when it is not.
    public var lockReason: String?
  }

  /// What a worktree is there for.
  public enum Use: String, Hashable, Sendable, Encodable {
    /// A run works in it.
    case running
    /// Its work is complete and has not landed.
    case finished
    /// Its run was stopped or killed.
    case unfinished
    /// It waits for the next issue of the run.
    case pooled
    /// It lies where runs make theirs, and no journal knows of it.
    case unknown
    /// The user's own.
    case other
    /// It is registered, and its directory is gone.
    case missing
  }

  /// All but the main one, by path.
  public let entries: [Entry]

  /// Reads it; nothing is written.
  public init(_ project: Project, _ configuration: Configuration) async throws {
    let state = RepositoryState(try Journal.read(project.state))
    let run = RunLock.liveHolder(in: project.state)?.runID
    let base = FileTree.resolved(project.root.pushing(configuration.parallel.worktreeBase))
    let issues = Dictionary(
      state.leftovers.compactMap { leftover in
        leftover.worktree.map { (FileTree.resolved($0), leftover) }
      }, uniquingKeysWith: { $1 })
    let pooled = Set(state.pooled.map { FileTree.resolved($0) })
    let worktrees = try await project.repository.read(at: project.root) { try $0.worktrees() }
    entries = worktrees.filter { $0.name != nil }.map { worktree in
      let leftover = issues[worktree.path]
      let use: Use =
        if !worktree.exists {
          .missing
        } else if let leftover {
          leftover.entries.last?.run == run
            ? .running : leftover.isFinished ? .finished : .unfinished
        } else if pooled.contains(worktree.path) {
          .pooled
        } else {
          worktree.path.removingLastComponent() == base ? .unknown : .other
        }
      var branch: String?
      if case .branch(let name) = worktree.head { branch = name.shortName }
      return Entry(
        path: worktree.path, branch: branch, issue: leftover?.issue, use: use,
        lockReason: worktree.lockReason)
    }
  }
}
