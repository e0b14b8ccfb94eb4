internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Limits for the filter programs (`filter.NAME.*`, such as git-lfs) that the engine runs.
public enum FilterLimits {
  /// How long a filter program may neither take nor give a byte, before it is killed and has failed.
  ///
  /// Ten minutes: a program may download what it gives. Bind another value around the calls that
  /// it is for: `try await FilterLimits.$silence.withValue(.seconds(30)) { … }`.
  @TaskLocal public static var silence: Duration = .seconds(600)
}

/// The filter programs of one session: found in the configuration, started on first use, ended with
/// the session.
final class FilterPrograms: @unchecked Sendable {  // used by the one thread its session runs on
  private let repository: OpaquePointer
  /// A session that begins in a task that was cancelled is there to tidy up: it runs to its end.
  private let beganCancelled = Task.isCancelled
  private var drivers: [String: FilterDriver?] = [:]
  private var processes: [String: FilterProcess] = [:]
  private var failures: [String: (count: Int, last: String)] = [:]

  init(_ repository: OpaquePointer) { self.repository = repository }

  deinit { for process in processes.values { process.finish() } }

  /// Whether the task of this session was cancelled while it runs.
  var isCancelled: Bool { !beganCancelled && Task.isCancelled }

  /// The driver of a name, if the configuration knows it.
  func driver(named name: String) throws(GitError) -> FilterDriver? {
    if let known = drivers[name] { return known }
    let configuration = try configuration()
    let driver = try FilterDriver(name, in: configuration)
    drivers[name] = .some(driver)
    return driver
  }

  private func configuration() throws(GitError) -> Owned<ConfigHandle> {
    try Owned<ConfigHandle>("read the configuration of filters") {
      git_repository_config_snapshot(&$0, repository)
    }
  }

  /// The content of a file after its filter; `nil` when it stays as it is.
  ///
  /// - Throws: A ``GitError`` with the code `filter` when the filter failed and is required, or with
  ///   the code `cancelled`.
  func apply(
    _ driver: FilterDriver, _ direction: FilterDirection, _ path: RepositoryPath,
    blob: ObjectID?, _ content: [UInt8]
  ) throws(GitError) -> [UInt8]? {
    let operation = "\(direction.rawValue) '\(path)' with the filter '\(driver.name)'"
    do throws(FilterProcess.Failure) {
      switch driver.program(for: direction) {
      case .none:
        throw .declined("filter.\(driver.name).\(direction.rawValue) is not configured")
      case .command(let command):
        return try surroundings().run(FilterDriver.expand(command, path: path), content)
      case .process(let command):
        return try ask(command, driver, direction, path, blob: blob, content)
      }
    } catch {
      switch error {
      case .cancelled: throw GitError.cancelled(operation)
      case .declined(let why), .broken(let why):
        // As in git: what need not be filtered stays as it is.
        guard driver.isRequired else { return nil }
        throw GitError(.filter, operation: operation, message: why)
      }
    }
  }

  private func ask(
    _ command: String, _ driver: FilterDriver, _ direction: FilterDirection,
    _ path: RepositoryPath, blob: ObjectID?, _ content: [UInt8]
  ) throws(FilterProcess.Failure) -> [UInt8] {
    // git tries anew for each file. One that fails every time would then fail thousands of times.
    if let failure = failures[driver.name], failure.count >= 3 { throw .broken(failure.last) }
    do throws(FilterProcess.Failure) {
      let process: FilterProcess
      if let running = processes[driver.name] {
        process = running
      } else {
        process = try FilterProcess(command, surroundings())
        processes[driver.name] = process
      }
      return try process.filter(content, direction, path, blob: blob, surroundings())
    } catch {
      if case .declined = error { throw error }
      // Out of step with what was asked: nothing that it says later can be trusted.
      processes[driver.name] = nil
      if case .broken(let why) = error {
        failures[driver.name] = ((failures[driver.name]?.count ?? 0) + 1, why)
      }
      throw error
    }
  }

  private func surroundings() -> FilterSurroundings {
    func path(_ text: UnsafePointer<CChar>?) -> FilePath? {
      text.map { FilePath(platformString: $0) }
    }
    let gitDirectory = path(git_repository_path(repository)) ?? FilePath()
    let top = path(git_repository_workdir(repository))
    var environment: [String: String?] = [:]
    // Those of a git that this process may have been started by, say as its hook.
    for name in Self.foreignVariables { environment[name] = .some(nil) }
    // git leaves it to the program to find the repository; where it cannot, it is told.
    if let top, (try? RepositoryAccess.leads(top.appending(".git"), to: gitDirectory)) != true {
      environment["GIT_DIR"] = gitDirectory.string
      environment["GIT_WORK_TREE"] = top.string
    }
    return FilterSurroundings(
      directory: top ?? gitDirectory, environment: environment, patience: FilterLimits.silence,
      isCancelled: { self.isCancelled })
  }

  /// What git keeps from programs that are to work in another repository, but for `-c` options.
  private static let foreignVariables = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG", "GIT_DIR",
    "GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
  ]
}

extension GitError.Code {
  /// A required filter could not be applied; the message has the program's last words.
  public static let filter = GitError.Code(rawValue: -1010)
}
