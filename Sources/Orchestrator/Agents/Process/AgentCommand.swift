#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// One command to run in a worktree: what is started, with what, where and for how long.
public struct AgentCommand: Sendable, Equatable {
  /// What the command reads on its standard input.
  public enum StandardInput: Sendable, Equatable {
    /// Nothing: the first read sees the end of the file, so a question is never waited for.
    case empty
    /// These bytes, then the end.
    case bytes([UInt8])
  }

  /// A name looked up in `PATH`, or a path; a relative path starts at the working directory.
  public var executable: String
  /// The arguments, without the name of the program itself.
  public var arguments: [String]
  /// Changes to the inherited environment: a value sets a variable, `nil` removes it.
  public var environment: [String: String?]
  /// Where the command runs: an absolute path.
  public var workingDirectory: FilePath
  /// What the command reads.
  public var standardInput: StandardInput
  /// How long the command may run and be silent, and how long it gets to stop.
  public var limits: AgentLimits

  /// Describes a command; only the executable and the working directory have no default.
  public init(
    executable: String,
    arguments: [String] = [],
    environment: [String: String?] = [:],
    workingDirectory: FilePath,
    standardInput: StandardInput = .empty,
    limits: AgentLimits = AgentLimits()
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.standardInput = standardInput
    self.limits = limits
  }
}

/// The bounds in time of one agent step.
public struct AgentLimits: Sendable, Equatable {
  /// How long the whole step may take; `nil` means for ever.
  public var timeout: Duration?
  /// How long the step may print nothing; `nil` means for ever.
  public var idleTimeout: Duration?
  /// How long the process group gets between TERM and KILL.
  public var killGrace: Duration

  /// Sets the bounds; a time of zero or less means none.
  public init(
    timeout: Duration? = nil, idleTimeout: Duration? = nil, killGrace: Duration = .seconds(30)
  ) {
    self.timeout = timeout.flatMap { $0 > .zero ? $0 : nil }
    self.idleTimeout = idleTimeout.flatMap { $0 > .zero ? $0 : nil }
    self.killGrace = max(.zero, killGrace)
  }
}
