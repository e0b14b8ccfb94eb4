internal import GitEngine

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// How runs stand in a repository, as their files tell it; nothing is written, and no run disturbed.
public struct RepositoryStatus: Sendable {
  /// Who runs here now; `nil` when nobody does.
  public var holder: RunLock.Holder?
  /// The run that goes on, else the last one; `nil` when there was none or its events are gone.
  public var run: RunProgress?
  /// What is left of issues that no run is working on.
  public var left: [Left]

  /// An issue that is not over.
  public struct Left: Hashable, Sendable {
    /// Its id.
    public var issue: String
    /// Its title.
    public var title: String
    /// How far it came.
    public var remains: Remains
    /// How the last try to land it ended, as in the summary of a run; `nil` when there was none.
    public var landing: IssueReport.Outcome?
    /// Why it did not land, if it is known.
    public var reason: String?
    /// The branch that holds its work.
    public var branch: String?
    /// The worktree that holds it, if there is one.
    public var worktree: FilePath?
  }

  /// How far an issue came.
  public enum Remains: String, Hashable, Sendable, Encodable {
    /// Complete and verified, not landed.
    case finished
    /// Stopped or killed while the agent worked.
    case unfinished
    /// The agent or the verification failed.
    case failed
    /// Left on a branch, as it was asked for.
    case onBranch = "on-branch"
  }

  /// Reads it.
  public static func read(_ project: Project) throws -> RepositoryStatus {
    let holder = RunLock.liveHolder(in: project.state)
    let state = RepositoryState(try Journal.read(project.state))
    let run = holder?.runID ?? AgentLogs(project.state).runs.last
    let progress = run.flatMap { RunProgress(readFrom: project.state.events(run: $0)) }
    return RepositoryStatus(
      holder: holder, run: progress, left: left(state, except: holder?.runID))
  }

  /// - Parameter run: The run that is going on: what it works on is not left.
  private static func left(_ state: RepositoryState, except run: String?) -> [Left] {
    let begun = state.leftovers.filter { leftover in
      run == nil || leftover.entries.last?.run != run
    }.map(\.issue)
    let over = state.ended.filter { $0.value.run != run }.keys.sorted()
    return (begun + over).compactMap { issue in
      let leftover = state[issue]
      let entry = state.ended[issue]
      guard let remains = state.remains(of: issue) else { return nil }
      let word: Remains =
        switch remains {
        case .finished: .finished
        case .unfinished: .unfinished
        case .failed: .failed
        case .onBranch: .onBranch
        }
      return Left(
        issue: issue, title: leftover?.title ?? entry?.title ?? "", remains: word,
        landing: leftover?.outcome.flatMap(IssueReport.Outcome.init(rawValue:)),
        reason: leftover?.reason ?? entry?.reason,
        branch: leftover?.branch?.shortName ?? entry?.branch.map { ReferenceName($0).shortName },
        worktree: leftover?.worktree)
    }
  }
}
