internal import GitEngine
internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// Looks at everything that a run needs, and at what it will do otherwise than one may expect.
///
/// Writes nothing. The one program that it starts is a known agent, with `--version`.
public struct Doctor: Sendable {
  private let directory: FilePath
  private let loadConfiguration: @Sendable (FilePath) throws -> Configuration

  /// - Parameters:
  ///   - directory: Somewhere in the checkout.
  ///   - configuration: Loads the configuration of the checkout with this root.
  public init(
    _ directory: FilePath, configuration: @escaping @Sendable (FilePath) throws -> Configuration
  ) {
    self.directory = directory
    loadConfiguration = configuration
  }

  /// Looks at all of it.
  public func examine() async -> Diagnosis {
    var diagnosis = Diagnosis()
    diagnosis.add(.ok, "machine", "libgit2 \(GitRuntime.libgit2Version)")
    diagnosis.lookAtLimits()
    let project: Project
    do { project = try Project.open(directory) } catch {
      diagnosis.add(.problem, "repository", "\(error)")
      return diagnosis
    }
    diagnosis.lookAtSpace(project)
    var configuration = Configuration()
    do {
      configuration = try loadConfiguration(project.root)
    } catch {
      diagnosis.add(
        .problem, "configuration", "\(error)", consequence: "what follows is for the defaults",
        remedy: "mend it; 'll-parallel config' shows all settings")
    }
    await diagnosis.lookAtAgent(configuration, project)
    await diagnosis.lookAtRepository(configuration, project)
    await diagnosis.lookAtCheckout(project)
    diagnosis.lookAtIssues(configuration, project)
    await diagnosis.lookAtEarlierRuns(configuration, project)
    return diagnosis
  }
}

// MARK: The machine

extension Diagnosis {
  fileprivate mutating func lookAtLimits() {
    var limit = rlimit()
    #if canImport(Darwin)
      let resource = RLIMIT_NOFILE
    #else
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #endif
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < 256 else { return }
    add(
      .warning, "machine", "at most \(limit.rlim_cur) files may be open",
      consequence: "a run of many workers may fail to start an agent",
      remedy: "raise it before the run: ulimit -n 1024")
  }

  fileprivate mutating func lookAtSpace(_ project: Project) {
    var system = statvfs()
    guard project.root.withPlatformString({ statvfs($0, &system) }) == 0 else { return }
    let free = UInt64(system.f_bavail) * UInt64(system.f_frsize)
    let text = "\(free >> 20) MiB free in \(project.root)"
    if free < 1 << 30 {
      add(
        .warning, "machine", text,
        consequence:
          "each worker's worktree is a checkout of its own, and what agents build is there too",
        remedy: "make room, or put worktrees elsewhere: --worktree-base PATH")
    } else {
      add(.ok, "machine", text)
    }
    if access(project.repository.commonDirectory.string, W_OK | X_OK) != 0 {
      add(
        .problem, "machine", "\(project.repository.commonDirectory) cannot be written",
        remedy: "run as the user that owns it, or mend its permissions")
    }
  }

  // MARK: The agent

  fileprivate mutating func lookAtAgent(_ configuration: Configuration, _ project: Project) async {
    let parallel = configuration.parallel
    let name: String
    do {
      let agent = try AgentSelection.agent(for: configuration, in: project.root)
      name = agent.executables.first ?? ""
    } catch {
      return add(
        .problem, "agent", "\(error)", consequence: "no issue can be worked on")
    }
    let command = AgentCommand(
      executable: name, arguments: ["--version"], workingDirectory: project.root,
      limits: AgentLimits(timeout: .seconds(10), killGrace: .seconds(1)))
    let place = (try? command.resolveExecutable())?.string ?? name
    // A command of the user's own may do anything, whatever its arguments say.
    guard parallel.agentCommand == nil else { return add(.ok, "agent", "\(name) is \(place)") }
    let lines = FirstLine()
    let exit = try? await AgentProcess(groups: AgentProcessGroups()).run(command) {
      lines.take($0.map(\.text))
      return .goOn
    }
    if exit == .exited(0), let version = lines.text {
      add(.ok, "agent", "\(name) is \(place), version \(version)")
    } else {
      add(
        .warning, "agent", "'\(place) --version' does not answer as it should",
        consequence: "it may not work for issues either",
        remedy: "try it by hand, and log in where it asks for that")
    }
  }
}

/// The first line that a program prints.
private final class FirstLine: Sendable {
  private let line = Mutex<String?>(nil)

  var text: String? { line.withLock { $0 } }

  func take(_ lines: [String]) {
    line.withLock { $0 = $0 ?? lines.first { $0.contains { !$0.isWhitespace } } }
  }
}
