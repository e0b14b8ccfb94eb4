internal import Synchronization

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// Tells a command of the user's what happened, beside everything else: nothing waits for it but the end
/// of the program.
public final class Notifier: Sendable {
  private let root: FilePath
  private let limits: AgentLimits
  private let groups = AgentProcessGroups()
  private let calls = Mutex<[Task<String?, Never>]>([])

  /// A notifier whose commands run in the project's root.
  ///
  /// - Parameter timeout: How long one of them may take.
  public init(root: FilePath, timeout: Duration = .seconds(30)) {
    self.root = root
    limits = AgentLimits(timeout: timeout, killGrace: .seconds(2))
  }

  /// Starts a command with these bytes on its standard input.
  public func call(_ command: [String], _ facts: [UInt8]) {
    guard let program = command.first else { return }
    let call = AgentCommand(
      executable: program, arguments: Array(command.dropFirst()), workingDirectory: root,
      standardInput: .bytes(facts), limits: limits)
    let groups = groups
    let task = Task {
      let last = Mutex("")
      let exit = try? await AgentProcess(groups: groups).run(call) { lines in
        if let line = lines.last?.text { last.withLock { $0 = line } }
        return .goOn
      }
      return Self.problem(program, exit, last.withLock { $0 })
    }
    calls.withLock { $0.append(task) }
  }

  /// Waits for all commands; what went wrong with them, each as a sentence.
  public func finish() async -> [String] {
    var problems: [String] = []
    while let task = calls.withLock({ $0.popLast() }) {
      if let problem = await task.value { problems.append(problem) }
    }
    return problems.reversed()
  }

  private static func problem(_ program: String, _ exit: AgentExit?, _ last: String) -> String? {
    let what: String
    switch exit {
    case .exited(0): return nil
    case .exited(let status): what = "it exited with status \(status)"
    case .signaled(let signal): what = "signal \(signal) ended it"
    case .notStarted(let why): return "a notification was not sent: \(why)"
    case .timedOut, .idleTimedOut, .lingered, nil: what = "it took too long and was stopped"
    }
    return "a notification may not have arrived: '\(program)': \(what)"
      + (last.isEmpty ? "" : ": \(last)")
  }
}
