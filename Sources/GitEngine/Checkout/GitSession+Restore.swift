#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Where restored paths come from.
public enum RestoreSource: Hashable, Sendable {
  /// What is staged.
  case index
  /// A commit.
  case commit(ObjectID)
}

extension GitSession where Access == Writing {
  /// Makes index entries, files, or both, of some paths what a commit or the index has there.
  ///
  /// As `git restore`: **edits of these files are lost for good**, and what was staged for them. A
  /// path that the source has not is removed if it is tracked; untracked files stay, unless the
  /// source has one of their name. Anything but ``SwitchOutcome/switched(_:)`` has changed nothing.
  ///
  /// - Parameters:
  ///   - paths: Files or directories; no patterns. The empty path is everything.
  ///   - source: Where they come from.
  ///   - staged: Whether the index takes them (`--staged`); not from the index itself.
  ///   - worktree: Whether the files take them (`--worktree`).
  /// - Throws: A ``GitError``, with the code `notFound` for a path that neither source nor index
  ///   has, or `CancellationError`.
  @discardableResult
  public func restore(
    _ paths: [RepositoryPath], from source: RestoreSource, staged: Bool, worktree: Bool
  ) throws -> SwitchOutcome {
    let operation = "restore \(paths.count) paths"
    guard let root = workingTree else {
      throw GitError(.bareRepository, operation: operation, message: "there is no working tree")
    }
    try removeLeftCheckoutLock()
    for _ in 0..<10 {
      try checkCancellation("restore files")
      var planner = try SwitchPlanner(self, root: root)
      let tracked = planner.tracked
      let target: [RepositoryPath: TreeEntry]
      switch source {
      case .index: target = tracked
      case .commit(let id): target = try trackedEntries(of: tree(of: id))
      }
      let known = planner.paths.union(target.keys)
      for path in paths where !known.contains(where: { $0.isInside(path) }) {
        throw GitError(
          .notFound, operation: operation,
          message: "'\(path)' is neither tracked nor in the source")
      }
      func isMeant(_ path: RepositoryPath) -> Bool { paths.contains { path.isInside($0) } }
      if source == .index {
        // Which of the stages is meant, nobody said.
        let unmerged = planner.unmerged.filter { $0.path.map(isMeant) ?? false }
        guard unmerged.isEmpty else { return .refused(unmerged) }
      }
      try planner.reset(
        to: target, index: staged && source != .index, files: worktree, where: isMeant, self)
      guard planner.obstacles.isEmpty else { return .refused(planner.obstacles) }
      guard !planner.plan.steps.isEmpty else { return .switched(planner.report) }
      switch try carryOut(planner.plan, root, isRepeatable: true, isCancellable: true) {
      case .done: return .switched(planner.report)
      case .changed: continue
      case .indexLocked: return .refused([CheckoutObstacle(reason: .indexLocked)])
      }
    }
    return .refused([CheckoutObstacle(reason: .keepsChanging)])
  }
}
