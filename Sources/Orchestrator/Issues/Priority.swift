/// How urgent an issue is: one of the configured names, with its place in that list.
public struct Priority: Hashable, Sendable {
  /// The configured name, such as `P1`.
  public let name: String
  /// The place in the configured list, from 0: a smaller rank goes first.
  public let rank: Int

  /// A priority by its name and its place in the configured list.
  public init(name: String, rank: Int) {
    self.name = name
    self.rank = rank
  }

  /// Whether this is `P0`, the priority whose issues may have to run alone.
  public var isP0: Bool { name.uppercased() == "P0" }
}

extension Priority: Comparable {
  /// More urgent first.
  public static func < (left: Self, right: Self) -> Bool {
    (left.rank, left.name) < (right.rank, right.name)
  }
}

extension Priority: CustomStringConvertible {
  /// The configured name.
  public var description: String { name }
}
