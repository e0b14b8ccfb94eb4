internal import Synchronization

/// The process groups that are running, so that all of them can be killed at once.
///
/// A group is removed before its leader is reaped, so no signal ever goes to a group whose id was
/// given to somebody else.
public final class AgentProcessGroups: Sendable {
  private struct State {
    var groups: Set<ProcessGroup> = []
    var isClosed = false
  }

  private let state = Mutex(State())

  /// Starts with no group.
  public init() {}

  /// The ids of the groups that are running.
  public var running: Set<Int32> { state.withLock { Set($0.groups.map(\.id)) } }

  /// Kills every running group at once, and every group that is started from now on.
  ///
  /// It does not wait: each `AgentProcess.run` returns as soon as its own group is gone.
  public func killAll() {
    state.withLock { state in
      state.isClosed = true
      for group in state.groups { group.send(.kill) }
    }
  }

  func insert(_ group: ProcessGroup) {
    state.withLock { state in
      state.groups.insert(group)
      if state.isClosed { group.send(.kill) }
    }
  }

  func remove(_ group: ProcessGroup) {
    state.withLock { _ = $0.groups.remove(group) }
  }
}
