import ArgumentParser
import Orchestrator
import SystemPackage

/// Which issues a run works on.
struct SelectionOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "Only issues of these priorities.", transform: List.init)
  var priority = List()

  @Option(
    name: [.customShort("T"), .long], help: "Only issues of these types, such as BUG,FEAT.",
    transform: List.init)
  var type = List()

  @Option(help: "Only issues with one of these labels.", transform: List.init)
  var label = List()

  @Option(name: .shortAndLong, help: "Only these issues; 732 is enough.", transform: List.init)
  var only = List()

  @Option(name: .shortAndLong, help: "Not these issues.", transform: List.init)
  var skip = List()

  @Option(name: .shortAndLong, help: "At most so many issues; 0 for all.")
  var maxIssues = 0

  /// A list with commas between its elements.
  struct List {
    var items: [String] = []

    init() {}

    init(_ text: String) {
      items = text.split(separator: ",").map { item in
        item.filter { !$0.isWhitespace }
      }.filter { !$0.isEmpty }
    }
  }

  func validate() throws {
    guard maxIssues >= 0 else { throw ValidationError("--max-issues must be 0 or more.") }
  }

  var selection: IssueSelection.Options {
    var options = IssueSelection.Options()
    options.priorities = priority.items
    options.types = type.items
    options.labels = label.items
    options.only = only.items.map { IssueReference($0) }
    options.skip = skip.items.map { IssueReference($0) }
    options.maxIssues = maxIssues == 0 ? nil : maxIssues
    return options
  }
}

/// What stands in the configuration too; a flag has precedence.
struct ConfigurationOptions: ParsableArguments {
  @Option(
    name: [.customShort("C"), .customLong("config")],
    help: "The project's root. (default: the current directory)")
  var directory: String?

  @Option(name: .shortAndLong, help: "How many agents run at a time.")
  var workers: Int?

  @Option(name: .shortAndLong, help: "Seconds that each step of an agent may take; 0 for no limit.")
  var timeout: Int?

  @Option(help: "Seconds that an agent may be silent; 0 for no limit.")
  var idleTimeout: Int?

  @Flag(help: "Show what the agents say while they work.")
  var streamOutput = false

  @Option(help: "Where worktrees go.")
  var worktreeBase: String?

  func validate() throws {
    if let workers, workers < 1 { throw ValidationError("--workers must be 1 or more.") }
    if let timeout, timeout < 0 { throw ValidationError("--timeout must be 0 or more.") }
    if let idleTimeout, idleTimeout < 0 {
      throw ValidationError("--idle-timeout must be 0 or more.")
    }
  }

  func apply(to configuration: inout Configuration) {
    if let workers { configuration.parallel.maxWorkers = workers }
    if let timeout { configuration.parallel.timeoutPerIssue = limit(timeout) }
    if let idleTimeout { configuration.parallel.idleTimeoutPerIssue = limit(idleTimeout) }
    if streamOutput { configuration.parallel.streamOutput = true }
    if let worktreeBase { configuration.parallel.worktreeBase = FilePath(worktreeBase) }
  }

  private func limit(_ seconds: Int) -> Duration? { seconds == 0 ? nil : .seconds(seconds) }
}

/// How much is said, and in which form.
struct OutputOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Say nothing but errors and the result.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say every step.")
  var verbose = false

  @Flag(help: "Print the result as a JSON object at the end of standard output.")
  var json = false

  @Option(help: "Append one JSON object for each event to a file; - is standard output.")
  var events: String?

  func validate() throws {
    if quiet, verbose { throw ValidationError("--quiet and --verbose exclude each other.") }
  }
}

/// Flags of the Python tool that this version does not have: they say so instead of doing nothing.
struct UnsupportedOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: .hidden) var resume = false
  @Flag(help: .hidden) var retryFailed = false
  @Flag(help: .hidden) var cleanStart = false
  @Flag(name: .shortAndLong, help: .hidden) var cleanup = false
  @Flag(help: .hidden) var cleanupOrphans = false
  @Flag(help: .hidden) var pruneMergedBranches = false
  @Flag(inversion: .prefixedNo, help: .hidden) var featureBranches: Bool?
  @Flag(inversion: .prefixedNo, help: .hidden) var epicBranches: Bool?
  @Flag(help: .hidden) var overlapDetection = false
  @Flag(help: .hidden) var warnOnly = false
  @Flag(help: .hidden) var showModel = false
  @Flag(help: .hidden) var skipLearningGate = false
  @Option(help: .hidden) var handoffThreshold: Int?
  @Option(help: .hidden) var contextLimit: Int?

  func validate() throws {
    let used = [
      ("--resume", resume), ("--retry-failed", retryFailed), ("--clean-start", cleanStart),
      ("--cleanup", cleanup), ("--cleanup-orphans", cleanupOrphans),
      ("--prune-merged-branches", pruneMergedBranches),
      ("--feature-branches", featureBranches == true), ("--epic-branches", epicBranches == true),
      ("--overlap-detection", overlapDetection), ("--warn-only", warnOnly),
      ("--show-model", showModel),
      ("--skip-learning-gate", skipLearningGate), ("--handoff-threshold", handoffThreshold != nil),
      ("--context-limit", contextLimit != nil),
    ]
    if let flag = used.first(where: \.1)?.0 {
      throw ValidationError("\(flag) is not supported by this version yet.")
    }
  }
}
