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
  /// Which issues run, and which are only spoken of.
  let choice: IssueChoice
  /// The issues to run, by priority, then by id.
  let issues: [PlannedIssue]
  let dependencies: DependencyPlan
  /// Which of them name the same files, if that is asked for.
  let overlaps: OverlapPlan
  /// What earlier runs left.
  let leftovers: RepositoryState
  /// Endings of earlier runs that mean nothing any more.
  let obsolete: Set<JournalEntry>
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
    let state = RepositoryState(try Journal.read(project.state))
    let found = try await RepositoryFindings.collect(project, configuration, state)
    let agent = try AgentSelection.agent(for: configuration, in: project.root)
    if options.showsModel, !agent.saysModel { throw RunOptionError.modelUnknown }
    let scan = try FileIssueSource(root: project.root, configuration: configuration.issues).scan()
    if let error = scan.problems.first(where: \.isError) { throw error }
    let choice = try IssueChoice(options, scan, state, found, configuration)
    return RunPlan(project, configuration, options, found, agent, scan, state, choice)
  }

  /// The plan as it is now: made anew if the base branch or what earlier runs left has changed.
  ///
  /// To be asked under the run lock, so that nothing changes any more but by the run itself.
  func refreshed() async throws -> RunPlan {
    let base = base
    let tip = try await project.repository.read { try $0.target(of: base.name) }
    let left = RepositoryState(try Journal.read(project.state))
    return tip == base.tip && left == leftovers ? self : try await remade()
  }

  /// The same plan made anew.
  func remade() async throws -> RunPlan { try await Self.make(project, configuration, options) }

  /// Makes a sample signature, unless the run has nothing to commit.
  ///
  /// - Throws: ``RunRefusal/cannotSign(_:)`` with the program's own words.
  func checkSigner() async throws {
    let isIdle =
      issues.isEmpty && landedFirst.isEmpty && !leftovers.leftovers.contains(where: \.keepsBranch)
    guard let signer, !isIdle else { return }
    do { try await project.repository.read { _ in try signer.check() } } catch {
      throw RunRefusal.cannotSign("\(error)")
    }
  }

  private init(
    _ project: Project, _ configuration: Configuration, _ options: RunOptions,
    _ found: RepositoryFindings, _ agent: any AgentProtocol, _ scan: IssueScan,
    _ state: RepositoryState, _ choice: IssueChoice
  ) {
    self.project = project
    self.configuration = configuration
    self.options = options
    self.agent = agent
    self.choice = choice
    leftovers = state
    base = found.base
    author = found.author
    committer = found.committer
    signer = found.signer
    issues = choice.run.map { issue in
      let onBase = found.issues[issue.id]
      return PlannedIssue(issue: onBase ?? issue, isOnBase: onBase != nil)
    }
    dependencies = DependencyPlan(
      selected: choice.landing + choice.run, finished: found.issues.finished, known: scan.knownIDs)
    overlaps =
      options.overlaps == .none
      ? .none : OverlapPlan(issues.map(\.issue), configuration.overlap)
    obsolete = Self.obsolete(state, found, scan)
    problems = scan.problems.map(\.description)
    notices =
      choice.selection.unknownSkips.map { "--skip \($0): no issue file has that id" }
      + dependencies.unknown.map { "\($0.issue) waits for \($0.reference), which no file has" }
      + choice.run.compactMap { issue in
        guard let onBase = found.issues[issue.id], onBase.text != issue.text else { return nil }
        return "\(issue.id): your checkout has another text of the issue than "
          + "\(found.base.name.shortName); the agent sees the latter"
      }
      + state.leftovers.filter { $0.publishing?.checkout != nil }.map {
        "a run died while it landed \($0.issue); the next one puts that right first"
      }
      + overlaps.overlaps.map { $0.phrase(keptApart: options.overlaps == .serialize) }
  }

  /// Endings of issues that are done or gone, and of branches that are merged or gone.
  private static func obsolete(
    _ state: RepositoryState, _ found: RepositoryFindings, _ scan: IssueScan
  ) -> Set<JournalEntry> {
    let finished = Set(found.issues.finished.map(\.description))
    let known = Set(scan.knownIDs.map(\.description))
    return Set(
      state.ended.filter { issue, entry in
        finished.contains(issue) || !known.contains(issue)
          || (entry.ending == .onBranch && !found.openBranches.contains(issue))
      }.values)
  }
}
