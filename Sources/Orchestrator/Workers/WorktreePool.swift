internal import Synchronization

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// The worktrees of one run whose issues have landed, and that wait for another issue.
final class WorktreePool: Sendable {
  private let free = Mutex<[FilePath]>([])

  func put(_ worktree: FilePath) { free.withLock { $0.append(worktree) } }

  /// The one that came last: the system may still remember its files.
  func take() -> FilePath? { free.withLock { $0.popLast() } }

  func takeAll() -> [FilePath] {
    free.withLock { free in
      defer { free = [] }
      return free
    }
  }
}
