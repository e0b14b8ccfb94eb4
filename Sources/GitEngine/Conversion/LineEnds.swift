/// What is done with the line ends of one path: a carriage return and a line feed in the working tree,
/// a line feed alone in the object database.
struct LineEnds: Hashable, Sendable {
  /// What the attributes `text`, or `crlf`, and `eol` say.
  enum Kind: Hashable, Sendable {
    case unspecified, binary, text, automatic
  }

  enum Style: Hashable, Sendable { case lf, crlf }

  /// What the configuration says for all paths.
  struct Configuration: Hashable, Sendable {
    /// `core.autocrlf`: no, yes, or only on the way in.
    enum Automatic: Hashable, Sendable { case off, on, input }
    var automatic = Automatic.off
    /// `core.eol`; `nil` for what the system has.
    var style: Style?
    /// `core.safecrlf`: whether content that would not come back as it was may not be stored.
    var refusesLoss = false

    /// What text has in the working tree, if nothing says more.
    var textStyle: Style {
      switch automatic {
      case .on: .crlf
      case .input: .lf
      case .off: style ?? .lf
      }
    }
  }

  /// Whether only content that looks like text is converted.
  private(set) var guesses = false
  /// What the working tree gets; `nil` when nothing is ever converted.
  private(set) var style: Style?

  /// The rules of git's `convert.c`.
  init(_ kind: Kind, eol: Style?, _ configuration: Configuration) {
    switch (kind, eol) {
    case (.binary, _): break
    case (.automatic, let eol): (guesses, style) = (true, eol ?? configuration.textStyle)
    case (_, .some(let eol)): style = eol
    case (.text, nil): style = configuration.textStyle
    case (.unspecified, nil):
      switch configuration.automatic {
      case .off: break
      case .on: (guesses, style) = (true, .crlf)
      case .input: (guesses, style) = (true, .lf)
      }
    }
  }

  /// Whether content of this path can ever be changed on its way into the working tree.
  var changesFiles: Bool { style == .crlf }

  /// The content for the working tree; `nil` when it stays.
  func expanded(_ content: [UInt8]) -> [UInt8]? {
    guard changesFiles, !content.isEmpty else { return nil }
    let facts = TextFacts(content)
    guard expands(facts) else { return nil }
    var result: [UInt8] = []
    result.reserveCapacity(content.count + facts.loneLineFeeds)
    var previous: UInt8 = 0
    for byte in content {
      if byte == lineFeed, previous != carriageReturn { result.append(carriageReturn) }
      result.append(byte)
      previous = byte
    }
    return result
  }

  private func expands(_ facts: TextFacts) -> Bool {
    guard style == .crlf, facts.loneLineFeeds > 0 else { return false }
    guard guesses else { return true }
    return facts.loneCarriageReturns == 0 && facts.pairs == 0 && !facts.looksBinary
  }

  /// What storing some content would lose.
  enum Loss: Error { case pairs, loneLineFeeds }

  /// The content for the object database; `nil` when it stays.
  ///
  /// - Parameters:
  ///   - refusesLoss: Whether to throw when writing it out again would give other line ends.
  ///   - stored: Gives what is stored at present. If that has carriage returns, a guess leaves them.
  func collapsed<Failure: Error>(
    _ content: [UInt8], refusesLoss: Bool, stored: () throws(Failure) -> [UInt8]?
  ) throws(Failure) -> Result<[UInt8]?, Loss> {
    guard style != nil, !content.isEmpty else { return .success(nil) }
    let facts = TextFacts(content)
    var collapses = facts.pairs > 0
    if guesses {
      if facts.looksBinary { return .success(nil) }
      if collapses, let old = try stored() {
        let oldFacts = TextFacts(old)
        if oldFacts.pairs > 0, !oldFacts.looksBinary { collapses = false }
      }
    }
    if refusesLoss, let loss = loss(facts, collapses) { return .failure(loss) }
    guard collapses else { return .success(nil) }
    var result: [UInt8] = []
    result.reserveCapacity(content.count - facts.pairs)
    for (position, byte) in content.enumerated() {
      if byte == carriageReturn, position + 1 < content.count, content[position + 1] == lineFeed {
        continue
      }
      result.append(byte)
    }
    return .success(result)
  }

  private func loss(_ facts: TextFacts, _ collapses: Bool) -> Loss? {
    var after = facts
    if collapses { (after.loneLineFeeds, after.pairs) = (after.loneLineFeeds + after.pairs, 0) }
    if expands(after) {
      (after.pairs, after.loneLineFeeds) = (after.pairs + after.loneLineFeeds, 0)
    }
    if facts.pairs > 0, after.pairs == 0 { return .pairs }
    return facts.loneLineFeeds > 0 && after.loneLineFeeds == 0 ? .loneLineFeeds : nil
  }
}
