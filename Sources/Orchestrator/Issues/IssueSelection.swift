/// Which issues of a project a run works on, and why it leaves out the others.
public struct IssueSelection: Hashable, Sendable {
  /// What a person asked for; empty lists do not filter.
  public struct Options: Hashable, Sendable {
    /// The names of priorities, in any case.
    public var priorities: [String] = []
    /// The prefixes of ids, in any case.
    public var types: [String] = []
    /// Labels, in any case; one in common is enough.
    public var labels: [String] = []
    /// The only issues to work on.
    public var only: [IssueReference] = []
    /// Issues not to work on.
    public var skip: [IssueReference] = []
    /// The most issues to work on; `nil` for all.
    public var maxIssues: Int?
    /// Issues that are selected without being worked on: the limit does not count them.
    var uncounted: Set<IssueID> = []
    /// Issues that are done or cancelled where work lands, whatever the checkout says.
    public var finishedOnBase: Set<IssueID> = []

    /// No filter.
    public init() {}
  }

  /// Why an issue is left out.
  public enum Reason: String, Hashable, Sendable, CaseIterable {
    case notInOnly
    case inSkip
    case type
    case priority
    case label
    case done
    case doneOnBase
    case cancelled
    case deferred
    case blocked
    case inProgress
    case epic
    case unreadable
    case overMaxIssues
  }

  /// An issue that is left out.
  public struct LeftOut: Hashable, Sendable {
    /// The issue.
    public let id: IssueID
    /// Why.
    public let reason: Reason
  }

  /// The issues to work on, by priority, then by id.
  public let selected: [Issue]
  /// The others, in the same order, then the unreadable ones.
  public let leftOut: [LeftOut]
  /// Entries of `skip` that name no issue: harmless, but perhaps mistyped.
  public let unknownSkips: [IssueReference]

  /// Applies the options to what was found.
  ///
  /// What the person did not ask for is left out for that reason; the status counts only for the
  /// rest, so that counts by status speak of issues that were asked for.
  /// - Throws: `IssueSelectionError` when an option names something that does not exist.
  public init(
    _ options: Options, from scan: IssueScan, configuration: IssuesConfiguration
  ) throws(IssueSelectionError) {
    try IssueSelectionError.check(options, scan, configuration)
    let filter = Filter(options)
    var selected: [Issue] = []
    var leftOut: [LeftOut] = []
    var room = options.maxIssues ?? .max
    for issue in scan.issues {
      if let reason = filter.reason(against: issue) {
        leftOut.append(LeftOut(id: issue.id, reason: reason))
      } else if options.uncounted.contains(issue.id) {
        selected.append(issue)
      } else if room == 0 {
        leftOut.append(LeftOut(id: issue.id, reason: .overMaxIssues))
      } else {
        selected.append(issue)
        room -= 1
      }
    }
    let taken = Set(scan.issues.map(\.id))
    for id in scan.knownIDs.subtracting(taken).sorted() {
      let reason = filter.reason(against: id) ?? .unreadable
      leftOut.append(LeftOut(id: id, reason: reason))
    }
    self.selected = selected
    self.leftOut = leftOut
    let known = scan.knownIDs
    unknownSkips = options.skip.filter { skip in !known.contains { skip.matches($0) } }
  }

  /// How many issues are left out for each reason, without those that leave out none.
  public var counts: [(reason: Reason, count: Int)] {
    Reason.allCases.compactMap { reason in
      let count = leftOut.count { $0.reason == reason }
      return count == 0 ? nil : (reason, count)
    }
  }
}

/// The options, ready to be asked about many issues.
private struct Filter {
  private let options: IssueSelection.Options
  private let priorities: Set<String>
  private let types: Set<String>
  private let labels: Set<String>

  init(_ options: IssueSelection.Options) {
    self.options = options
    priorities = Set(options.priorities.map { $0.uppercased() })
    types = Set(options.types.map { $0.uppercased() })
    labels = Set(options.labels.map { $0.lowercased() })
  }

  /// Why an issue is left out by its id; `nil` when it is not.
  func reason(against id: IssueID) -> IssueSelection.Reason? {
    if !options.only.isEmpty, !options.only.contains(where: { $0.matches(id) }) {
      return .notInOnly
    }
    if options.skip.contains(where: { $0.matches(id) }) { return .inSkip }
    if !types.isEmpty, !types.contains(id.prefix) { return .type }
    return nil
  }

  /// Why an issue is left out; `nil` when it is not.
  func reason(against issue: Issue) -> IssueSelection.Reason? {
    if let reason = reason(against: issue.id) { return reason }
    if !priorities.isEmpty, !priorities.contains(issue.priority.name.uppercased()) {
      return .priority
    }
    if !labels.isEmpty, labels.isDisjoint(with: issue.labels.map { $0.lowercased() }) {
      return .label
    }
    switch issue.status {
    case .done: return .done
    case .cancelled: return .cancelled
    case .open, .inProgress, .blocked, .deferred:
      if options.finishedOnBase.contains(issue.id) { return .doneOnBase }
    }
    switch issue.status {
    case .deferred: return .deferred
    case .blocked: return .blocked
    case .inProgress: return .inProgress
    default: return issue.isEpic ? .epic : nil
    }
  }
}
