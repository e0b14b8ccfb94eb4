internal import CLibGit2

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

  /// The name of a tag: `tag("v1")` is "refs/tags/v1".
  public static func tag(_ name: String) -> ReferenceName { ReferenceName("refs/tags/" + name) }

  /// Whether git takes this for a reference's full name.
  public var isValid: Bool {
    var valid: Int32 = 0
    return git_reference_name_is_valid(&valid, text) == 0 && valid == 1
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
