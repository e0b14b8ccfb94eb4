/// The issues that still have to be started, by priority, then by id.
public struct IssueQueue: Hashable, Sendable {
  private var issues: [Issue] = []
  private var ids: Set<IssueID> = []

  /// A queue with these issues; of several with one id the first.
  public init(_ issues: some Sequence<Issue> = []) {
    for issue in issues { requeue(issue) }
  }

  /// How many issues wait.
  public var count: Int { issues.count }

  /// Whether none waits.
  public var isEmpty: Bool { issues.isEmpty }

  /// The waiting issues in the order in which they go.
  public var waiting: [Issue] { issues }

  /// Whether the issue waits.
  public func contains(_ id: IssueID) -> Bool { ids.contains(id) }

  /// The issue that goes next, if one waits.
  public var peek: Issue? { issues.first }

  /// Takes the issue that goes next.
  public mutating func popFirst() -> Issue? { next { _ in true } }

  /// Takes the first issue that may start now; the others keep their places.
  public mutating func next(where mayStart: (Issue) throws -> Bool) rethrows -> Issue? {
    guard let index = try issues.firstIndex(where: mayStart) else { return nil }
    ids.remove(issues[index].id)
    return issues.remove(at: index)
  }

  /// Puts an issue in its place; one that already waits stays as it is.
  public mutating func requeue(_ issue: Issue) {
    guard ids.insert(issue.id).inserted else { return }
    let index = issues.firstIndex { Issue.isBefore(issue, $0) } ?? issues.endIndex
    issues.insert(issue, at: index)
  }

  /// Takes an issue out, if it waits.
  @discardableResult
  public mutating func remove(_ id: IssueID) -> Issue? { next { $0.id == id } }
}
