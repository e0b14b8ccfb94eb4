/// Where an issue stands, as its file says.
public enum IssueStatus: String, Hashable, Sendable, CaseIterable {
  case open
  case inProgress = "in_progress"
  case blocked
  case done
  case cancelled
  case deferred

  /// Reads the text of a `status` field, synonyms included; `nil` when it means nothing known.
  public init?(text: some StringProtocol) {
    let word = String(text.trimmed.lowercased().map { "- ".contains($0) ? "_" : $0 })
    if let status = Self(rawValue: word) ?? Self.synonyms[word] {
      self = status
    } else {
      return nil
    }
  }

  /// Whether the issue needs no more work: done or cancelled.
  public var isFinished: Bool { self == .done || self == .cancelled }

  private static let synonyms: [String: IssueStatus] = [
    "pending": .open,
    "wip": .inProgress,
    "complete": .done, "completed": .done, "finished": .done, "closed": .done,
    "canceled": .cancelled,
  ]
}
