#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// A way of talking to an agent: which commands are run for an issue, and what their end means.
public protocol AgentProtocol: Sendable {
  /// The programs that this protocol starts, to be looked for before any worktree is made.
  var executables: [String] { get }

  /// Whether the agent's output says which model it uses.
  var saysModel: Bool { get }

  /// Works on one issue in its worktree.
  ///
  /// Whatever the agent does is a value. `CancellationError` is thrown when the task was cancelled,
  /// and then no process of the agent is left. No other error is thrown for an agent's misbehaviour.
  func run(_ task: AgentTask, environment: AgentEnvironment) async throws -> AgentResult

  /// Gives the agent one round with a prompt of ours, in a worktree with conflict markers.
  func resolveConflicts(
    _ conflict: AgentConflict, of task: AgentTask, environment: AgentEnvironment
  ) async throws -> AgentResult
}

extension AgentProtocol {
  /// Most agents print nothing but text.
  public var saysModel: Bool { false }

  /// Why this protocol's program cannot be started, if it cannot: to be asked before any work.
  ///
  /// A relative path, which will start at the worktree, is looked for in `root`.
  public func startProblem(in root: FilePath) -> AgentStartProblem? {
    for executable in executables {
      do throws(AgentStartProblem) {
        _ = try AgentCommand(executable: executable, workingDirectory: root).resolveExecutable()
      } catch {
        return error
      }
    }
    return nil
  }
}

/// What an agent is asked to work on.
public struct AgentTask: Sendable, Equatable {
  /// The issue's id, as in `BUG-012`.
  public var issueID: String
  /// The key of the issue's category, as in `bugs`.
  public var category: String
  /// The category's action, as in `fix`.
  public var action: String
  /// The issue's file, relative to the worktree.
  public var file: String
  /// The issue's title.
  public var title: String
  /// The text of the issue's file.
  public var body: String
  /// The worktree in which the agent works.
  public var worktree: FilePath
  /// The id of the run.
  public var runID: String
  /// Whether the issue asks for a decision before the work.
  public var decisionNeeded: Bool

  /// Describes the work on one issue.
  public init(
    issueID: String, category: String, action: String, file: String, title: String, body: String,
    worktree: FilePath, runID: String, decisionNeeded: Bool = false
  ) {
    self.issueID = issueID
    self.category = category
    self.action = action
    self.file = file
    self.title = title
    self.body = body
    self.worktree = worktree
    self.runID = runID
    self.decisionNeeded = decisionNeeded
  }
}

/// The conflict that an agent is asked to resolve.
public struct AgentConflict: Sendable, Equatable {
  /// An issue whose landed work is on the other side.
  public struct OtherIssue: Sendable, Equatable {
    /// Its id.
    public var id: String
    /// Its title.
    public var title: String
    /// The text of its file; empty when it is not known.
    public var text: String

    /// Names an issue.
    public init(id: String, title: String, text: String) {
      self.id = id
      self.title = title
      self.text = text
    }
  }

  /// The files with conflicts, relative to the worktree, each with the kind of its conflict.
  public var files: [String]
  /// The issues on the other side that changed these files.
  public var otherIssues: [OtherIssue]
  /// The branch that was merged in.
  public var baseBranch: String
  /// Why the round before this one brought nothing.
  public var lastProblem: String?

  /// Describes a conflict.
  public init(files: [String], otherIssues: [OtherIssue], baseBranch: String) {
    self.files = files
    self.otherIssues = otherIssues
    self.baseBranch = baseBranch
  }
}

/// What an agent's run needs from its surroundings.
public struct AgentEnvironment: Sendable {
  /// Where everything that the agent prints goes.
  public var log: AgentLog
  /// The groups that an immediate kill reaches.
  public var groups: AgentProcessGroups
  /// What holds agents back while their provider takes no more work.
  public var pool: AgentPool
  /// Called when a process was started, before its output is read.
  public var onStart: @Sendable (AgentProcessStart) async -> Void
  /// Called with each line of the agent's text, for people who watch; never concurrently.
  public var onText: @Sendable (String) -> Void
  /// Called with a sentence when a limit of the provider holds the agent up.
  public var onRest: @Sendable (String) -> Void
  /// Called with the name of the model, each time the agent's output says it.
  public var onModel: @Sendable (String) -> Void

  /// Names the surroundings; the calls default to nothing.
  public init(
    log: AgentLog,
    groups: AgentProcessGroups,
    pool: AgentPool = AgentPool(),
    onStart: @escaping @Sendable (AgentProcessStart) async -> Void = { _ in },
    onText: @escaping @Sendable (String) -> Void = { _ in },
    onRest: @escaping @Sendable (String) -> Void = { _ in },
    onModel: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.log = log
    self.groups = groups
    self.pool = pool
    self.onStart = onStart
    self.onText = onText
    self.onRest = onRest
    self.onModel = onModel
  }
}

/// What came of an agent's run.
public struct AgentResult: Sendable, Equatable {
  /// How the agent's work on an issue ended.
  public enum Outcome: Sendable, Equatable {
    /// The agent ended well: its work is to be looked at.
    case finished(corrections: [String], concerns: [String])
    /// The agent found that there is nothing to do and asks to close the issue.
    case close(reason: String, status: String)
    /// The issue cannot be worked on yet; it is still to do.
    case blocked(reason: String)
    /// The agent failed; the reason is a text for the user.
    case failed(reason: String)
  }

  /// One call of the agent and how long it took.
  public struct Step: Sendable, Equatable {
    /// The step's name, as in `ready-issue`.
    public var name: String
    /// How long it ran.
    public var duration: Duration

    /// Names a step.
    public init(name: String, duration: Duration) {
      self.name = name
      self.duration = duration
    }
  }

  /// How the work ended.
  public var outcome: Outcome
  /// The calls that were made, in order.
  public var steps: [Step]

  /// Puts a result together.
  public init(_ outcome: Outcome, steps: [Step] = []) {
    self.outcome = outcome
    self.steps = steps
  }
}
