#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession where Access == Writing {
  /// Brings the work of an entry back into the checkout; the entry stays.
  ///
  /// The work is merged with what is staged or was committed since. As with `git stash apply`, new
  /// files are staged, all else is not; with `reinstatesIndex` what was staged is staged again.
  ///
  /// All is decided before the first file changes: whatever is not ``StashApplyOutcome/applied`` or
  /// ``StashApplyOutcome/conflicts(_:)`` has changed nothing. A crash leaves some files changed,
  /// `index.lock`, and the entry.
  ///
  /// - Parameters:
  ///   - id: The commit of an entry, or one that ``saveWorkingState(under:_:signature:)`` made.
  ///   - reinstatesIndex: Whether what was staged is staged again.
  /// - Throws: A ``GitError`` as ``pushStash(_:signature:)``, with the code `invalidName` for a commit
  ///   that is no entry; the checkout is as before.
  public func applyStash(
    _ id: ObjectID, reinstatesIndex: Bool = false
  ) throws(GitError) -> StashApplyOutcome {
    let (root, _) = try stashable("apply the stash entry \(id.short)")
    let trees = try stashTrees(id)
    for _ in 0..<10 {
      let stamp = try fileStatus(gitDirectory.appending("index")).map { FileStamp($0) }
      let current: ObjectID
      switch try indexTree() {
      case .unmerged(let paths):
        return .refused(paths.map { CheckoutObstacle(path: $0, reason: .unmerged) })
      case .tree(let tree): current = tree
      }
      var application = try StashApplication(self, root: root, current: current)
      let merge = try mergeStash(trees.files, into: current, base: trees.base)
      if case .unmergeable(let conflicts) = merge { return .unmergeable(conflicts) }
      var staged: ObjectID?
      if reinstatesIndex, merge.conflicts.isEmpty, trees.index != trees.base,
        trees.index != current
      {
        switch try mergeStash(trees.index, into: current, base: trees.base) {
        case .clean(let tree): staged = tree
        case .conflicts(_, let conflicts), .unmergeable(let conflicts):
          return .indexConflicts(conflicts)
        }
      }
      try application.decide(merge, staged: staged, untracked: trees.untracked, self)
      guard application.obstacles.isEmpty else { return .refused(application.obstacles) }
      if application.plan.index.stamp != stamp { continue }
      switch try carryOut(application.plan, root) {
      case .done: return merge.conflicts.isEmpty ? .applied : .conflicts(merge.conflicts)
      case .changed: continue
      case .indexLocked: return .refused([CheckoutObstacle(reason: .indexLocked)])
      }
    }
    return .refused([CheckoutObstacle(reason: .keepsChanging)])
  }

  /// Brings the work of an entry of the stash back, and drops the entry if there was no conflict.
  ///
  /// A crash in between leaves the entry: work may be there twice, never not at all.
  ///
  /// - Throws: A ``GitError`` as ``applyStash(_:reinstatesIndex:)``, with the code `notFound` when the
  ///   entry is not in the stash; nothing is changed then.
  public func popStash(
    _ id: ObjectID, reinstatesIndex: Bool = false
  ) throws(GitError) -> StashApplyOutcome {
    guard try stashes().contains(where: { $0.id == id }) else {
      throw GitError(
        .notFound, operation: "pop the stash entry \(id)", message: "it is not in the stash")
    }
    let outcome = try applyStash(id, reinstatesIndex: reinstatesIndex)
    if outcome == .applied { try dropStash(id) }
    return outcome
  }
}
