/// What each selected issue waits for.
struct DependencyGraph: Hashable {
  private let order: [IssueID]
  private let dependencies: [IssueID: [IssueID]]
  private let selected: Set<IssueID>
  /// The issues that wait for each other, for each of them.
  private let cycles: [IssueID: [IssueID]]

  init(order: [IssueID], dependencies: [IssueID: [IssueID]]) {
    self.order = order
    self.dependencies = dependencies
    selected = Set(order)
    cycles = Self.cycles(order, dependencies)
  }

  /// Where every issue stands after some have ended.
  func states(after ends: [IssueID: DependencyPlan.End]) -> [IssueID: DependencyPlan.State] {
    var states: [IssueID: DependencyPlan.State] = [:]
    for (id, end) in ends where selected.contains(id) { states[id] = .ended(end) }
    for (id, members) in cycles where states[id] == nil { states[id] = .held(.cycle(members)) }
    // Dependencies first; what is in no cycle has such an order.
    var pending = order.filter { states[$0] == nil }[...].reversed().map { (id: $0, seen: false) }
    while let (id, seen) = pending.popLast() {
      guard states[id] == nil else { continue }
      let open = (dependencies[id] ?? []).filter { selected.contains($0) && states[$0] == nil }
      if open.isEmpty || seen {
        states[id] = state(of: id, given: states)
      } else {
        pending.append((id, true))
        pending += open.map { ($0, false) }
      }
    }
    return states
  }

  /// The state of an issue whose dependencies have theirs: the gravest reason wins.
  private func state(
    of id: IssueID, given states: [IssueID: DependencyPlan.State]
  ) -> DependencyPlan.State {
    var notSelected: [IssueID] = []
    var notLanded: [IssueID] = []
    var cycle: [IssueID] = []
    var held: [IssueID] = []
    var waiting: [IssueID] = []
    for dependency in Set(dependencies[id] ?? []).sorted() {
      switch states[dependency] {
      case nil: notSelected.append(dependency)
      case .ended(.done): break
      case .ended(.notLanded): notLanded.append(dependency)
      case .held(.cycle(let members)), .held(.behindCycle(let members)): cycle += members
      case .held: held.append(dependency)
      case .ready, .waiting: waiting.append(dependency)
      }
    }
    if !cycle.isEmpty { return .held(.behindCycle(Set(cycle).sorted())) }
    if !notSelected.isEmpty { return .held(.notSelected(notSelected)) }
    if !notLanded.isEmpty { return .held(.notLanded(notLanded)) }
    if !held.isEmpty { return .held(.behindHeld(held)) }
    return waiting.isEmpty ? .ready : .waiting(on: waiting)
  }

  private static func cycles(
    _ order: [IssueID], _ dependencies: [IssueID: [IssueID]]
  ) -> [IssueID: [IssueID]] {
    let selected = Set(order)
    let inner = dependencies.mapValues { $0.filter(selected.contains) }
    let reachable = Dictionary(order.map { ($0, reached(from: $0, inner)) }) { first, _ in first }
    var cycles: [IssueID: [IssueID]] = [:]
    for (id, ahead) in reachable where ahead.contains(id) {
      cycles[id] = ahead.filter { reachable[$0]?.contains(id) ?? false }.sorted()
    }
    return cycles
  }

  /// Everything that an issue waits for, however far away.
  private static func reached(
    from id: IssueID, _ dependencies: [IssueID: [IssueID]]
  ) -> Set<IssueID> {
    var reached: Set<IssueID> = []
    var pending = dependencies[id] ?? []
    while let next = pending.popLast() {
      if reached.insert(next).inserted { pending += dependencies[next] ?? [] }
    }
    return reached
  }
}
