#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// What the configuration files of a project say, with a default for everything they do not say.
///
/// Every part starts with its defaults, so a test writes `ParallelConfiguration()` and changes
/// what matters to it.
public struct Configuration: Hashable, Sendable {
  /// How agents are run and their work is landed.
  public var parallel = ParallelConfiguration()
  /// Where issue files are and what they are called.
  public var issues = IssuesConfiguration()
  /// Where the project keeps its tests.
  public var project = ProjectConfiguration()
  /// How patient the run is with its agents.
  public var automation = AutomationConfiguration()
  /// When two issues count as touching the same files.
  public var overlap = OverlapConfiguration()
  /// What happens to work that weakens tests.
  public var tamperGuard = TamperGuardPolicy.fail
  /// Who is told of what happened.
  public var notifications = NotificationConfiguration()
  /// Variables that agents get beside those of the environment.
  public var agentEnvironment: [String: String] = [:]
  /// Which files all this was read from.
  public var sources = ConfigurationSources()

  /// The defaults.
  public init() {}
}

/// What a configuration was read from.
public struct ConfigurationSources: Hashable, Sendable {
  /// The project's configuration file, a little-loops one; `nil` when there is none.
  public var file: FilePath?
  /// The person's own file that was merged over it; `nil` when there is none.
  public var localFile: FilePath?
  /// Where each key that is set gets its value from.
  public var origins: [String: ConfigurationOrigin] = [:]

  /// No file at all.
  public init() {}
}

/// The section `notifications`: commands that are told of what happened, with the facts on standard input.
public struct NotificationConfiguration: Hashable, Sendable {
  /// Called when an issue is over.
  public var onIssue: [String]?
  /// Called when a run is over.
  public var onFinish: [String]?

  /// Nobody.
  public init() {}
}

/// The section `issues`: where issue files are and what they are called.
public struct IssuesConfiguration: Hashable, Sendable {
  /// The directory that holds the categories' directories, relative to the project root.
  public var baseDirectory = ".issues"
  /// The categories: the four usual ones, then the project's own by name.
  public var categories = IssueCategory.standard
  /// The names of the priorities, most urgent first.
  public var priorities = ["P0", "P1", "P2", "P3", "P4", "P5"]

  /// The defaults.
  public init() {}
}

extension IssueCategory {
  /// The categories that every project has.
  public static let standard = [
    IssueCategory(key: "bugs", prefix: "BUG", directory: "bugs", action: "fix"),
    IssueCategory(key: "features", prefix: "FEAT", directory: "features", action: "implement"),
    IssueCategory(
      key: "enhancements", prefix: "ENH", directory: "enhancements", action: "improve"),
    IssueCategory(key: "epics", prefix: "EPIC", directory: "epics", action: "coordinate"),
  ]
}

/// The section `project`: where the project keeps its tests.
public struct ProjectConfiguration: Hashable, Sendable {
  /// The directory of the tests.
  public var testDirectory = "tests"
  /// Patterns of test files elsewhere, in the form of `.gitignore`.
  public var testPatterns = ["test_*.py", "*_test.py", "**/tests/**", "conftest.py"]

  /// The defaults.
  public init() {}
}

/// The section `automation`: how patient the run is with its agents.
public struct AutomationConfiguration: Hashable, Sendable {
  /// How often an answer without a verdict is asked for again.
  public var readyIssueUnknownRetries = 1
  /// The grace period where `parallel` does not say more.
  public var timeoutKillGrace: Duration = .seconds(30)

  /// The defaults.
  public init() {}
}

/// The section `dependency_mapping`: when two issues count as touching the same files.
public struct OverlapConfiguration: Hashable, Sendable {
  /// The least number of files that both name.
  public var minimumFiles = 2
  /// The least share of the smaller set that both name, 0 to 1.
  public var minimumRatio = 0.25
  /// The least depth at which a directory that contains another counts.
  public var minimumDirectoryDepth = 2
  /// File names so common that they do not count.
  public var excludedCommonFiles = [
    "__init__.py", "pyproject.toml", "setup.py", "setup.cfg", "CHANGELOG.md", "README.md",
    "conftest.py",
  ]

  /// The defaults.
  public init() {}
}

/// The key `tamper_guard.policy`: what happens to work that weakens tests.
public enum TamperGuardPolicy: String, Hashable, Sendable, CaseIterable {
  /// The issue fails.
  case fail
  /// The tests are put back.
  case revert
  /// The work is taken as it is.
  case allow
}
