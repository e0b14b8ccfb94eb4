internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Looks at a checkout: what a stash of it holds, and what resetting it takes.
///
/// Writes objects, nothing else.
struct StashCapture: ~Copyable {
  /// Changes of tracked files, as updates of the index's tree.
  private(set) var files: [TreeUpdate] = []
  /// The untracked files.
  private(set) var untracked: [TreeUpdate] = []
  /// What brings the checkout to the target tree.
  private(set) var plan: CheckoutPlan
  private(set) var obstacles: [CheckoutObstacle] = []
  /// Whether a file changed while it was read.
  private(set) var isTorn = false

  private let index: IndexFile
  private var survey: CheckoutSurvey
  private let root: FilePath
  /// The tree that the checkout is reset to; `nil` when it is left alone.
  private let target: ObjectID?

  init(
    _ git: borrowing GitSession<Writing>, root: FilePath, target: ObjectID?
  ) throws(GitError) {
    let index = try git.indexFile()
    let survey = try CheckoutSurvey(git, root: root)
    self.init(index, survey, root: root, target: target)
  }

  private init(
    _ index: IndexFile, _ survey: consuming CheckoutSurvey, root: FilePath,
    target: ObjectID?
  ) {
    plan = CheckoutPlan(index)
    self.index = index
    self.survey = survey
    self.root = root
    self.target = target
  }

  var isEmpty: Bool { files.isEmpty && untracked.isEmpty && plan.steps.isEmpty }

  /// Takes in all paths that differ from HEAD, whose tree is `head`.
  mutating func take(
    _ entries: [StatusEntry], untracked: [RepositoryPath], head: ObjectID,
    _ git: borrowing GitSession<Writing>
  ) throws(GitError) {
    var items: [(path: RepositoryPath, old: TreeEntry?, new: TreeEntry?, isTracked: Bool)] = []
    for entry in entries where entry.staged != nil || entry.unstaged != nil {
      let old = try git.entry(at: entry.path, in: head).flatMap { $0.mode == .tree ? nil : $0 }
      items.append((entry.path, old, try entryInTarget(entry.path, git), true))
    }
    let known = Set(items.map(\.path))
    for path in untracked where !known.contains(path) { items.append((path, nil, nil, false)) }
    items.sort { $0.path < $1.path }
    // What goes away first: it makes room for what comes back.
    for item in items where item.new == nil {
      try take(item.path, item.old, nil, isTracked: item.isTracked, git)
    }
    for item in items where item.new != nil {
      try take(item.path, item.old, item.new, isTracked: true, git)
    }
  }

  private func entryInTarget(
    _ path: RepositoryPath, _ git: borrowing GitSession<Writing>
  ) throws(GitError) -> TreeEntry? {
    guard let target else { return nil }
    return try git.entry(at: path, in: target).flatMap { $0.mode == .tree ? nil : $0 }
  }

  private mutating func take(
    _ path: RepositoryPath, _ old: TreeEntry?, _ new: TreeEntry?, isTracked: Bool,
    _ git: borrowing GitSession<Writing>
  ) throws(GitError) {
    let state = index.state(path)
    if state == .unmerged { return block(path, .unmerged) }
    let versions = [old, new, state.entry].compactMap { $0?.mode }
    if versions.contains(.gitlink) {
      guard versions.allSatisfy({ $0 == .gitlink }) else { return block(path, .modeChanged) }
      // As in git, a submodule's own directory is never a part of this.
      guard target != nil, state.entry != new else { return }
      var step = CheckoutPlan.Step(path: path, fileMatchesIndex: false)
      step.index = new.map { .set($0) } ?? .remove
      return plan.steps.append(step)
    }
    let finding = try survey.look(at: path, known: state.entry ?? old, index: index, git: git)
    if let obstacle = finding.obstacle { return block(path, obstacle) }
    if case .entry(_, skipWorktree: true) = state, finding.state == .absent {
      return block(path, .edited)
    }
    if finding.state == .other { return block(path, .fileInTheWay) }
    let file = finding.state.entry
    if let file {
      guard try store(path, file, git) else { return isTorn = true }
      if isTracked { files.append(.set(path, file)) } else { untracked.append(.set(path, file)) }
    } else if isTracked {
      files.append(.remove(path))
    } else {
      return isTorn = true
    }
    guard target != nil else { return }
    try reset(path, to: new, from: finding, state)
  }

  private mutating func reset(
    _ path: RepositoryPath, to new: TreeEntry?, from finding: CheckoutSurvey.Finding,
    _ state: IndexState
  ) throws(GitError) {
    let file = finding.state.entry
    var step = CheckoutPlan.Step(path: path, seen: finding.stamp, fileMatchesIndex: false)
    if let new {
      switch finding.state {
      // What is in there was not saved, and git would delete it.
      case .directory: return block(path, .directoryInTheWay)
      case .behindFile, .other: return block(path, .fileInTheWay)
      case .behindSymbolicLink: return block(path, .symlinkedParent)
      case .absent, .file: break
      }
      if file != new {
        step.file = .blob(new)
        step.fileMatchesIndex = true
      }
      if state != .entry(new, skipWorktree: false) || step.fileMatchesIndex {
        step.index = .set(new)
      }
    } else {
      if file != nil {
        step.file = .remove
        survey.removed.insert(path)
      }
      if state != .absent { step.index = .remove }
    }
    // Behind a link or a file there is nothing of this path to remove.
    if file == nil { step.seen = nil }
    plan.steps.append(step)
  }

  /// Stores a file as the blob that it was found to be; false when it is another one by now.
  private func store(
    _ path: RepositoryPath, _ file: TreeEntry, _ git: borrowing GitSession<Writing>
  ) throws(GitError) -> Bool {
    let place = path.absolute(in: root)
    do throws(GitError) {
      if file.mode == .symbolicLink {
        return try git.writeBlob(readSymbolicLink(place)) == file.id
      }
      return try git.storeWorkingFile(path, in: root, survey.converter) == file.id
    } catch {
      guard error.code == .notFound else { throw error }
      return false
    }
  }

  private mutating func block(_ path: RepositoryPath, _ reason: CheckoutObstacle.Reason) {
    obstacles.append(CheckoutObstacle(path: path, reason: reason))
  }
}
