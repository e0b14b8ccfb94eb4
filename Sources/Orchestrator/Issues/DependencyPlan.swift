/// In which order issues may start, and which must not, by what they wait for.
///
/// A dependency is met when the other issue is finished where work lands.
public struct DependencyPlan: Hashable, Sendable {
  /// Where a selected issue stands.
  public enum State: Hashable, Sendable {
    /// It may start.
    case ready
    /// It may start when these selected issues have landed.
    case waiting(on: [IssueID])
    /// It is not run.
    case held(Hold)
    /// It was run, with this end.
    case ended(End)
  }

  /// Why an issue is not run.
  public enum Hold: Hashable, Sendable {
    /// These unfinished issues are not part of the run.
    case notSelected([IssueID])
    /// These issues were run and did not land.
    case notLanded([IssueID])
    /// These issues, itself among them, wait for each other.
    case cycle([IssueID])
    /// These issues, which wait for each other, stand before it.
    case behindCycle([IssueID])
    /// These selected issues are held themselves.
    case behindHeld([IssueID])
  }

  /// How an issue ended.
  public enum End: Hashable, Sendable {
    /// It landed or was closed.
    case done
    /// It failed, or its landing was put off.
    case notLanded
  }

  /// A dependency that names no issue file; it holds nothing up.
  public struct UnknownDependency: Hashable, Sendable {
    /// The issue whose file names it.
    public let issue: IssueID
    /// What is written there.
    public let reference: IssueReference
  }

  /// What changed when an issue ended.
  public struct Change: Hashable, Sendable {
    /// The issues that may start now, in the plan's order.
    public let ready: [IssueID]
    /// The issues that will not be run now, with the reason.
    public let held: [IssueID: Hold]
  }

  /// The selected issues in their order.
  public let order: [IssueID]
  /// Where each selected issue stands.
  public private(set) var states: [IssueID: State] = [:]
  /// Dependencies that name no issue file.
  public let unknown: [UnknownDependency]

  private let graph: DependencyGraph
  private var ends: [IssueID: End] = [:]

  /// Plans the selected issues.
  /// - Parameters:
  ///   - selected: The issues of the run, in their order.
  ///   - finished: The issues that are done or cancelled where work lands.
  ///   - known: Every id that an issue file has.
  public init(selected: [Issue], finished: Set<IssueID>, known: Set<IssueID>) {
    let order = selected.map(\.id)
    let known = known.union(order)
    var unknown: [UnknownDependency] = []
    var unmet: [IssueID: [IssueID]] = [:]
    for issue in selected {
      for reference in issue.blockedBy {
        let named = known.filter { reference.matches($0) }
        let finishedNamed = finished.contains { reference.matches($0) }
        if named.isEmpty, !finishedNamed {
          unknown.append(UnknownDependency(issue: issue.id, reference: reference))
        }
        unmet[issue.id, default: []] += named.subtracting(finished).sorted()
      }
    }
    self.order = order
    self.unknown = unknown
    graph = DependencyGraph(order: order, dependencies: unmet)
    states = graph.states(after: [:])
  }

  /// Where an issue stands; `nil` when it is not part of the run.
  public subscript(_ id: IssueID) -> State? { states[id] }

  /// Whether an issue may start.
  public func isReady(_ id: IssueID) -> Bool { states[id] == .ready }

  /// Takes in how an issue ended; one that did not land may still become done later.
  public mutating func end(_ id: IssueID, as end: End) -> Change {
    ends[id] = end
    let old = states
    states = graph.states(after: ends)
    var held: [IssueID: Hold] = [:]
    for case (let id, .held(let hold)) in states where old[id] != .held(hold) { held[id] = hold }
    let ready = order.filter { states[$0] == .ready && old[$0] != .ready }
    return Change(ready: ready, held: held)
  }
}
