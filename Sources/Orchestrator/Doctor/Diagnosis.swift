/// What a look at a machine and a repository found, before anything goes wrong.
public struct Diagnosis: Sendable {
  /// How much a finding matters.
  public enum Level: String, Hashable, Sendable, Encodable {
    /// As it should be.
    case ok
    /// Good to know.
    case note
    /// A run works, and something in it will not be as one may expect.
    case warning
    /// No run can begin.
    case problem
  }

  /// One thing that was looked at.
  public struct Finding: Hashable, Sendable, Encodable {
    /// "machine", "agent", "repository", "checkout", "issues", "earlier runs".
    public var area: String
    /// How much it matters.
    public var level: Level
    /// What is so.
    public var text: String
    /// What that leads to; `nil` where the text says it.
    public var consequence: String?
    /// What to do about it.
    public var remedy: String?
  }

  /// In the order in which they were looked at.
  public private(set) var findings: [Finding] = []

  /// Whether a run can begin.
  public var isFit: Bool { !findings.contains { $0.level == .problem } }

  mutating func add(
    _ level: Level, _ area: String, _ text: String, consequence: String? = nil,
    remedy: String? = nil
  ) {
    findings.append(
      Finding(area: area, level: level, text: text, consequence: consequence, remedy: remedy))
  }
}
