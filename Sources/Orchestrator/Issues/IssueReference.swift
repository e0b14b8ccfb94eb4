/// What a person writes to name an issue: a whole id, only its number, or text that names none.
public enum IssueReference: Hashable, Sendable {
  /// A whole id: `BUG-001`.
  case id(IssueID)
  /// A number, which names every issue with that number: `1` or `001` for `BUG-001`.
  case number(String)
  /// Text that is neither.
  case unreadable(String)

  /// Reads what was written for one issue, on a command line or in a field of an issue file.
  ///
  /// Text with an id in it, such as a file name or `BUG-001: the title`, names that id.
  public init(_ text: some StringProtocol) {
    let written = text.trimmed
    let bare = written.hasPrefix("#") ? written.dropFirst() : written
    if let id = IssueID(bare) {
      self = .id(id)
    } else if !bare.isEmpty, bare.utf8.count <= IssueID.maximumDigits,
      bare.utf8.allSatisfy(\.isASCIIDigit)
    {
      self = .number(String(bare))
    } else if let id = IssueNameScanner.firstID(in: Array(bare.utf8)) {
      self = .id(id)
    } else {
      self = .unreadable(String(written))
    }
  }

  /// Whether this names the issue `id`.
  public func matches(_ id: IssueID) -> Bool {
    switch self {
    case .id(let named): named == id
    case .number(let digits): significant(digits) == id.significantDigits
    case .unreadable: false
    }
  }
}

extension IssueReference: CustomStringConvertible {
  /// The reference as a person would write it.
  public var description: String {
    switch self {
    case .id(let id): id.description
    case .number(let digits): digits
    case .unreadable(let text): text
    }
  }
}

extension StringProtocol {
  /// The text without white space at either end.
  var trimmed: SubSequence {
    guard let start = firstIndex(where: { !$0.isWhitespace }),
      let end = lastIndex(where: { !$0.isWhitespace })
    else { return self[endIndex...] }
    return self[start...end]
  }
}
