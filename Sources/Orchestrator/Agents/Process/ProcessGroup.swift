#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// A process group that we started, named by the process id of its leader.
struct ProcessGroup: Hashable, Sendable {
  enum Signal: Sendable { case terminate, kill }

  let id: Int32

  /// Sends a signal to every process of the group; a group that is gone is not an error.
  func send(_ signal: Signal) {
    // An id of 0 or 1 would address our own group or everybody.
    guard id > 1 else { return }
    _ = kill(-id, signal == .kill ? SIGKILL : SIGTERM)
  }

  /// Whether a process of the group still runs; one that is dead but not yet reaped does not.
  var isAlive: Bool {
    // Without this call an empty group, the usual case, would cost a look at every process.
    guard id > 1, kill(-id, 0) == 0 else { return false }
    return ProcessTable.hasLivingProcess(inGroup: id) ?? true
  }

  /// Waits until no process of the group runs, or until `deadline`; says whether the group is gone.
  ///
  /// The members are not our children, so no event tells when they die: this looks again after
  /// growing pauses. It happens only where something outlived the leader or has just been killed.
  func waitUntilGone(deadline: ContinuousClock.Instant) async -> Bool {
    var pause = Duration.milliseconds(1)
    while isAlive {
      let now = ContinuousClock.now
      guard now < deadline else { return false }
      try? await Task.sleep(for: min(pause, deadline - now))
      pause = min(pause * 2, .milliseconds(50))
    }
    return true
  }
}
