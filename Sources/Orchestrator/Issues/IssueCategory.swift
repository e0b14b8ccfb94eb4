/// A kind of issue: the directory of its files, the prefix of its ids and what is done with it.
public struct IssueCategory: Hashable, Sendable {
  /// The name in the configuration, such as `bugs`; agents know it as the issue's type.
  public let key: String
  /// The upper-case prefix of the ids, such as `BUG`.
  public let prefix: String
  /// The directory below the base directory, such as `bugs`.
  public let directory: String
  /// The verb for an agent, such as `fix`.
  public let action: String

  /// A category from its parts.
  public init(key: String, prefix: String, directory: String, action: String) {
    self.key = key
    self.prefix = prefix.uppercased()
    self.directory = directory
    self.action = action
  }
}
