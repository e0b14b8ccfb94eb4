internal import Subprocess

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif
#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Why a command cannot be started: a sentence for the user that names it.
public struct AgentStartProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// The sentence.
  public let description: String

  init(_ description: String) { self.description = description }

  /// Says in our words why the start of a resolved command failed.
  init(_ command: AgentCommand, _ error: any Error) {
    let failure = error as? SubprocessError
    let directory = command.workingDirectory.string
    switch failure?.underlyingError {
    case .some(.argListTooLong):
      self.init(
        "'\(command.executable)' cannot be started: its arguments and environment are longer than "
          + "the system allows; pass the prompt on standard input (leave {{prompt}} out).")
    case .some(.execFormatError):
      self.init(
        "'\(command.executable)' cannot be started: it is neither a program for this machine nor a "
          + "script with a '#!' line.")
    case .some(.noSuchFileOrDirectory), .some(.notDirectory):
      self.init(
        "'\(command.executable)' cannot be started in \(directory): the directory, or the "
          + "interpreter that a script names in its '#!' line, does not exist.")
    default:
      if failure?.code == .failedToChangeWorkingDirectory {
        self.init("'\(command.executable)' cannot be started: no access to \(directory).")
      } else {
        self.init("'\(command.executable)' cannot be started in \(directory): \(error)")
      }
    }
  }
}

extension AgentCommand {
  /// Finds the file that this command would start.
  public func resolveExecutable() throws(AgentStartProblem) -> FilePath {
    let path: String? =
      switch environment["PATH"] {
      case .some(let changed): changed
      case .none: getenv("PATH").map { String(cString: $0) }
      }
    return try Self.resolveExecutable(executable, in: workingDirectory, searchPath: path)
  }

  /// Finds the file that a name stands for, so that a missing agent is seen before any work.
  ///
  /// - Parameters:
  ///   - directory: where a relative path starts; before a worktree exists, the project's root.
  ///   - searchPath: the directories to look in, as in `PATH`; `nil` means the usual ones.
  public static func resolveExecutable(
    _ executable: String, in directory: FilePath, searchPath: String?
  ) throws(AgentStartProblem) -> FilePath {
    guard !executable.isEmpty else {
      throw AgentStartProblem("The agent's command is empty: it has no program to start.")
    }
    if executable.contains("/") {
      let path = directory.pushing(FilePath(executable))
      if let reason = whyNotExecutable(path) {
        throw AgentStartProblem(
          "the agent '\(executable)' cannot be started: \(path.string) \(reason); "
            + "mend it, or name another program in 'parallel.agent_command'.")
      }
      return path
    }
    var refused: String?
    for item in (searchPath ?? "/usr/bin:/bin").split(
      separator: ":", omittingEmptySubsequences: false)
    {
      // An empty entry means the current directory; for an agent that is its worktree.
      let path = directory.pushing(FilePath(String(item))).appending(executable)
      guard let reason = whyNotExecutable(path) else { return path }
      if reason != missing { refused = refused ?? "\(path.string) \(reason)" }
    }
    if let refused {
      throw AgentStartProblem(
        "the agent '\(executable)' cannot be started: \(refused); "
          + "mend it, or name another program in 'parallel.agent_command'.")
    }
    throw AgentStartProblem(
      "the agent '\(executable)' was not found in PATH; install it, or name the agent's program in "
        + "'parallel.agent_command'.")
  }

  private static let missing = "does not exist"

  private static func whyNotExecutable(_ path: FilePath) -> String? {
    path.withPlatformString { name in
      var status = stat()
      guard stat(name, &status) == 0 else {
        return errno == ENOENT || errno == ENOTDIR ? missing : "cannot be read"
      }
      guard status.st_mode & S_IFMT == S_IFREG else { return "is not a file" }
      return access(name, X_OK) == 0 ? nil : "is not executable (permission denied)"
    }
  }
}
