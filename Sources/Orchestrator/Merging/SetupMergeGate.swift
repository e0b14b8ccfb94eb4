internal import DequeModule

/// Decides who may go: worktree set-ups or one landing, never both.
///
/// A set-up that overlaps a landing sees a half-published base branch, or its copied files show up
/// in the landing's view of the repository. So: no set-up starts while a landing is queued or
/// running, no landing starts while a set-up is running, and landings go one at a time, first come
/// first served. Set-ups may run side by side.
///
/// A pure value: every call returns who may go now.
struct SetupMergeGate {
  /// Somebody who asked to go.
  typealias ID = Int

  /// Who may go now.
  enum Grant: Hashable {
    case setup(ID)
    case merge(ID)
  }

  private var waitingSetups: Deque<ID> = []
  private var waitingMerges: Deque<ID> = []
  private(set) var runningSetups = 0
  private(set) var isMerging = false

  mutating func requestSetup(_ id: ID) -> [Grant] {
    waitingSetups.append(id)
    return grants()
  }

  mutating func requestMerge(_ id: ID) -> [Grant] {
    waitingMerges.append(id)
    return grants()
  }

  mutating func endSetup() -> [Grant] {
    precondition(runningSetups > 0, "a set-up ended that never began")
    runningSetups -= 1
    return grants()
  }

  mutating func endMerge() -> [Grant] {
    precondition(isMerging, "a landing ended that never began")
    isMerging = false
    return grants()
  }

  private mutating func grants() -> [Grant] {
    guard !isMerging else { return [] }
    if !waitingMerges.isEmpty {
      guard runningSetups == 0, let next = waitingMerges.popFirst() else { return [] }
      isMerging = true
      return [.merge(next)]
    }
    let setups = waitingSetups.map { Grant.setup($0) }
    runningSetups += setups.count
    waitingSetups = []
    return setups
  }
}
