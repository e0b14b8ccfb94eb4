internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Which issues a run works on and which it only speaks of, by what it was asked for and by what
/// earlier runs left.
struct IssueChoice: Sendable {
  /// What the options select.
  let selection: IssueSelection
  /// What was asked for, for a run that resumes this one.
  let recorded: RecordedSelection
  /// The issues that run, by priority, then by id.
  let run: [Issue]
  /// The selected issues whose finished work is landed first.
  let landing: [Issue]
  /// Finished work that is kept aside before its issue runs again.
  let startOver: [RepositoryState.Leftover]
  /// The selected issues that do not run, with what is to be said of them.
  let reports: [IssueReport]
  /// The selected issues that are done, although their files, which git ignores, do not say so: the
  /// branches with their work have been merged.
  let merged: [Issue]

  init(
    _ options: RunOptions, _ scan: IssueScan, _ state: RepositoryState,
    _ found: RepositoryFindings, _ configuration: Configuration
  ) throws {
    let policy = options.earlierWork
    let remains = Dictionary(
      scan.issues.map { ($0.id, Self.remains(of: $0, state, found)) }, uniquingKeysWith: { $1 })
    let merged = Set(
      scan.issues.map(\.id).filter { id in
        found.mergedBranches.contains(id.description) && found.issues[id] == nil
      })
    let fates = Dictionary(
      remains.map { ($0, merged.contains($0) ? .leave : policy.fate(of: $1)) },
      uniquingKeysWith: { $1 })
    var wanted = options.selection
    if policy.takesLastSelection, wanted.isUnfiltered, let last = state.lastRun?.selection {
      wanted = last.options(known: scan.knownIDs)
    }
    wanted.finishedOnBase = found.issues.finished
    wanted.uncounted = Set(
      fates.filter { ![EarlierWork.Fate.run, .startOver].contains($0.value) }.keys)
    let selection = try IssueSelection(wanted, from: scan, configuration: configuration.issues)
    func selected(_ fate: EarlierWork.Fate...) -> [Issue] {
      selection.selected.filter { issue in fates[issue.id].map(fate.contains) ?? false }
    }
    self.selection = selection
    self.merged = selection.selected.filter { merged.contains($0.id) }
    run = selected(.run, .startOver)
    landing = selected(.land)
    startOver = selected(.startOver).compactMap { state[$0.id.description] }
    reports = selected(.report).compactMap { issue in
      remains[issue.id].flatMap { $0 }.map {
        Self.report(issue, $0, base: found.base.name, configuration.parallel)
      }
    }
    recorded = RecordedSelection(
      wanted, selected: selection.selected.map(\.id.description))
  }

  /// A branch that was left as asked for counts only while it is there and not merged.
  private static func remains(
    of issue: Issue, _ state: RepositoryState, _ found: RepositoryFindings
  ) -> RepositoryState.Remains? {
    let id = issue.id.description
    let remains = state.remains(of: id)
    if case .onBranch = remains, state[id] == nil, !found.openBranches.contains(id) { return nil }
    return remains
  }

  private static func report(
    _ issue: Issue, _ remains: RepositoryState.Remains, base: ReferenceName,
    _ parallel: ParallelConfiguration
  ) -> IssueReport {
    var report = IssueReport(id: issue.id.description, title: issue.title, outcome: .pending)
    switch remains {
    case .finished(let leftover): report = IssueReport(pending: leftover)
    case .failed(let entry):
      report.outcome = .held
      report.reason =
        "it failed in an earlier run; --retry-failed runs it again"
        + (entry.reason.map { ". It was: \($0)" } ?? "")
      report.branch = entry.branch.map { ReferenceName($0).shortName }
    case .onBranch(let branch):
      // Where branches are asked for, this is how an issue is done.
      report.outcome = parallel.useFeatureBranches ? .finished : .held
      report.branch = branch.shortName
      report.reason =
        "an earlier run left its work on this branch; merge it into \(base.shortName)"
    case .unfinished: break
    }
    return report
  }
}

extension IssueReport {
  /// Finished work that is not landed now.
  init(pending leftover: RepositoryState.Leftover) {
    self.init(
      id: leftover.issue, title: leftover.title, outcome: .pending,
      reason: leftover.reason ?? "an earlier run finished it and did not land it")
    branch = leftover.branch?.shortName
    worktree = leftover.worktree?.string
  }
}
