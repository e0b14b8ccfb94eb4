/// The full name of a reference: "refs/heads/main".
public struct ReferenceName: Hashable, Sendable {
  /// The full name.
  public let text: String

  /// A name from its full text.
  public init(_ text: String) { self.text = text }

  /// The name of a local branch: `branch("main")` is "refs/heads/main".
  public static func branch(_ name: String) -> ReferenceName {
    ReferenceName(branchPrefix + name)
  }

  /// The branch's name without "refs/heads/"; `nil` for a reference that is not a local branch.
  public var branchName: String? {
    text.hasPrefix(Self.branchPrefix) ? String(text.dropFirst(Self.branchPrefix.count)) : nil
  }

  /// What people call it: a branch's own name, else the full name.
  public var shortName: String { branchName ?? text }

  /// The name one level below this one.
  public func appending(_ component: String) -> ReferenceName {
    ReferenceName("\(text)/\(component)")
  }

  static let branchPrefix = "refs/heads/"
}

extension ReferenceName: CustomStringConvertible {
  /// The full name.
  public var description: String { text }
}
