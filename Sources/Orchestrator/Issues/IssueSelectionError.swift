/// An option names something that does not exist.
public enum IssueSelectionError: Error, Hashable, Sendable {
  /// A reference in `only` for which there is no issue file.
  public struct Unknown: Hashable, Sendable {
    /// What was written.
    public let reference: IssueReference
    /// An id that was probably meant.
    public let suggestion: IssueID?
  }

  /// Issues that no file has.
  case unknownIssues([Unknown])
  /// Priorities that are not configured.
  case unknownPriorities([String], accepted: [String])
  /// Types that are not the prefix of a category.
  case unknownTypes([String], accepted: [String])

  static func check(
    _ options: IssueSelection.Options, _ scan: IssueScan, _ configuration: IssuesConfiguration
  ) throws(IssueSelectionError) {
    let priorities = unknown(options.priorities, among: configuration.priorities)
    if !priorities.isEmpty {
      throw .unknownPriorities(priorities, accepted: configuration.priorities)
    }
    let prefixes = configuration.categories.map(\.prefix)
    let types = unknown(options.types, among: prefixes)
    if !types.isEmpty { throw .unknownTypes(types, accepted: prefixes) }
    let known = scan.knownIDs
    let missing = options.only.filter { only in !known.contains { only.matches($0) } }
    if !missing.isEmpty {
      throw .unknownIssues(
        missing.map { Unknown(reference: $0, suggestion: suggestion(for: $0, among: known)) })
    }
  }

  private static func unknown(_ names: [String], among accepted: [String]) -> [String] {
    let known = Set(accepted.map { $0.uppercased() })
    return names.filter { !known.contains($0.uppercased()) }
  }

  /// The same number with other zeros or another prefix; else the id with the closest spelling.
  private static func suggestion(
    for reference: IssueReference, among known: Set<IssueID>
  ) -> IssueID? {
    let sorted = known.sorted()
    if case .id(let id) = reference {
      let same = sorted.filter { $0.significantDigits == id.significantDigits }
      if let match = same.first(where: { $0.prefix == id.prefix }) ?? same.first { return match }
    }
    let nearest = NearestMatch.of(reference.description, among: sorted.map(\.description))
    return nearest.flatMap { IssueID($0) }
  }
}

extension IssueSelectionError: CustomStringConvertible {
  /// One sentence for a person.
  public var description: String {
    switch self {
    case .unknownIssues(let unknown):
      unknown.map { entry in
        let hint = entry.suggestion.map { "; did you mean \($0)?" } ?? ""
        return "no issue file has the id '\(entry.reference)'\(hint)"
      }.joined(separator: "\n")
    case .unknownPriorities(let names, let accepted):
      "no such priority: \(Self.list(names)); accepted: \(Self.list(accepted))"
    case .unknownTypes(let names, let accepted):
      "no such type: \(Self.list(names)); accepted: \(Self.list(accepted))"
    }
  }

  private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
