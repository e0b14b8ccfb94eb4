#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession {
  /// What ``switchCheckout(to:_:signature:)`` would do now.
  ///
  /// Nothing is written.
  public func previewSwitch(
    to target: CheckoutTarget, _ options: SwitchOptions = SwitchOptions()
  ) throws(GitError) -> CheckoutReport {
    try planSwitch(to: target, options).planner.report
  }

  /// Where a switch starts and ends.
  struct SwitchPlan: ~Copyable {
    var planner: SwitchPlanner
    var from: Head
    var to: Head
    var commit: ObjectID
    var root: FilePath
  }

  func planSwitch(
    to target: CheckoutTarget, _ options: SwitchOptions
  ) throws(GitError) -> SwitchPlan {
    let operation = "switch the checkout"
    guard let root = workingTree else {
      throw GitError(.bareRepository, operation: operation, message: "there is no working tree")
    }
    var places: [CheckoutObstacle] = []
    let (to, commit) = try resolve(target, operation)
    if case .branch(let name) = target, !options.ignoresOtherWorktrees,
      let other = try otherCheckout(of: name, than: root)
    {
      places.append(CheckoutObstacle(reason: .checkedOutElsewhere(other)))
    }
    if let kind = try OperationInProgress(in: gitDirectory)?.kind, kind != .bisect {
      places.append(CheckoutObstacle(reason: .operationInProgress(kind)))
    }
    let from = try currentHead()
    let old: ObjectID?
    if let head = try head() { old = try tree(of: head) } else { old = nil }
    var planner = try SwitchPlanner(self, root: root)
    places += planner.unmerged
    if places.isEmpty {
      try planner.decide(
        from: old, to: tree(of: commit), options, self)
    } else {
      planner.block(places)
    }
    return SwitchPlan(planner: planner, from: from, to: to, commit: commit, root: root)
  }

  private func resolve(
    _ target: CheckoutTarget, _ operation: String
  ) throws(GitError) -> (head: Head, commit: ObjectID) {
    switch target {
    case .detached(let id): return (.detached(id), id)
    case .newBranch(let name, let id): return (.branch(name), id)
    case .branch(let name):
      guard name.branchName != nil else {
        throw GitError(
          .invalidName, operation: operation, message: "'\(name)' is no local branch")
      }
      guard let id = try self.target(of: name) else {
        throw GitError(
          .notFound, operation: operation, message: "there is no branch '\(name.shortName)'")
      }
      return (.branch(name), id)
    }
  }

  /// Another checkout that has a branch, or will write it at the end of a rebase or a bisect; with
  /// no `root` any checkout.
  func otherCheckout(
    of branch: ReferenceName, than root: FilePath?
  ) throws(GitError) -> FilePath? {
    let own = try RepositoryAccess.realPath(gitDirectory)
    return try worktrees().first {
      ($0.head == .branch(branch) || $0.operation?.branch == branch)
        && (root == nil || (try? RepositoryAccess.realPath($0.gitDirectory)) != own)
    }?.path
  }
}

extension GitSession where Access == Writing {
  /// Switches the checkout to a branch or a commit, touching only files that change.
  ///
  /// As with `git switch`, local changes stay where both commits have the same, and are in the way
  /// elsewhere; so are untracked files. All is decided before the first file changes: a refusal, an
  /// error or a cancellation leaves everything as it was.
  ///
  /// Files change one by one, each by rename; then the index, then HEAD, with a line in its reflog.
  /// After a kill some files have the new content and `index.lock` is there, which no `git` gets
  /// past. Call this again with the same target: it takes what is done as done, removes that lock,
  /// and finishes. Or switch back: then those files are in the way, edited.
  ///
  /// - Throws: A ``GitError``, with the code `cancelled` when the task was.
  @discardableResult
  public func switchCheckout(
    to target: CheckoutTarget, _ options: SwitchOptions = SwitchOptions(), signature: Signature
  ) throws(GitError) -> SwitchOutcome {
    try removeLeftCheckoutLock()
    for _ in 0..<10 {
      try checkCancellation("switch the checkout")
      let plan = try planSwitch(to: target, options)
      guard plan.planner.obstacles.isEmpty else { return .refused(plan.planner.obstacles) }
      let message = "checkout: moving from \(try headDescription()) to \(plan.to.reflogName)"
      do throws(GitError) {
        switch try move(plan, target, message, signature) {
        case .done: return .switched(plan.planner.report)
        case .changed: continue
        case .indexLocked: return .refused([CheckoutObstacle(reason: .indexLocked)])
        }
      } catch {
        // HEAD or the branch moved meanwhile: decide anew.
        guard error.code == .modified else { throw error }
      }
    }
    return .refused([CheckoutObstacle(reason: .keepsChanging)])
  }

  private func move(
    _ plan: borrowing SwitchPlan, _ target: CheckoutTarget, _ message: String,
    _ signature: Signature
  ) throws(GitError) -> CarryOutResult {
    let (from, to, commit) = (plan.from, plan.to, plan.commit)
    func publish() throws(GitError) {
      guard case .newBranch(let name, let start) = target else { return }
      try createReference(
        name, at: start, message: "branch: Created from \(start)", signature: signature)
    }
    func takeBack() throws(GitError) {
      guard case .newBranch(let name, let start) = target else { return }
      try deleteReference(name, at: start)
    }
    func finish() throws(GitError) {
      if case .branch(let name) = to, try self.target(of: name) != commit {
        throw GitError(
          .modified, operation: "switch to '\(name.shortName)'", message: "the branch moved")
      }
      try setHead(to, from: from, message: message, signature: signature)
    }
    guard plan.planner.plan.steps.isEmpty else {
      return try carryOut(
        plan.planner.plan, plan.root, isRepeatable: true, isCancellable: true, publish: publish,
        takeBack: takeBack, finish: finish)
    }
    try publish()
    do throws(GitError) { try finish() } catch {
      try takeBack()
      throw error
    }
    return .done
  }

  /// Removes the `index.lock` of a switch or a reset whose process is gone.
  func removeLeftCheckoutLock() throws(GitError) {
    try IndexLockFile.removeRepeatable(in: gitDirectory) { (bytes) throws(GitError) in
      try contains(blobID(of: bytes))
    }
  }
}

extension Head {
  fileprivate var reflogName: String {
    switch self {
    case .branch(let name): name.shortName
    case .detached(let id): id.description
    case .unreadable: ""
    }
  }
}
