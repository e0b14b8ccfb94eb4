internal import GitEngine
internal import Synchronization

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// What all parts of one run share; nothing in it changes but the stop flag.
struct RunContext: Sendable {
  let project: Project
  let configuration: Configuration
  let runID: String
  let base: ReferenceName
  let author: Signature
  let committer: Signature
  let signer: CommitSigner?
  let state: StateDirectory
  let journal: Journal
  let events: RunEvents
  let coordinator: any MergeCoordination
  let agent: any AgentProtocol
  let agentGroups: AgentProcessGroups
  var agentPool = AgentPool()
  let includedFiles = IncludedFiles()
  let worktreePool = WorktreePool()
  /// Set while agents run.
  var watch: CheckoutWatch?
  let onAgentText: Orchestrator.AgentTextListener?
  /// Whether the user wants to know which model an agent uses.
  var showsModel = false
  let stop: StopFlag

  /// An id that no other run has; in the order of the ids is the order of the runs.
  static func newRunID() -> String { UTC.ordered() }

  var repository: GitRepository { project.repository }
  var root: FilePath { project.root }
  var parser: IssueParser { IssueParser(configuration.issues) }

  /// Where the worktrees of this run go.
  var worktreeBase: FilePath { root.pushing(configuration.parallel.worktreeBase) }

  var removal: WorkspaceRemoval { WorkspaceRemoval(repository: repository, state: state) }

  /// Whether work stays on a branch of its own instead of being landed.
  var keepsBranches: Bool { configuration.parallel.useFeatureBranches }

  /// A commit message with the trailers that say where it comes from.
  func message(_ summary: String, issue: String) -> String {
    let line = summary.split(whereSeparator: \.isNewline).joined(separator: " ")
    return "\(line)\n\nIssue: \(issue)\nLL-Run: \(runID)\n"
  }
}

/// Whether a run is to begin nothing new.
final class StopFlag: Sendable {
  private let reason = Mutex<(text: String, exitCode: Int?)?>(nil)

  /// Why the run stops; `nil` while it goes on.
  ///
  /// The first reason stays.
  var why: String? { reason.withLock { $0?.text } }
  var isSet: Bool { why != nil }

  /// The exit status that goes with it, if the reason is not the run's own.
  var exitCode: Int? { reason.withLock { $0?.exitCode } }

  func set(_ why: String, exitCode: Int? = nil) {
    reason.withLock { $0 = $0 ?? (why, exitCode) }
  }
}

extension ReferenceName {
  /// Where work of an issue is kept that is not on a branch.
  static func savedWork(of issue: String) -> ReferenceName {
    ReferenceName("refs/ll/saved/\(issue.lowercased())")
  }
}
