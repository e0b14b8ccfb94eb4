/// The message of a commit: bytes, mostly UTF-8, with git's rules for them.
public struct CommitMessage: Hashable, Sendable {
  /// The message as it is stored.
  public var bytes: [UInt8]

  /// A message from its bytes.
  public init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// A message from text.
  public init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

  /// The message as text; bytes that are not UTF-8 are replaced.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The first line that is not blank.
  public var subject: String { String(decoding: subjectBytes, as: UTF8.self) }

  var subjectBytes: ArraySlice<UInt8> {
    withoutLeadingBlankLines.bytes.prefix { $0 != lineFeed }
  }

  /// The message from its first line on that is not blank, as git copies it.
  var withoutLeadingBlankLines: CommitMessage {
    var rest = bytes[...]
    while !rest.isEmpty {
      let line = rest.prefix { $0 != lineFeed }
      guard line.allSatisfy(\.isBlank) else { break }
      rest = rest.dropFirst(line.count + 1)
    }
    return CommitMessage(bytes: rest)
  }

  /// How a message is made tidy before it is stored.
  public enum Cleanup: String, Hashable, Sendable {
    /// Not at all.
    case verbatim
    /// Blank lines at both ends go, those in between become one, and so does white space at the ends
    /// of lines; what is left ends with a line feed.
    case whitespace
    /// As ``whitespace``, and lines that begin with the comment character go, too.
    case strip
    /// As ``whitespace``, for what is above the scissors line that git puts into its templates.
    case scissors
  }

  /// The message made tidy, as `git stripspace` and `git commit --cleanup` do it.
  ///
  /// - Parameters:
  ///   - mode: How.
  ///   - comment: What comments begin with: `core.commentChar`.
  public func cleaned(_ mode: Cleanup, comment: Character = "#") -> CommitMessage {
    switch mode {
    case .verbatim: self
    case .whitespace: stripped(comment: nil)
    case .strip: stripped(comment: Array(String(comment).utf8))
    case .scissors: aboveScissors(comment).stripped(comment: nil)
    }
  }

  private func stripped(comment: [UInt8]?) -> CommitMessage {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + 1)
    var isBlankPending = false
    for line in bytes.split(separator: lineFeed, omittingEmptySubsequences: false) {
      if let comment, line.starts(with: comment) { continue }
      guard let end = line.lastIndex(where: { !$0.isBlank }) else {
        isBlankPending = true
        continue
      }
      if isBlankPending, !result.isEmpty { result.append(lineFeed) }
      isBlankPending = false
      result += line[...end]
      result.append(lineFeed)
    }
    return CommitMessage(bytes: result)
  }

  private func aboveScissors(_ comment: Character) -> CommitMessage {
    let mark = Array("\(comment) ------------------------ >8 ------------------------\n".utf8)
    var start = bytes.startIndex
    while start < bytes.endIndex {
      if bytes[start...].starts(with: mark) { return CommitMessage(bytes: bytes[..<start]) }
      guard let end = bytes[start...].firstIndex(of: lineFeed) else { break }
      start = end + 1
    }
    return self
  }

  /// Whether nothing is in it but white space and sign-offs, which makes `git commit` refuse it.
  public var isEmpty: Bool {
    bytes.split(separator: lineFeed).allSatisfy { line in
      line.starts(with: Array("Signed-off-by: ".utf8)) || line.allSatisfy(\.isBlank)
    }
  }
}

extension CommitMessage: ExpressibleByStringInterpolation {
  /// A message from a literal.
  public init(stringLiteral value: String) { self.init(value) }
}

extension CommitMessage: CustomStringConvertible {
  /// The message as text.
  public var description: String { text }
}
