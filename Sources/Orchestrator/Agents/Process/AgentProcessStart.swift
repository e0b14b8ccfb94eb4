#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif
#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// What identifies a started process group later, also in another run of this program.
public struct AgentProcessStart: Sendable, Hashable {
  /// The id of the process group, which is the process id of its leader.
  public var processGroup: Int32
  /// When the leader started, in clock ticks since the boot; `nil` where `/proc` does not tell.
  public var startTicks: UInt64?

  /// Names a group that was started, as a journal remembers it.
  public init(processGroup: Int32, startTicks: UInt64?) {
    self.processGroup = processGroup
    self.startTicks = startTicks
  }

  /// The groups of a run that have a process in a worktree; none where there is no `/proc`.
  static func found(inside worktree: FilePath, runID: String) -> Set<AgentProcessStart> {
    let processes = WorkingDirectories.processes(inside: worktree).filter {
      ProcessTable.environment(of: $0, contains: "LL_RUN_ID=\(runID)")
    }
    let groups = Set(processes.compactMap { ProcessTable.entry(of: $0)?.group })
    return Set(
      groups.subtracting([getpgrp()]).map { group in
        AgentProcessStart(
          processGroup: group, startTicks: ProcessTable.entry(of: group)?.startTicks)
      })
  }

  /// Ends what is left of a group whose run was killed: TERM, the grace, KILL.
  ///
  /// The id may belong to somebody else by now, so nothing is done unless a process of the group
  /// carries the run's id in its environment and the leader, if it lives, started when ours did.
  /// Where there is no `/proc` to ask, nothing is done.
  ///
  /// - Returns: whether there was something of ours, which is gone now.
  public func endLeftovers(runID: String, killGrace: Duration) async -> Bool {
    let group = ProcessGroup(id: processGroup)
    guard group.isAlive else { return false }
    if let leader = ProcessTable.entry(of: processGroup), leader.isAlive,
      let startTicks, leader.startTicks != startTicks
    {
      return false
    }
    let ours = ProcessTable.firstLivingProcess(inGroup: processGroup) { process in
      ProcessTable.environment(of: process, contains: "LL_RUN_ID=\(runID)")
    }
    guard case .some(.some) = ours else { return false }
    group.send(.terminate)
    if await group.waitUntilGone(deadline: .now + killGrace) { return true }
    group.send(.kill)
    return await group.waitUntilGone(deadline: .now + .seconds(5))
  }
}
