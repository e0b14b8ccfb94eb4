internal import GitEngine

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// What a run makes for itself around its work, and takes away again.
struct Housekeeping: Sendable {
  let context: RunContext

  /// The logs of so many runs are kept.
  private static let keptLogs = 20

  /// Makes the worktree base and hides it from the user's `git status`.
  func prepare() throws {
    let base = context.worktreeBase
    do throws(Errno) {
      try FileTree.makeDirectories(base)
    } catch {
      throw RunRefusal.worktreeBase(base, "\(error)")
    }
    guard base.withPlatformString({ access($0, W_OK | X_OK) }) == 0 else {
      throw RunRefusal.worktreeBase(base, String(cString: strerror(errno)))
    }
    try WorktreeHiding.hide(base, in: context.project)
  }

  /// Deletes removed worktrees and old logs, and what is empty now; shortens the journal.
  ///
  /// - Parameter obsolete: Endings of earlier runs that mean nothing any more.
  /// - Returns: What could not be done, as sentences; none of it is a reason to fail.
  func finish(forgetting obsolete: Set<JournalEntry> = []) async -> [String] {
    let state = context.state
    var problems: [String] = []
    do {
      try await context.repository.deleteTrash(state.trash)
      try await removeOldLogs()
    } catch {
      problems.append("not everything that is not needed any more could be deleted: \(error)")
    }
    removeIfEmpty(state.trash)
    removeIfEmpty(context.worktreeBase)
    removeIfEmpty(context.repository.commonDirectory.appending("worktrees"))
    do {
      try context.journal.write(.runFinished)
      try context.journal.compact(to: context.journal.state.compacted(without: obsolete))
    } catch {
      problems.append("the journal could not be shortened: \(error)")
    }
    return problems
  }

  private func removeOldLogs() async throws {
    let runs = FileTree.names(in: context.state.logs)
    guard runs.count > Self.keptLogs else { return }
    for run in runs.dropLast(Self.keptLogs) {
      // The names begin with the time, so the first ones are the oldest.
      let directory = context.state.logs.appending(run)
      try await context.repository.deleteTrash(directory)
      removeIfEmpty(directory)
    }
  }

  private func removeIfEmpty(_ directory: FilePath) {
    _ = directory.withPlatformString { rmdir($0) }
  }
}
