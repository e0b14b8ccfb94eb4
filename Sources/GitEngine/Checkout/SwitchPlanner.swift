#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Decides what a switch or a reset does in one checkout.
///
/// Reads only.
struct SwitchPlanner: ~Copyable {
  private(set) var plan: CheckoutPlan
  private(set) var kept: [RepositoryPath] = []
  private(set) var obstacles: [CheckoutObstacle] = []

  let root: FilePath
  private let index: IndexFile
  private var survey: CheckoutSurvey
  /// Index entries that go.
  private var removedEntries: Set<RepositoryPath> = []

  init<Access>(_ git: borrowing GitSession<Access>, root: FilePath) throws(GitError) {
    let index = try git.indexFile()
    let survey = try CheckoutSurvey(git, root: root)
    self.init(root, index, survey)
  }

  private init(
    _ root: FilePath, _ index: IndexFile, _ survey: consuming CheckoutSurvey
  ) {
    plan = CheckoutPlan(index)
    self.root = root
    self.index = index
    self.survey = survey
  }

  var report: CheckoutReport { CheckoutReport(plan, kept: kept, obstacles: obstacles) }

  /// The paths that have an unfinished merge, each as an obstacle.
  var unmerged: [CheckoutObstacle] {
    index.unmerged.map { CheckoutObstacle(path: $0, reason: .unmerged) }
  }

  /// All paths of the index.
  var paths: Set<RepositoryPath> { Set(index.entries.map { index.path($0) }) }

  /// What the index has at stage 0, without what is only intended to be added.
  var tracked: [RepositoryPath: TreeEntry] {
    var entries: [RepositoryPath: TreeEntry] = [:]
    for entry in index.entries where entry.stage == 0 && !entry.isIntentToAdd {
      entries[index.path(entry)] = index.treeEntry(entry)
    }
    return entries
  }

  /// Refuses for reasons that no path has.
  mutating func block(_ reasons: [CheckoutObstacle]) { obstacles += reasons }

  // MARK: Switching

  /// From one tree to another; local changes are carried or in the way.
  mutating func decide<Access>(
    from old: ObjectID?, to new: ObjectID, _ options: SwitchOptions,
    _ git: borrowing GitSession<Access>
  ) throws(GitError) {
    plan.isClean = options.isClean
    let overwritingIgnored = options.overwritesIgnored
    let changes = try git.changes(from: old, to: new)
    // What goes away is decided first: it makes room for what comes.
    for change in changes where change.new == nil { try decide(change, overwritingIgnored, git) }
    for change in changes where change.new != nil { try decide(change, overwritingIgnored, git) }
  }

  private mutating func decide<Access>(
    _ change: TreeChange, _ overwritingIgnored: Bool, _ git: borrowing GitSession<Access>
  ) throws(GitError) {
    let path = change.path
    try change.requireSafe("switch the checkout \(root)")
    let state = index.state(path)
    let finding = try survey.look(
      at: path, known: state.entry ?? change.old, index: index, git: git)
    if let obstacle = finding.obstacle { return block(path, obstacle) }
    var situation = PathSituation(
      old: change.old, new: change.new, index: state, file: finding.state)
    if state == .absent, finding.state.entry != nil {
      situation.isIgnored = try git.isIgnored(path)
    }
    switch situation.switchDecision(overwritingIgnored: overwritingIgnored) {
    case .leave: kept.append(path)
    case .obstacle(let reason): block(path, reason)
    case .carry: block(path, .edited)
    case .indexOnly: put(change, finding, isFile: false)
    case .replace: put(change, finding, isFile: true)
    }
  }

  private mutating func block(_ path: RepositoryPath, _ reason: CheckoutObstacle.Reason) {
    obstacles.append(CheckoutObstacle(path: path, reason: reason))
  }

  private mutating func put(
    _ change: TreeChange, _ finding: CheckoutSurvey.Finding, isFile: Bool
  ) {
    let path = change.path
    var step = CheckoutPlan.Step(path: path, seen: finding.stamp, fileMatchesIndex: isFile)
    if let new = change.new {
      if let reason = index.collision(with: path, removed: removedEntries) {
        return block(path, reason)
      }
      step.index = .set(new)
      if isFile { step.file = new.mode == .gitlink ? .directory : .blob(new) }
    } else {
      removedEntries.insert(path)
      step.index = .remove
      if isFile {
        step.file = .remove
        survey.removed.insert(path)
      }
    }
    plan.steps.append(step)
  }

  // MARK: Merging

  /// Puts the versions of conflicted paths into the index, beside what `decide` plans for the files.
  ///
  /// - Parameter tree: The merged tree, which says what their files show.
  mutating func show<Access>(
    _ conflicts: [ConflictedPath], in tree: ObjectID, _ git: borrowing GitSession<Access>
  ) throws(GitError) {
    var positions: [RepositoryPath: Int] = [:]
    for (position, step) in plan.steps.enumerated() { positions[step.path] = position }
    for conflict in conflicts {
      let path = conflict.path
      let state = index.state(path)
      var step: CheckoutPlan.Step
      if let position = positions[path] {
        step = plan.steps[position]
      } else {
        step = CheckoutPlan.Step(path: path)
        let finding = try survey.look(at: path, known: state.entry, index: index, git: git)
        if let obstacle = finding.obstacle {
          block(path, obstacle)
          continue
        }
        // The file stays; edits of it would look like a part of the merge.
        if let file = finding.state.entry, file != state.entry {
          block(path, state == .absent ? .untracked : .edited)
          continue
        }
      }
      if isSparse(state), let shown = try git.entry(at: path, in: tree) {
        step.file = .blob(shown)
      }
      step.index = .conflict(conflict)
      step.fileMatchesIndex = false
      if let position = positions[path] {
        plan.steps[position] = step
      } else {
        plan.steps.append(step)
      }
    }
  }

  // MARK: Resetting

  /// Makes the index the tree `target`, and the files of the paths that are then tracked, or were,
  /// as well if `files` says so, whatever is in them.
  ///
  /// Paths that a switch has decided on before stay as decided.
  ///
  /// - Parameter isMeant: Which paths this is about.
  mutating func reset<Access>(
    to target: [RepositoryPath: TreeEntry], index changesIndex: Bool = true, files: Bool,
    where isMeant: (RepositoryPath) -> Bool = { _ in true },
    _ git: borrowing GitSession<Access>
  ) throws(GitError) {
    let decided = Set(plan.steps.map(\.path))
    let paths = paths.union(target.keys).filter { isMeant($0) && !decided.contains($0) }
      .sorted()
    for path in paths where target[path] == nil {
      try reset(path, to: nil, changesIndex, files, git)
    }
    for path in paths {
      if let new = target[path] { try reset(path, to: new, changesIndex, files, git) }
    }
  }

  private mutating func reset<Access>(
    _ path: RepositoryPath, to new: TreeEntry?, _ changesIndex: Bool, _ files: Bool,
    _ git: borrowing GitSession<Access>
  ) throws(GitError) {
    let state = index.state(path)
    var step = CheckoutPlan.Step(path: path, fileMatchesIndex: false)
    let isNew = new.map { state.entry != $0 } ?? (state != .absent)
    if changesIndex, isNew {
      step.index = new.map { .set($0) } ?? .remove
      if new == nil { removedEntries.insert(path) }
    }
    if files, !isSparse(state), !isSubmodule(state, new) {
      guard try resetFile(&step, to: new, state, changesIndex, git) else { return }
    }
    if new != nil, changesIndex, isNew,
      let reason = index.collision(with: path, removed: removedEntries)
    {
      return block(path, reason)
    }
    if case (.none, .none) = (step.file, step.index) { return }
    plan.steps.append(step)
  }

  private func isSubmodule(_ state: IndexState, _ new: TreeEntry?) -> Bool {
    (new ?? state.entry)?.mode == .gitlink
  }

  private func isSparse(_ state: IndexState) -> Bool {
    if case .entry(_, skipWorktree: true) = state { true } else { false }
  }

  /// False when something is in the way.
  private mutating func resetFile<Access>(
    _ step: inout CheckoutPlan.Step, to new: TreeEntry?, _ state: IndexState,
    _ changesIndex: Bool, _ git: borrowing GitSession<Access>
  ) throws(GitError) -> Bool {
    let path = step.path
    let finding = try survey.look(at: path, known: state.entry ?? new, index: index, git: git)
    if let obstacle = finding.obstacle {
      block(path, obstacle)
      return false
    }
    guard let new else {
      // Behind a link or a file, or in a directory, there is nothing of this path.
      guard finding.state.entry != nil else { return true }
      (step.file, step.seen) = (.remove, finding.stamp)
      survey.removed.insert(path)
      return true
    }
    switch finding.state {
    case .directory: block(path, .directoryInTheWay)
    case .behindFile, .other: block(path, .fileInTheWay)
    case .behindSymbolicLink: block(path, .symlinkedParent)
    case .file(new): return true
    case .absent, .file:
      (step.file, step.seen) = (.blob(new), finding.stamp)
      // The file's times go into an entry that describes it.
      if changesIndex || state.entry == new {
        (step.index, step.fileMatchesIndex) = (.set(new), true)
      }
      return true
    }
    return false
  }
}
