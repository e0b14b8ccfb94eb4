internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession where Access == Writing {
  /// Moves a branch to a new commit and brings the checkout that has it along.
  ///
  /// What happens to each path of the checkout is decided before anything is touched. Then the
  /// checkout's index and the branch are locked, what was decided on is compared once more, the
  /// files go into place by renaming, and only when nothing can fail any more does the branch move
  /// and the new index replace the old one. A failure before that puts every file back.
  ///
  /// Every object that the branch gains, the new files, the index and the branch itself are flushed
  /// to the disk, each before anything refers to it.
  ///
  /// - Throws: A ``GitError`` when something failed, or what ``LandingRequest/willPublish`` throws;
  ///   branch, index and files are as before.
  public func land(_ request: LandingRequest) throws -> LandingOutcome {
    for _ in 0..<10 {
      let tip = try target(of: request.branch)
      guard tip == request.expected else { return .branchMoved(to: tip) }
      switch try checkout(of: request.branch) {
      case .obstacle(let reason): return .deferred([CheckoutObstacle(reason: reason)])
      case .none: return try landOnReference(request)
      case .worktree(let worktree):
        if let outcome = try at(worktree.path, { try $0.land(request, in: worktree) }) {
          return outcome
        }
      }
    }
    return .deferred([CheckoutObstacle(reason: .keepsChanging)])
  }

  /// Which checkout, if any, shows a branch.
  private enum BranchCheckout: Equatable {
    case none
    case worktree(Worktree)
    case obstacle(CheckoutObstacle.Reason)
  }

  /// A rebase or a bisect detaches HEAD and writes the branch at its end: that counts as well.
  private func checkout(of branch: ReferenceName) throws(GitError) -> BranchCheckout {
    var holders: [Worktree] = []
    for worktree in try worktrees() {
      guard worktree.head == .branch(branch) || worktree.operation?.branch == branch else {
        continue
      }
      if worktree.exists {
        holders.append(worktree)
      } else if worktree.lockReason != nil {
        // On a drive that is not there now, say; one that is not locked is gone for good.
        return .obstacle(.worktreeMissing)
      }
    }
    guard let holder = holders.first else { return .none }
    guard holders.count == 1 else { return .obstacle(.checkedOutTwice) }
    if let operation = holder.operation { return .obstacle(.operationInProgress(operation.kind)) }
    return .worktree(holder)
  }

  private func landOnReference(_ request: LandingRequest) throws -> LandingOutcome {
    try flushObjects(of: request.commit, beyond: request.expected)
    try request.willPublish(
      LandingRecord(branch: request.branch, old: request.expected, new: request.commit))
    var branch = try lockDurably(request.branch)
    let tip = try target(of: request.branch)
    guard tip == request.expected else { return .branchMoved(to: tip) }
    try move(&branch, request)
    var report = LandingReport()
    do throws(GitError) { try branch.flush() } catch { report.unflushed = error }
    return .landed(report)
  }

  /// Lands in the checkout that this session is on; `nil` when it changed meanwhile.
  private func land(
    _ request: LandingRequest, in worktree: Worktree
  ) throws -> LandingOutcome? {
    let plan: CheckoutPlan
    switch try LandingPlanner.plan(request, self, root: worktree.path) {
    case .obstacles(let obstacles): return .deferred(obstacles)
    case .plan(let made): plan = try honouringSparseCheckout(made)
    }
    var writer = try CheckoutWriter(root: worktree.path, gitDirectory: gitDirectory)
    do {
      try writer.prepare(plan, self)
      try writer.flush(plan)
      try flushObjects(of: request.commit, beyond: request.expected)
      let outcome = try publish(plan, request, worktree, &writer)
      writer.discard()
      return outcome
    } catch {
      // What is needed to finish or to undo by hand stays.
      if !writer.hasChangedFiles { writer.discard() }
      throw error
    }
  }

  private func publish(
    _ plan: CheckoutPlan, _ request: LandingRequest, _ worktree: Worktree,
    _ writer: inout CheckoutWriter
  ) throws -> LandingOutcome? {
    let lockFile = try IndexLockFile(in: gitDirectory)
    try request.willPublish(
      LandingRecord(
        branch: request.branch, old: request.expected, new: request.commit,
        checkout: LandingRecord.Checkout(
          worktree: worktree.path, stagingDirectory: writer.lastingStaging,
          indexLockInode: lockFile.inode, indexInode: plan.index.stamp?.inode,
          files: writer.filesToPlace(plan))))
    guard let lock = try lockFile.take(patience: lockPatience) else {
      return .deferred([CheckoutObstacle(reason: .indexLocked)])
    }
    var branch = try lockDurably(request.branch)
    let tip = try target(of: request.branch)
    guard tip == request.expected else { return .branchMoved(to: tip) }
    let indexFile = gitDirectory.appending("index")
    guard try checkout(of: request.branch) == .worktree(worktree),
      try fileStatus(indexFile).map({ FileStamp($0) }) == plan.index.stamp,
      try writer.stillHolds(plan)
    else { return nil }

    let saved = try save(plan.carried, request)
    let newIndex: FilePath
    do {
      try request.willPlace()
      guard try writer.place(plan) else {
        try dropSaved(saved)
        return nil
      }
      guard try writer.lateWrites().isEmpty else {
        try writer.rollBack()
        try dropSaved(saved)
        return nil
      }
      newIndex = try writeIndex(plan, writer)
      _ = try Flush.file(newIndex)
      try Flush.directory(writer.staging)
      try move(&branch, request)
    } catch {
      try writer.rollBack()
      try dropSaved(saved)
      throw error
    }
    // The branch has moved: from here on there is only the way forward.
    try moveFile(newIndex, to: indexFile)
    _ = consume lock
    var report = LandingReport(
      worktree: worktree.path, carried: plan.carried.map(\.path), saved: saved?.name)
    do throws(GitError) {
      try branch.flush()
      try writer.flushPlaces(plan)
      try Flush.directory(gitDirectory)
    } catch { report.unflushed = error }
    if let late = try saveLateWrites(writer, request), report.saved == nil { report.saved = late }
    return .landed(report)
  }

  private func move(
    _ branch: inout ReferenceLock, _ request: LandingRequest
  ) throws(GitError) {
    let reflogs = try reflogs(
      request.branch, from: request.expected, to: request.commit, message: request.reflogMessage,
      request.signature)
    try branch.move(to: request.commit, reflogs: reflogs)
  }

  // MARK: Saved work

  /// Keeps the user's versions of carried files as a commit in the form of a stash entry: its tree
  /// has the files, its second parent's tree the index entries.
  private func save(
    _ carried: [CheckoutPlan.Carried], _ request: LandingRequest
  ) throws(GitError) -> (name: ReferenceName, commit: ObjectID)? {
    guard !carried.isEmpty else { return nil }
    return try save(
      files: carried.map { .set($0.path, $0.file) },
      index: carried.compactMap { item in item.index.map { .set(item.path, $0) } }, request)
  }

  private func save(
    files: [TreeUpdate], index: [TreeUpdate], _ request: LandingRequest
  ) throws(GitError) -> (name: ReferenceName, commit: ObjectID) {
    let base = try tree(of: request.expected)
    let message = "before landing \(request.commit.short) on \(request.branch.shortName)"
    func store(
      _ updates: [TreeUpdate], _ parents: [ObjectID], _ what: String
    ) throws(GitError) -> ObjectID {
      try createCommit(
        tree: tree(updating: base, updates), parents: parents, message: "\(what) \(message)\n",
        author: request.signature, committer: request.signature)
    }
    let indexCommit = try store(index, [request.expected], "index")
    let commit = try store(files, [request.expected, indexCommit], "your files")
    try flushObjects(of: commit, beyond: request.expected)
    let name = try createNumberedReference(
      under: request.savedWorkPrefix, at: commit, message: message, signature: request.signature)
    let file = commonDirectory.pushing(FilePath(name.text))
    _ = try Flush.file(file)
    try Flush.directory(file.removingLastComponent())
    return (name, commit)
  }

  private func dropSaved(
    _ saved: (name: ReferenceName, commit: ObjectID)?
  ) throws(GitError) {
    if let saved { try deleteReference(saved.name, at: saved.commit) }
  }

  private func saveLateWrites(
    _ writer: CheckoutWriter, _ request: LandingRequest
  ) throws(GitError) -> ReferenceName? {
    let late = try writer.lateWrites()
    guard !late.isEmpty else { return nil }
    var files: [TreeUpdate] = []
    for item in late {
      let id = try writeBlob(readWholeFile(item.file))
      files.append(.set(item.path, TreeEntry(mode: .regular, id: id)))
    }
    return try save(files: files, index: [], request).name
  }
}
