internal import Subprocess

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Runs one command in its own session and process group, from its start until nothing of the group is left.
public struct AgentProcess: Sendable {
  private let groups: AgentProcessGroups

  /// Runs commands whose groups are listed in `groups` while they live.
  public init(groups: AgentProcessGroups) { self.groups = groups }

  /// Runs a command, hands out its lines as they come, and returns how it ended.
  ///
  /// When this returns or throws, no process of the command's group runs, also none that ignored
  /// TERM, held the pipe open or outlived the command. A cancelled task sends TERM to the group at
  /// once and KILL after the grace; `CancellationError` is thrown when the group is gone.
  /// A process that left the group, by starting a session of its own, is not followed.
  ///
  /// - Parameters:
  ///   - onStart: called once when the command runs; output is read after it.
  ///   - onOutput: called with one or more lines at a time, never concurrently. Lines of one stream
  ///     come in order; between the two streams there is no order.
  public func run(
    _ command: AgentCommand,
    onStart: @escaping @Sendable (AgentProcessStart) async -> Void = { _ in },
    onOutput: @escaping @Sendable ([AgentOutput]) -> AgentReaction
  ) async throws -> AgentExit {
    try Task.checkCancellation()
    let executable: FilePath
    let input: FileDescriptor
    do {
      executable = try command.resolveExecutable()
      input = try StandardInputFile.open(command.standardInput)
    } catch let problem as AgentStartProblem {
      return .notStarted(problem.description)
    }
    defer { try? input.close() }

    let supervisor = ProcessSupervisor(
      limits: command.limits, groups: groups, onStart: onStart, onOutput: onOutput)
    let configuration = command.configuration(executable: executable)
    let (end, status) = await withTaskCancellationHandler {
      // The task inside is never cancelled: a cancelled reader would drop the last words, and
      // whoever stops the group must be one, whatever the reason is.
      await Task<(ProcessSupervisor.End, AgentExit), Never> {
        await Self.spawn(configuration, input: input, command: command, supervisor: supervisor)
      }.value
    } onCancel: {
      supervisor.stop(.cancelled)
    }
    switch end {
    case .byItself: return status
    case .stopped(.timedOut): return .timedOut
    case .stopped(.idleTimedOut): return .idleTimedOut
    case .stopped(.lingered): return .lingered
    case .stopped(.cancelled): throw CancellationError()
    }
  }

  private static func spawn(
    _ configuration: Subprocess.Configuration, input: FileDescriptor, command: AgentCommand,
    supervisor: ProcessSupervisor
  ) async -> (ProcessSupervisor.End, AgentExit) {
    do {
      let result = try await Subprocess.run(
        configuration,
        input: .fileDescriptor(input, closeAfterSpawningProcess: false),
        output: .sequence, error: .sequence
      ) { execution in await supervisor.supervise(execution) }
      switch result.terminationStatus {
      case .exited(let code): return (result.closureResult, .exited(code))
      case .signaled(let signal): return (result.closureResult, .signaled(signal))
      }
    } catch {
      return (.byItself, .notStarted(AgentStartProblem(command, error).description))
    }
  }
}

extension AgentCommand {
  fileprivate func configuration(executable: FilePath) -> Subprocess.Configuration {
    var platform = PlatformOptions()
    // A new session is a new group, too, led by the command. It has no terminal, so a password
    // prompt that would open one fails at once, where in a mere group it would be stopped for ever.
    platform.createSession = true
    var changes: [Environment.Key: String?] = [:]
    for (name, value) in environment { changes[Environment.Key(stringLiteral: name)] = value }
    return Subprocess.Configuration(
      executable: .path(executable), arguments: Arguments(arguments),
      environment: .inherit.updating(changes), workingDirectory: workingDirectory,
      platformOptions: platform)
  }
}
