internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// What a run is going to do, found out without writing anything.
public struct RunPlan: Sendable {
  let project: Project
  let configuration: Configuration
  let options: RunOptions
  let base: BaseBranch
  let author: Signature
  let committer: Signature
  let signer: CommitSigner?
  let agent: any AgentProtocol
  /// The issues to run, by priority, then by id.
  let issues: [PlannedIssue]
  let dependencies: DependencyPlan
  /// Work of earlier runs.
  let leftovers: RepositoryState
  /// Finished work of selected issues that this run only reports.
  let reported: [RepositoryState.Leftover]
  let leftOut: [RunSummary.LeftOut]
  /// Issue files that were skipped, as sentences.
  public let problems: [String]
  /// What the user should know before it begins, as sentences.
  public let notices: [String]

  /// Finds out what is to be done.
  ///
  /// - Throws: ``RunRefusal`` when the repository or the machine cannot be used, or an error about
  ///   the issues or the selection that is the user's to mend.
  public static func make(
    _ project: Project, _ configuration: Configuration, _ options: RunOptions
  ) async throws -> RunPlan {
    let found = try await RepositoryFindings.collect(project, configuration)
    let agent = try AgentSelection.agent(for: configuration, in: project.root)
    let scan = try FileIssueSource(root: project.root, configuration: configuration.issues).scan()
    if let error = scan.problems.first(where: \.isError) { throw error }
    return try RunPlan(project, configuration, options, found, agent, scan)
  }

  /// The plan as it is now: made anew if the base branch or what earlier runs left has changed.
  ///
  /// To be asked under the run lock, so that nothing changes any more but by the run itself.
  func refreshed() async throws -> RunPlan {
    let base = base
    let tip = try await project.repository.read { try $0.target(of: base.name) }
    let left = RepositoryState(try Journal.read(project.state))
    guard tip != base.tip || left != leftovers else { return self }
    return try await Self.make(project, configuration, options)
  }

  private init(
    _ project: Project, _ configuration: Configuration, _ options: RunOptions,
    _ found: RepositoryFindings, _ agent: any AgentProtocol, _ scan: IssueScan
  ) throws {
    var filter = options.selection
    filter.finishedOnBase = found.issues.finished
    let selection = try IssueSelection(filter, from: scan, configuration: configuration.issues)
    let leftovers = RepositoryState(try Journal.read(project.state))
    let pending = leftovers.leftovers.filter(\.isFinished)
    let pendingIDs = Set(pending.map(\.issue))
    let fresh = selection.selected.filter { !pendingIDs.contains($0.id.description) }
    let selectedIDs = Set(selection.selected.map(\.id.description))

    self.project = project
    self.configuration = configuration
    self.options = options
    self.agent = agent
    self.leftovers = leftovers
    base = found.base
    author = found.author
    committer = found.committer
    signer = found.signer
    reported =
      options.pendingWork == .report ? pending.filter { selectedIDs.contains($0.issue) } : []
    issues = fresh.map { issue in
      let onBase = found.issues[issue.id]
      return PlannedIssue(issue: onBase ?? issue, isOnBase: onBase != nil)
    }
    dependencies = DependencyPlan(
      selected: fresh, finished: found.issues.finished, known: scan.knownIDs)
    leftOut = selection.counts.map { RunSummary.LeftOut(reason: $0.reason.phrase, count: $0.count) }
    problems = scan.problems.map(\.description)
    notices =
      selection.unknownSkips.map { "--skip \($0): no issue file has that id" }
      + dependencies.unknown.map { "\($0.issue) waits for \($0.reference), which no file has" }
      + fresh.compactMap { issue in
        guard let onBase = found.issues[issue.id], onBase.text != issue.text else { return nil }
        return "\(issue.id): your checkout has another text of the issue than "
          + "\(found.base.name.shortName); the agent sees the latter"
      }
  }

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

  /// Makes a sample signature, unless the run has nothing to commit.
  ///
  /// - Throws: ``RunRefusal/cannotSign(_:)`` with the program's own words.
  func checkSigner() async throws {
    guard let signer, !issues.isEmpty || options.pendingWork == .land else { return }
    do { try await project.repository.read { _ in try signer.check() } } catch {
      throw RunRefusal.cannotSign("\(error)")
    }
  }

  /// How many issues run at a time.
  public var workers: Int { configuration.parallel.maxWorkers }

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

  /// Finished work of earlier runs that is not landed by this one: issue, branch, reason.
  public var pendingWork: [(id: String, branch: String, reason: String)] {
    reported.map { ($0.issue, $0.branch?.shortName ?? "", $0.reason ?? "it was not landed") }
  }

  /// Issues that were not selected, counted by reason.
  public var notSelected: [RunSummary.LeftOut] { leftOut }
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
