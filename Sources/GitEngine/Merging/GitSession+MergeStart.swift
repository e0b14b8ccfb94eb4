#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession where Access == Writing {
  /// Begins a merge in the checkout, as `git merge --no-commit` does, and leaves the rest to whoever
  /// works there: conflict markers in the files, the versions of conflicted paths in the index,
  /// `MERGE_HEAD`, `MERGE_MSG`.
  ///
  /// The merge itself is computed before, in ``GitRepository/read(at:_:)``, since merge drivers may
  /// take their time:
  ///
  /// ```swift
  /// var options = MergeOptions()
  /// options.labels = .init(ours: "HEAD", theirs: "main")
  /// options.writesConflictTree = true
  /// let merge = try await repository.read(at: place) {
  ///   try $0.mergeInDetail(theirs, into: ours, options: options).treeMerge
  /// }
  /// ```
  ///
  /// Refused, with nothing changed: an operation in progress, anything that is staged, and edited or
  /// untracked files in the way. `rerere` is not asked. After a kill `MERGE_HEAD` is there, some files
  /// may have changed, and `index.lock` stays; ``reset(to:_:signature:)`` with
  /// ``ResetMode/losingUncommittedWork`` takes it back.
  ///
  /// - Parameters:
  ///   - merge: What merging `theirs` into HEAD's commit `ours` gives; with conflicts it needs its
  ///     ``TreeMerge/tree``.
  ///   - theirs: The commit that is merged in.
  ///   - ours: HEAD's commit.
  ///   - message: The message of the commit that ends it; conflicted paths are added as comments.
  /// - Throws: A ``GitError``, with the code `modified` when HEAD is not `ours`.
  public func startMerge(
    _ merge: TreeMerge, of theirs: ObjectID, into ours: ObjectID, message: CommitMessage
  ) throws(GitError) -> MergeStart {
    let operation = "merge \(theirs.short) into the checkout"
    guard let root = workingTree else {
      throw GitError(.bareRepository, operation: operation, message: "there is no working tree")
    }
    guard let tree = merge.tree else {
      throw GitError(
        .generic, operation: operation, message: "the merge was made without a tree to show")
    }
    for _ in 0..<10 {
      try checkCancellation(operation)
      guard try head() == ours else {
        throw GitError(.modified, operation: operation, message: "HEAD is not \(ours.short)")
      }
      let planner = try planMerge(merge, tree, ours, root)
      guard planner.obstacles.isEmpty else { return .refused(planner.obstacles) }
      let files = try mergeFiles(merge, tree, theirs, message)
      func publish() throws(GitError) {
        try setPseudoReference("ORIG_HEAD", to: ours)
        for (name, bytes) in files {
          let file = gitDirectory.appending(name)
          if try fileStatus(file) != nil { try removeFile(file) }
          try writeNewFile(file, bytes)
        }
      }
      guard !planner.plan.steps.isEmpty else {
        try publish()
        return .started(planner.report)
      }
      switch try carryOut(
        planner.plan, root, isCancellable: true, publish: publish,
        takeBack: { () throws(GitError) in
          for (name, _) in files where try fileStatus(gitDirectory.appending(name)) != nil {
            try removeFile(gitDirectory.appending(name))
          }
        })
      {
      case .done: return .started(planner.report)
      case .changed: continue
      case .indexLocked: return .refused([CheckoutObstacle(reason: .indexLocked)])
      }
    }
    return .refused([CheckoutObstacle(reason: .keepsChanging)])
  }

  private func planMerge(
    _ merge: TreeMerge, _ tree: ObjectID, _ ours: ObjectID, _ root: FilePath
  ) throws(GitError) -> SwitchPlanner {
    let old = try self.tree(of: ours)
    var planner = try SwitchPlanner(self, root: root)
    planner.block(planner.unmerged)
    if let kind = try OperationInProgress(in: gitDirectory)?.kind, kind != .bisect {
      planner.block([CheckoutObstacle(reason: .operationInProgress(kind))])
    }
    guard planner.obstacles.isEmpty else { return planner }
    let index = planner.plan.index
    for change in try stagedChanges(from: old, to: index, nil) {
      planner.block([CheckoutObstacle(path: change.path, reason: .edited)])
    }
    try planner.decide(from: old, to: tree, SwitchOptions(), self)
    try planner.show(merge.conflicts, in: tree, self)
    return planner
  }

  /// The files by which git knows of the merge.
  private func mergeFiles(
    _ merge: TreeMerge, _ tree: ObjectID, _ theirs: ObjectID, _ message: CommitMessage
  ) throws(GitError) -> [(name: FilePath.Component, bytes: [UInt8])] {
    var text = message.bytes
    if !merge.conflicts.isEmpty {
      let comment = try configuration("core.commentChar").flatMap(\.first) ?? "#"
      text += Array("\n\(comment) Conflicts:\n".utf8)
      // In the order of the index, each path once.
      for path in Set(merge.conflicts.map(\.path)).sorted() {
        text += Array("\(comment)\t".utf8) + path.bytes + [lineFeed]
      }
    }
    return [
      ("AUTO_MERGE", Array("\(tree)\n".utf8)), ("MERGE_MODE", []), ("MERGE_MSG", text),
      // Last: with it the merge is in progress.
      ("MERGE_HEAD", Array("\(theirs)\n".utf8)),
    ]
  }
}
