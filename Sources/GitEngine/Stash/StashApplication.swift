#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Decides what applying an entry of the stash does in a checkout.
struct StashApplication: ~Copyable {
  private(set) var plan: CheckoutPlan
  private(set) var obstacles: [CheckoutObstacle] = []

  private let index: IndexFile
  private var survey: CheckoutSurvey
  /// The tree of what is staged now.
  private let current: ObjectID

  init(
    _ git: borrowing GitSession<Writing>, root: FilePath, current: ObjectID
  ) throws(GitError) {
    let index = try git.indexFile()
    let survey = try CheckoutSurvey(git, root: root)
    self.init(index, survey, current: current)
  }

  private init(
    _ index: IndexFile, _ survey: consuming CheckoutSurvey, current: ObjectID
  ) {
    plan = CheckoutPlan(index)
    self.index = index
    self.survey = survey
    self.current = current
  }

  /// - Parameter staged: What the index becomes; `nil` to leave it but for new files.
  mutating func decide(
    _ merge: StashMerge, staged: ObjectID?, untracked: ObjectID?,
    _ git: borrowing GitSession<Writing>
  ) throws(GitError) {
    let merged: ObjectID
    switch merge {
    case .clean(let tree), .conflicts(let tree, _): merged = tree
    case .unmergeable: return
    }
    let conflicted = Dictionary(
      merge.conflicts.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    let changes = try git.changes(from: current, to: merged).filter {
      conflicted[$0.path] == nil
    }
    for change in changes where change.new == nil { try decide(change, git) }
    for change in changes where change.new != nil { try decide(change, git) }
    for conflict in merge.conflicts { try decide(conflict, in: merged, git) }
    if let untracked {
      for change in try git.changes(from: nil, to: untracked) {
        try bringBack(change, merged, git)
      }
    }
    try decideIndex(changes, isConflicted: !conflicted.isEmpty, staged: staged, git)
  }

  // MARK: Files

  /// The file that is at a path, if it is what is staged there; else an obstacle.
  private mutating func unedited(
    _ path: RepositoryPath, _ old: TreeEntry?, _ new: TreeEntry?,
    _ git: borrowing GitSession<Writing>
  ) throws(GitError) -> CheckoutPlan.Step? {
    let state = index.state(path)
    let finding = try survey.look(at: path, known: state.entry ?? old, index: index, git: git)
    if let obstacle = finding.obstacle {
      block(path, obstacle)
      return nil
    }
    var situation = PathSituation(
      old: old, new: new, index: state, file: finding.state, untrackedCanBeCarried: false,
      carriesEdits: false)
    if old == nil, state == .absent, finding.state != .absent {
      situation.isIgnored = try git.isIgnored(path)
    }
    var step = CheckoutPlan.Step(path: path, seen: finding.stamp, fileMatchesIndex: false)
    switch situation.decision {
    case .replace:
      if finding.state.entry == nil { step.seen = nil }
      return step
    case .indexOnly where old?.mode == .gitlink || new?.mode == .gitlink: return step
    case .obstacle(let reason): block(path, reason)
    case .leave, .indexOnly, .carry: block(path, .edited)
    }
    return nil
  }

  private mutating func decide(
    _ change: TreeChange, _ git: borrowing GitSession<Writing>
  ) throws(GitError) {
    guard var step = try unedited(change.path, change.old, change.new, git) else { return }
    if let new = change.new {
      if new.mode == .gitlink { step.file = .directory } else { step.file = .blob(new) }
    } else if change.old?.mode != .gitlink {
      step.file = .remove
      survey.removed.insert(change.path)
    }
    plan.steps.append(step)
  }

  private mutating func decide(
    _ conflict: ConflictedPath, in merged: ObjectID, _ git: borrowing GitSession<Writing>
  ) throws(GitError) {
    // Whatever the new version is, it is not the old one.
    let new = conflict.ours == nil ? conflict.theirs : nil
    guard var step = try unedited(conflict.path, conflict.ours, new, git) else { return }
    if let shown = try git.entry(at: conflict.path, in: merged), shown != conflict.ours {
      step.file = .blob(shown)
    }
    step.index = .conflict(conflict)
    plan.steps.append(step)
  }

  private mutating func bringBack(
    _ change: TreeChange, _ merged: ObjectID, _ git: borrowing GitSession<Writing>
  ) throws(GitError) {
    guard let new = change.new else { return }
    // git saves what was removed from the index alone in two places.
    if try git.entry(at: change.path, in: merged) == new { return }
    let finding = try survey.look(at: change.path, known: nil, index: index, git: git)
    if let obstacle = finding.obstacle { return block(change.path, obstacle) }
    var step = CheckoutPlan.Step(path: change.path, fileMatchesIndex: false)
    step.file = .blob(new)
    switch finding.state {
    case .absent where !plan.steps.contains { $0.path == change.path }: plan.steps.append(step)
    case .file(new): break
    case .absent, .file:
      block(change.path, try git.isIgnored(change.path) ? .ignored : .untracked)
    case .directory: block(change.path, .directoryInTheWay)
    case .behindFile, .other: block(change.path, .fileInTheWay)
    case .behindSymbolicLink: block(change.path, .symlinkedParent)
    }
  }

  // MARK: Index

  private mutating func decideIndex(
    _ changes: [TreeChange], isConflicted: Bool, staged: ObjectID?,
    _ git: borrowing GitSession<Writing>
  ) throws(GitError) {
    var wanted: [(path: RepositoryPath, new: TreeEntry?)]
    if isConflicted {
      // As in git: what merged cleanly beside a conflict is staged.
      wanted = changes.map { ($0.path, $0.new) }
    } else if let staged {
      wanted = try git.changes(from: current, to: staged).map { ($0.path, $0.new) }
    } else {
      wanted = changes.filter { $0.old == nil }.map { ($0.path, $0.new) }
    }
    // Removals first: a directory may take the place of a file.
    wanted = wanted.filter { $0.new == nil } + wanted.filter { $0.new != nil }
    var positions: [RepositoryPath: Int] = [:]
    for (position, step) in plan.steps.enumerated() { positions[step.path] = position }
    for (path, new) in wanted {
      let change = new.map { CheckoutPlan.IndexChange.set($0) } ?? .remove
      if let position = positions[path] {
        plan.steps[position].index = change
        if case .blob(let file) = plan.steps[position].file {
          plan.steps[position].fileMatchesIndex = file == new
        }
      } else {
        var step = CheckoutPlan.Step(path: path, fileMatchesIndex: false)
        step.index = change
        plan.steps.append(step)
      }
    }
  }

  private mutating func block(_ path: RepositoryPath, _ reason: CheckoutObstacle.Reason) {
    obstacles.append(CheckoutObstacle(path: path, reason: reason))
  }
}
