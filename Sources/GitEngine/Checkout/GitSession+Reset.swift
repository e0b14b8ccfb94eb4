#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// What a reset takes along when it moves HEAD's branch.
public enum ResetMode: Hashable, Sendable {
  /// Nothing: index and files stay (`git reset --soft`).
  case soft
  /// The index; files stay (`git reset --mixed`).
  case mixed
  /// Index and files. Files that were edited stay, or keep it from being done; what was staged is
  /// staged no more (`git reset --keep`). The one to take when somebody works there.
  case keepingEdits
  /// Index and files of all tracked paths (`git reset --hard`).
  ///
  /// **Work that was not committed is lost for good**: edits, what was staged, and untracked files
  /// where a tracked one belongs. Nothing is saved; ``GitSession/pushStash(_:signature:)`` before
  /// it would.
  case losingUncommittedWork
}

extension GitSession where Access == Writing {
  /// Moves HEAD's branch, or a detached HEAD, to a commit, and index and files as `mode` says.
  ///
  /// The old commit is kept in `ORIG_HEAD`, and an unfinished merge, cherry-pick or revert is
  /// forgotten, as by `git reset`. Crash and cancellation: as with
  /// ``switchCheckout(to:_:signature:)``; after a kill call it again.
  ///
  /// Refused, with nothing changed: `soft` and `keepingEdits` with an unfinished merge;
  /// `keepingEdits` where an edited or untracked file is in the way; `losingUncommittedWork` where
  /// a directory with files of its own, which git would delete, is in the way.
  ///
  /// - Throws: A ``GitError``, with the code `cancelled` when the task was.
  @discardableResult
  public func reset(
    to commit: ObjectID, _ mode: ResetMode, signature: Signature
  ) throws(GitError) -> SwitchOutcome {
    try removeLeftCheckoutLock()
    for _ in 0..<10 {
      try checkCancellation("reset the checkout")
      let old = try head()
      let planner = try planReset(from: old, to: commit, mode)
      guard planner.obstacles.isEmpty else { return .refused(planner.obstacles) }
      do throws(GitError) {
        func finish() throws(GitError) { try moveReset(from: old, to: commit, signature) }
        guard !planner.plan.steps.isEmpty else {
          try finish()
          return .switched(planner.report)
        }
        switch try carryOut(
          planner.plan, planner.root, isRepeatable: true, isCancellable: true, finish: finish)
        {
        case .done: return .switched(planner.report)
        case .changed: continue
        case .indexLocked: return .refused([CheckoutObstacle(reason: .indexLocked)])
        }
      } catch {
        guard error.code == .modified else { throw error }
      }
    }
    return .refused([CheckoutObstacle(reason: .keepsChanging)])
  }

  private func planReset(
    from old: ObjectID?, to commit: ObjectID, _ mode: ResetMode
  ) throws(GitError) -> SwitchPlanner {
    guard let root = workingTree else {
      throw GitError(
        .bareRepository, operation: "reset the checkout", message: "there is no working tree")
    }
    var planner = try SwitchPlanner(self, root: root)
    let tree = try tree(of: commit)
    if mode == .soft || mode == .keepingEdits {
      planner.block(planner.unmerged)
      if try fileStatus(gitDirectory.appending("MERGE_HEAD")) != nil {
        planner.block([CheckoutObstacle(reason: .operationInProgress(.merge))])
      }
    }
    guard mode != .soft, planner.obstacles.isEmpty else { return planner }
    if mode == .keepingEdits {
      let oldTree: ObjectID?
      if let old { oldTree = try self.tree(of: old) } else { oldTree = nil }
      try planner.decide(from: oldTree, to: tree, SwitchOptions(), self)
    }
    try planner.reset(
      to: trackedEntries(of: tree), files: mode == .losingUncommittedWork, self)
    return planner
  }

  private func moveReset(
    from old: ObjectID?, to commit: ObjectID, _ signature: Signature
  ) throws(GitError) {
    let name =
      if case .branch(let branch) = try currentHead() { branch } else { ReferenceName("HEAD") }
    let message = "reset: moving to \(commit)"
    if let old {
      try setPseudoReference("ORIG_HEAD", to: old)
      try updateReference(name, to: commit, from: old, message: message, signature: signature)
    } else {
      try createReference(name, at: commit, message: message, signature: signature)
    }
    removeOperationState()
  }
}

extension GitSession {
  /// All that a tree holds but subtrees, by path.
  func trackedEntries(
    of tree: ObjectID
  ) throws(GitError) -> [RepositoryPath: TreeEntry] {
    var entries: [RepositoryPath: TreeEntry] = [:]
    for change in try changes(from: nil, to: tree) { entries[change.path] = change.new }
    return entries
  }
}
