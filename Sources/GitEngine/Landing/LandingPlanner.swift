#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Decides what a landing does in one checkout.
///
/// Reads the checkout; writes only objects.
struct LandingPlanner: ~Copyable {
  enum Result {
    case plan(CheckoutPlan)
    case obstacles([CheckoutObstacle])
  }

  private let request: LandingRequest
  private let index: IndexFile
  private var survey: CheckoutSurvey
  private var plan: CheckoutPlan
  private var obstacles: [CheckoutObstacle] = []
  private var removedEntries: Set<RepositoryPath> = []

  private init(
    _ request: LandingRequest, _ index: IndexFile, _ survey: consuming CheckoutSurvey
  ) {
    self.request = request
    plan = CheckoutPlan(index)
    self.index = index
    self.survey = survey
  }

  /// What a landing does in the checkout at `root`, which the session is on.
  static func plan(
    _ request: LandingRequest, _ git: borrowing GitSession<Writing>, root: FilePath
  ) throws(GitError) -> Result {
    let index = try git.indexFile()
    let survey = try CheckoutSurvey(git, root: root)
    let planner = LandingPlanner(request, index, survey)
    return try planner.decide(git)
  }

  private consuming func decide(
    _ git: borrowing GitSession<Writing>
  ) throws(GitError) -> Result {
    let changes = try git.changes(
      from: git.tree(of: request.expected), to: git.tree(of: request.commit))
    // What goes away is decided first: it makes room for what comes.
    for change in changes where change.new == nil { try decide(change, git) }
    for change in changes where change.new != nil { try decide(change, git) }
    return obstacles.isEmpty ? .plan(plan) : .obstacles(obstacles)
  }

  private mutating func decide(
    _ change: TreeChange, _ git: borrowing GitSession<Writing>
  ) throws(GitError) {
    let path = change.path
    try change.requireSafe("land \(request.commit.short)")
    let state = index.state(path)
    let finding = try survey.look(
      at: path, known: state.entry ?? change.old, index: index, git: git)
    if let obstacle = finding.obstacle { return block(path, obstacle) }
    // What is staged keeps its entry, also where the working tree shows nothing of it.
    if change.old == nil, let reason = index.collision(with: path, removed: removedEntries) {
      return block(path, reason)
    }
    let adaptation = request.adaptations[path]
    var situation = PathSituation(
      old: change.old, new: change.new, index: state, file: finding.state,
      untrackedCanBeCarried: adaptation?.untrackedBase != nil, carriesEdits: request.carriesEdits)
    if change.old == nil, state == .absent, finding.state != .absent {
      situation.isIgnored = try git.isIgnored(path)
    }
    var step = CheckoutPlan.Step(path: path, seen: finding.stamp)
    switch situation.decision {
    case .leave: return
    case .obstacle(let reason): return block(path, reason)
    case .indexOnly:
      step.fileMatchesIndex = false
      step.index = change.new.map { .set($0) } ?? .remove
    case .replace:
      step.index = change.new.map { .set($0) } ?? .remove
      switch change.new {
      case nil:
        step.file = .remove
        survey.removed.insert(path)
      case .some(let new) where new.mode == .gitlink: step.file = .directory
      case .some(let new): step.file = .blob(new)
      }
    case .carry:
      if let reason = try carry(change, situation, into: &step, git) { return block(path, reason) }
    }
    if case .remove = step.index { removedEntries.insert(path) }
    plan.steps.append(step)
  }

  private mutating func block(_ path: RepositoryPath, _ reason: CheckoutObstacle.Reason) {
    obstacles.append(CheckoutObstacle(path: path, reason: reason))
  }

  /// Merges the user's file and the user's index entry with the landing, each by itself.
  private mutating func carry(
    _ change: TreeChange, _ situation: PathSituation, into step: inout CheckoutPlan.Step,
    _ git: borrowing GitSession<Writing>
  ) throws(GitError) -> CheckoutObstacle.Reason? {
    let path = change.path
    guard let new = change.new, let file = situation.file.entry else { return .edited }
    guard try isPlain(path, [change.old?.id, new.id], git) else { return .notPlainText }
    let bytes = try readWholeFile(path.absolute(in: git.workingTree ?? FilePath()))
    guard try git.blobID(of: bytes) == file.id else { return .notPlainText }

    let adaptation = request.adaptations[path]
    let base =
      if let old = change.old { try git.blob(old.id) } else { adaptation?.untrackedBase ?? [] }
    let landing =
      if let adaptation { adaptation.unedited } else { try git.blob(new.id) }
    func merge(_ mine: [UInt8]) throws(GitError) -> [UInt8]? {
      guard let merged = try git.mergeText(base: base, ours: mine, theirs: landing) else {
        return nil
      }
      return adaptation?.edit(merged) ?? merged
    }

    guard let mergedFile = try merge(bytes) else { return .editConflicts }
    var newEntry = new
    if let staged = situation.index.entry, staged.id != change.old?.id, staged.id != new.id {
      guard let mergedIndex = try merge(git.blob(staged.id)) else { return .editConflicts }
      newEntry.id = try git.writeBlob(mergedIndex)
    }
    step.index = .set(newEntry)
    step.file = mergedFile == bytes ? .none : .bytes(mergedFile, new.mode)
    step.fileMatchesIndex = try git.blobID(of: mergedFile) == newEntry.id
    // The user's version goes into the object database, to be kept under a reference.
    let saved = TreeEntry(mode: file.mode, id: try git.writeBlob(bytes))
    plan.carried.append(.init(path: path, file: saved, index: situation.index.entry))
    return nil
  }

  /// Whether git would merge the path line by line and no filter changes its bytes.
  private func isPlain(
    _ path: RepositoryPath, _ versions: [ObjectID?], _ git: borrowing GitSession<Writing>
  ) throws(GitError) -> Bool {
    let converter = survey.converter
    guard try converter.attributes(of: path, git).mergesByLines,
      try !converter.hasProgram(path, git)
    else { return false }
    for case .some(let id) in versions {
      let content = try git.blob(id)
      guard try converter.fileContent(content, of: id, at: path, git) == content else {
        return false
      }
    }
    return true
  }
}
