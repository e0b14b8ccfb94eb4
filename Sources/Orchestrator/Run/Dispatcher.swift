/// Decides which issue starts next, and in which slot.
///
/// A pure value: issues go by priority, then by id, each when what it waits for has landed. Issues
/// that are to be kept apart go one after the other, in that order; one of priority P0 runs alone if
/// that is asked for.
struct Dispatcher {
  private var queue: IssueQueue
  private var dependencies: DependencyPlan
  private let overlaps: OverlapPlan
  private var freeSlots: [Int]
  private var active: [IssueID: (slot: Int, isExclusive: Bool)] = [:]
  private let p0RunsAlone: Bool
  private(set) var isStopped = false

  init(
    _ issues: [Issue], dependencies: DependencyPlan, overlaps: OverlapPlan = .none, workers: Int,
    p0RunsAlone: Bool
  ) {
    queue = IssueQueue(
      issues.filter { if case .held = dependencies[$0.id] { false } else { true } })
    self.dependencies = dependencies
    self.overlaps = overlaps
    self.p0RunsAlone = p0RunsAlone
    freeSlots = Array((1...max(1, workers)).reversed())
  }

  var pendingCount: Int { queue.count }
  var activeCount: Int { active.count }
  /// The issues that were not begun.
  var waiting: [Issue] { queue.waiting }

  /// The next issue that may start now, with its slot; `nil` when nothing may.
  mutating func next() -> (issue: Issue, slot: Int)? {
    guard !isStopped, let slot = freeSlots.last, !active.values.contains(where: \.isExclusive),
      let candidate = candidate()
    else { return nil }
    let isExclusive = runsAlone(candidate)
    // Lower priorities do not overtake it while it waits to be alone.
    if isExclusive, !active.isEmpty { return nil }
    _ = queue.remove(candidate.id)
    freeSlots.removeLast()
    active[candidate.id] = (slot, isExclusive)
    return (candidate, slot)
  }

  /// The first issue that waits for nothing and overlaps no running one.
  ///
  /// Nor does it overlap one that is before it in line: else a row of small issues could keep a
  /// large one waiting for ever.
  private func candidate() -> Issue? {
    var ahead = Array(active.keys)
    for issue in queue.waiting where dependencies.isReady(issue.id) {
      let isFree = !ahead.contains { overlaps.keepsApart($0, issue.id) }
      if isFree || runsAlone(issue) { return issue }
      ahead.append(issue.id)
    }
    return nil
  }

  private func runsAlone(_ issue: Issue) -> Bool { p0RunsAlone && issue.priority.isP0 }

  /// Takes in that an issue's slot is free; returns the issues that will not be run because of it.
  mutating func end(_ id: IssueID, landed: Bool) -> [IssueID: DependencyPlan.Hold] {
    if let (slot, _) = active.removeValue(forKey: id) {
      freeSlots.append(slot)
      // The lowest free slot is taken first, so few slots mean few numbers.
      freeSlots.sort(by: >)
    }
    return dependencies.end(id, as: landed ? .done : .notLanded).held
  }

  /// Takes issues that are held out of the queue and returns them.
  mutating func remove(_ id: IssueID) -> Issue? { queue.remove(id) }

  /// Starts nothing any more.
  mutating func stop() { isStopped = true }
}
