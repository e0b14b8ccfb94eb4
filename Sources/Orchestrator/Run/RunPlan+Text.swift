internal import GitEngine

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

extension RunPlan {
  /// What the first line of a run says of the base branch.
  public var baseLine: String {
    var line = "base branch \(base.name.shortName) at \(base.tip.short)"
    if !base.isCurrent { line += " (not the one that is checked out)" }
    if let behind = base.behind {
      line += ", \(behind.commits) behind \(behind.upstream): what is there is not in the work"
    }
    return line
  }

  /// What is said of signatures; `nil` when commits are not signed.
  public var signingLine: String? {
    signer.map { "commits are signed with '\($0.program)', which is tried when the run begins" }
  }

  /// Who is told of what happened.
  public var notifications: NotificationConfiguration { configuration.notifications }

  /// The root of the user's checkout.
  public var root: FilePath { project.root }

  /// Whether the configuration asks for what the agents say.
  public var streamsOutput: Bool { configuration.parallel.streamOutput }

  /// How many issues run at a time.
  public var workers: Int { configuration.parallel.maxWorkers }

  /// How long agents that are told to stop have until they are killed, as in `30 s`.
  public var killGrace: String {
    "\(configuration.parallel.timeoutKillGrace.components.seconds) s"
  }

  /// The name of the branch that work lands on.
  public var baseBranch: String { base.name.shortName }

  /// The issues in the order in which they start, with their priority and title.
  public var order: [(id: String, priority: String, title: String)] {
    issues.map { ($0.id, $0.issue.priority.name, $0.issue.title) }
  }

  /// Issues that will not be run, with the reason.
  public var heldIssues: [(id: String, reason: String)] {
    dependencies.order.compactMap { id in
      guard case .held(let hold) = dependencies[id] else { return nil }
      return (id.description, hold.phrase)
    }
  }

  /// Selected issues that are not run because of what earlier runs left, with what is left.
  public var reported: [IssueReport] { choice.reports }

  /// The issues whose finished work this run lands before anything else.
  public var landedFirst: [String] {
    options.earlierWork.finished == .land
      ? leftovers.leftovers.filter { $0.isFinished && !$0.keepsBranch }.map(\.issue) : []
  }

  /// The issues of which earlier runs left something that is kept aside before they run again.
  public var keptAside: [String] {
    let unfinished =
      options.earlierWork.unfinished == .startOver
      ? leftovers.leftovers.filter { !$0.isFinished } : []
    return (unfinished + choice.startOver).map(\.issue)
  }

  /// Issues that were not selected, counted by reason.
  public var notSelected: [RunSummary.LeftOut] {
    choice.selection.counts.map { RunSummary.LeftOut(reason: $0.reason.phrase, count: $0.count) }
  }
}

extension IssueSelection.Reason {
  /// The reason in a few words.
  var phrase: String {
    switch self {
    case .notInOnly: "not in --only"
    case .inSkip: "in --skip"
    case .type: "of another type"
    case .priority: "of another priority"
    case .label: "without the label"
    case .done: "done"
    case .doneOnBase: "done on the base branch"
    case .cancelled: "cancelled"
    case .deferred: "deferred"
    case .blocked: "blocked"
    case .inProgress: "in progress"
    case .epic: "epics"
    case .unreadable: "unreadable"
    case .overMaxIssues: "over --max-issues"
    }
  }
}

extension DependencyPlan.Hold {
  /// The reason as a phrase.
  var phrase: String {
    func list(_ ids: [IssueID]) -> String { ids.map(\.description).joined(separator: ", ") }
    return switch self {
    case .notSelected(let ids): "it waits for \(list(ids)), not a part of this run"
    case .notLanded(let ids): "it waits for \(list(ids)), which did not land"
    case .cycle(let ids): "\(list(ids)) wait for each other"
    case .behindCycle(let ids): "it waits for \(list(ids)), which wait for each other"
    case .behindHeld(let ids): "it waits for \(list(ids)), which is not run"
    }
  }
}

extension OverlapPlan.Overlap {
  /// What is said of two issues that name the same files.
  func phrase(keptApart: Bool) -> String {
    let listed = names.prefix(3).joined(separator: ", ")
    let more = names.count > 3 ? " and \(names.count - 3) more" : ""
    let what = "\(first) and \(second) both name \(listed)\(more)"
    return keptApart
      ? "\(what): \(second) starts when \(first) is over" : "\(what), and may run side by side"
  }
}
