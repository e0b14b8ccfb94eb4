/// The id of an issue, such as `BUG-001`: the prefix of its category and a number.
///
/// The number is text: `BUG-1` and `BUG-001` are two ids. Ids are ordered as text.
public struct IssueID: Hashable, Sendable {
  /// The upper-case prefix: a letter, then letters, digits or underscores.
  public let prefix: String
  /// The digits behind the hyphen, leading zeros included.
  public let number: String

  /// The most digits that a number may have; an id becomes part of file and branch names.
  static let maximumDigits = 20

  /// Reads a whole text such as `BUG-001`, in any case; `nil` for anything else.
  public init?(_ text: some StringProtocol) {
    let parts = text.utf8.split(
      separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    self.init(prefix: String(decoding: parts[0], as: UTF8.self), digits: parts[1])
  }

  init?(prefix: String, digits: some Collection<UInt8>) {
    guard Self.isPrefix(prefix), (1...Self.maximumDigits).contains(digits.count),
      digits.allSatisfy(\.isASCIIDigit)
    else { return nil }
    self.prefix = prefix.uppercased()
    self.number = String(decoding: digits, as: UTF8.self)
  }

  /// Whether ids may start with `text`.
  static func isPrefix(_ text: String) -> Bool {
    guard let first = text.utf8.first, first.isASCIILetter else { return false }
    return text.utf8.count <= 40
      && text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "_") }
  }

  /// The digits without leading zeros; `0` for zero.
  var significantDigits: Substring { significant(number) }
}

/// The digits without leading zeros; `0` for zero.
func significant(_ digits: String) -> Substring {
  let rest = digits.drop { $0 == "0" }
  return rest.isEmpty ? digits.suffix(1) : rest
}

extension IssueID: CustomStringConvertible {
  /// The id as it is written: `BUG-001`.
  public var description: String { "\(prefix)-\(number)" }
}

extension IssueID: Comparable {
  /// The order of the written ids, byte by byte.
  public static func < (left: Self, right: Self) -> Bool {
    left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
  }
}

extension IssueID: Codable {
  /// Reads an id from its written form.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let id = IssueID(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text)' is not an issue id")
    }
    self = id
  }

  /// Writes the id as it is written in text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension UInt8 {
  var isASCIIDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  var isASCIILetter: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
  }
}
