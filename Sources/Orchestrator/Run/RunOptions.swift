/// What a person asked a run to do, beside the configuration.
public struct RunOptions: Hashable, Sendable {
  /// Which issues.
  public var selection = IssueSelection.Options()
  /// What to do with what earlier runs left.
  public var earlierWork = EarlierWork()
  /// What to do about issues that name the same files.
  public var overlaps = OverlapHandling.none
  /// Whether the run says which model an agent uses.
  public var showsModel = false

  /// What to do about issues that name the same files.
  public enum OverlapHandling: Hashable, Sendable {
    /// Nothing.
    case none
    /// Say which they are.
    case warn
    /// Run them one after the other.
    case serialize
  }

  /// All open issues.
  public init() {}
}

/// A wish that cannot be fulfilled in this project.
public enum RunOptionError: Error, Hashable, Sendable {
  /// The agent does not say which model it uses.
  case modelUnknown
}

extension RunOptionError: CustomStringConvertible {
  /// One sentence for a person.
  public var description: String {
    switch self {
    case .modelUnknown:
      "--show-model needs an agent that says which model it uses, which 'claude' does; "
        + "this one prints only text"
    }
  }
}
