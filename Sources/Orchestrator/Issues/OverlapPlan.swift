/// Which issues of a run name the same files, so that they had better not run side by side.
struct OverlapPlan: Hashable, Sendable {
  /// Two issues and what they both name; `first` goes first.
  struct Overlap: Hashable, Sendable {
    let first: IssueID
    let second: IssueID
    let names: [String]
  }

  /// Every pair, in the order of the issues.
  let overlaps: [Overlap]
  private let neighbours: [IssueID: Set<IssueID>]

  /// Compares all issues, which are in their order.
  init(_ issues: [Issue], _ configuration: OverlapConfiguration) {
    let hints = issues.map { FileHints($0.text) }
    var overlaps: [Overlap] = []
    var neighbours: [IssueID: Set<IssueID>] = [:]
    for second in issues.indices {
      for first in issues[..<second].indices {
        let names = hints[first].shared(with: hints[second], configuration)
        guard !names.isEmpty else { continue }
        let (one, other) = (issues[first].id, issues[second].id)
        overlaps.append(Overlap(first: one, second: other, names: names))
        neighbours[one, default: []].insert(other)
        neighbours[other, default: []].insert(one)
      }
    }
    self.overlaps = overlaps
    self.neighbours = neighbours
  }

  /// No issue overlaps another one.
  static let none = OverlapPlan([], OverlapConfiguration())

  /// Whether two issues name the same files.
  func keepsApart(_ one: IssueID, _ other: IssueID) -> Bool {
    neighbours[one]?.contains(other) ?? false
  }
}
