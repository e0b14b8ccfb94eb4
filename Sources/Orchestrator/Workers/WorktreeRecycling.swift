internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Lets worktrees serve one issue after the other, so that one costs what changed and not what is
/// there.
struct WorktreeRecycling: Sendable {
  let context: RunContext

  private var mode: WorktreeReuse { context.configuration.parallel.reuseWorktrees }

  // MARK: After a landing

  /// Keeps the worktree of landed work for another issue; its branch has no checkout then.
  ///
  /// Where nobody was at work since it was looked at, it is not looked at again: before it serves
  /// another issue, and before it is removed, that is done, and what is found then stays.
  ///
  /// - Returns: False when it is not as a new one would be, or is not to be kept.
  func keep(_ work: FinishedWork) async throws -> Bool {
    guard mode != .off, FileTree.kind(of: work.worktree) == .directory else { return false }
    // What was copied in is copied again, in its state of then.
    for path in work.workspace.copied.keys { FileTree.remove(path, in: work.worktree) }
    let found = try await context.repository.read { git in
      try git.worktrees().first { $0.path == work.worktree }
    }
    guard let worktree = found, worktree.lockReason == nil, worktree.operation == nil,
      isUnconfigured(worktree)
    else { return false }
    let isScratch = work.isScratch
    try context.journal.write(.pooled, issue: work.issue) { entry in
      entry.worktree = PersistedPath(work.worktree)
    }
    let committer = context.committer
    // A copy that the agent committed is missing now.
    let looksAgain = work.mayHoldScratch || !work.workspace.copied.isEmpty
    let isReady = try await context.repository.transaction(at: work.worktree) { git in
      let found = looksAgain ? try git.status() : []
      guard let head = try git.head(),
        found.allSatisfy({ $0.staged == nil && $0.unstaged == nil && isScratch($0.path) })
      else { return false }
      let outcome = try git.switchCheckout(to: .detached(head), signature: committer)
      guard case .switched = outcome else { return false }
      if found.isEmpty { return true }
      // Scratch, worth nothing.
      try git.removeUntrackedFiles()
      return try git.status().isEmpty
    }
    if isReady { context.worktreePool.put(work.worktree) }
    return isReady
  }

  /// Whether an agent left the worktree's own settings as they are in a new one.
  private func isUnconfigured(_ worktree: Worktree) -> Bool {
    ["config.worktree", "info/sparse-checkout"].allSatisfy { name in
      let name = FilePath(name)
      let own = try? FileTree.read(worktree.gitDirectory.pushing(name))
      return own == (try? FileTree.read(context.repository.commonDirectory.pushing(name)))
    }
  }

  // MARK: For an issue

  /// Makes a kept worktree that of an issue, on a new branch from `tip`.
  ///
  /// - Returns: Where it is; `nil` when there is none that is good for it.
  func reuse(at place: WorkspaceSetup.Place, from tip: ObjectID) async -> FilePath? {
    var busy: [FilePath] = []
    defer { for path in busy { context.worktreePool.put(path) } }
    while let old = context.worktreePool.take() {
      if WorkingDirectories.areInside(old) {
        busy.append(old)
        continue
      }
      do {
        let worktree = try await context.repository.moveWorktree(at: old, to: place.path)
        if try await recycle(worktree.path, place.branch, tip) { return worktree.path }
        await remove([worktree.path])
      } catch {
        // Wherever it is by now, nobody has worked in it.
        await remove([old, place.path])
      }
    }
    return nil
  }

  private func recycle(
    _ path: FilePath, _ branch: ReferenceName, _ tip: ObjectID
  ) async throws -> Bool {
    let (keepsIgnored, committer) = (mode == .keep, context.committer)
    return try await context.repository.transaction(at: path) { git in
      let outcome = try git.recycleCheckout(
        to: .newBranch(branch, at: tip), keepsUntracked: true, keepsIgnored: keepsIgnored,
        signature: committer)
      if case .switched = outcome { return true }
      return false
    }
  }

  // MARK: In the end

  /// Removes all that are kept.
  func removeAll() async { await remove(context.worktreePool.takeAll()) }

  /// Removes worktrees in which nothing would be lost; one with something in it stays, and is named.
  func remove(_ worktrees: [FilePath]) async {
    for path in worktrees {
      do {
        if let obstacle = try await context.removal.removeWorktree(
          at: path, isExpendable: { _ in false })
        {
          context.events.publish(.notice(obstacle))
        }
      } catch {
        context.events.publish(.notice("the worktree \(path) stays: \(error)"))
      }
    }
  }
}
