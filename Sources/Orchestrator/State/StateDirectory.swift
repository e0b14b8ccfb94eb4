#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// Where a repository's runs keep what they must remember: `ll-parallel/` in the common directory.
public struct StateDirectory: Hashable, Sendable {
  /// The directory.
  public let path: FilePath

  /// The state of the repository with this common directory.
  public init(commonDirectory: FilePath) { path = commonDirectory.appending("ll-parallel") }

  /// Held by the one run of the repository.
  public var runLock: FilePath { path.appending("run.lock") }
  /// What the runs did and what is left to do.
  public var journal: FilePath { path.appending("journal.jsonl") }
  /// Removed worktrees that are being deleted.
  public var trash: FilePath { path.appending("trash") }
  /// The logs of all runs.
  public var logs: FilePath { path.appending("logs") }

  /// The agents' output of one run.
  public func logs(run: String) -> FilePath { logs.appending(run) }

  /// The events of one run.
  public func events(run: String) -> FilePath { logs(run: run).appending("events.jsonl") }
}
