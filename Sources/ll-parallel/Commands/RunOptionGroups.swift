import ArgumentParser
import Orchestrator

/// Which issues a run works on.
struct SelectionOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, help: ArgumentHelp("Only issues of these priorities.", valueName: "P0,P1"),
    transform: List.init)
  var priority = List()

  @Option(
    name: [.customShort("T"), .long],
    help: ArgumentHelp("Only issues of these types.", valueName: "BUG,FEAT"), transform: List.init)
  var type = List()

  @Option(
    help: ArgumentHelp("Only issues with one of these labels.", valueName: "a,b"),
    transform: List.init)
  var label = List()

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Only these issues; 732 is enough.", valueName: "ids"),
    completion: .custom { _, _, _ in IssueCompletion.files() }, transform: List.init)
  var only = List()

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Not these issues.", valueName: "ids"),
    completion: .custom { _, _, _ in IssueCompletion.files() }, transform: List.init)
  var skip = List()

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Run at most so many issues; 0 for all.", valueName: "n"))
  var maxIssues = 0

  /// A list with commas between its elements.
  struct List {
    var items: [String] = []
    var isWritten = false

    init() {}

    init(_ text: String) {
      isWritten = true
      items = text.split(separator: ",").compactMap { item in
        guard let first = item.firstIndex(where: { !$0.isWhitespace }),
          let last = item.lastIndex(where: { !$0.isWhitespace })
        else { return nil }
        return String(item[first...last])
      }
    }
  }

  func validate() throws {
    guard maxIssues >= 0 else { throw ValidationError("--max-issues must be 0 or more.") }
    let lists = [("priority", priority), ("type", type), ("label", label), ("only", only)]
    // An empty variable of a script must not select everything.
    if let (name, _) = lists.first(where: { $0.1.isWritten && $0.1.items.isEmpty }) {
      throw ValidationError("--\(name) names nothing.")
    }
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

/// How issues are run, where the configuration does not say it.
struct RunningOptions: ParsableArguments {
  @Flag(
    name: [.customShort("n"), .long], help: "Print what would be done; write nothing.")
  var dryRun = false

  @Flag(help: "Do not run issues side by side that name the same files.")
  var overlapDetection = false

  @Flag(help: "Run them side by side, and say which issues name the same files.")
  var warnOnly = false

  @Flag(help: "Say which model each agent uses.")
  var showModel = false

  @Option(
    help: ArgumentHelp(
      "Percent of its context after which an agent hands over (LL_HANDOFF_THRESHOLD).",
      valueName: "1..100"))
  var handoffThreshold: Int?

  @Option(
    help: ArgumentHelp(
      "Tokens that an agent's context holds, from 50000 (LL_CONTEXT_LIMIT).", valueName: "tokens"))
  var contextLimit: Int?

  func validate() throws {
    if let handoffThreshold, !(1...100).contains(handoffThreshold) {
      throw ValidationError("--handoff-threshold is \(handoffThreshold); accepted: 1 to 100")
    }
    if let contextLimit, contextLimit < 50_000 {
      throw ValidationError("--context-limit is \(contextLimit); accepted: 50000 and more")
    }
  }

  /// The variables that agents get because of these flags.
  var agentEnvironment: [String: String] {
    var variables: [String: String] = [:]
    variables["LL_HANDOFF_THRESHOLD"] = handoffThreshold.map { "\($0)" }
    variables["LL_CONTEXT_LIMIT"] = contextLimit.map { "\($0)" }
    return variables
  }

  var overlaps: RunOptions.OverlapHandling {
    warnOnly ? .warn : overlapDetection ? .serialize : .none
  }
}

/// How much is said, and in which form.
struct OutputOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Say nothing but errors and the result.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say every step.")
  var verbose = false

  @Flag(help: "Print the result as a JSON object at the end of standard output.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Append one JSON object for each event to a file; - is standard output.", valueName: "file"))
  var events: String?

  func validate() throws {
    if quiet, verbose { throw ValidationError("--quiet and --verbose exclude each other.") }
  }
}
