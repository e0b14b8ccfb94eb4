/// Git's globs: `*`, `?`, `[…]`, `\` and, for whole paths, `**`.
struct WildMatch {
  /// Whether `*` and `?` stop at a slash, and `**` does not.
  var separatesDirectories: Bool
  var ignoresCase: Bool

  private enum Outcome {
    case match, noMatch
    /// The text is too short, whatever a star before this takes.
    case textEnds
    /// Only a `**` before this can help.
    case needsDoubleStar
  }

  func matches(
    _ pattern: UnsafeBufferPointer<UInt8>, _ text: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    match(pattern[...], text[...]) == .match
  }

  private typealias Text = Slice<UnsafeBufferPointer<UInt8>>

  private func match(_ pattern: Text, _ text: Text) -> Outcome {
    var (pattern, text) = (pattern, text)
    let start = pattern.startIndex
    while let symbol = pattern.first {
      if symbol == UInt8(ascii: "*") {
        switch matchStar(&pattern, &text, start) {
        case .some(let outcome): return outcome
        // A slash behind one star was found; it is the next symbol of both.
        case .none: continue
        }
      }
      guard let byte = text.first.map(fold) else { return .textEnds }
      switch symbol {
      case UInt8(ascii: "?"):
        if separatesDirectories, byte == slash { return .noMatch }
        pattern.removeFirst()
      case UInt8(ascii: "["):
        pattern.removeFirst()
        guard let isIn = matchSet(&pattern, byte) else { return .textEnds }
        if !isIn || separatesDirectories && byte == slash { return .noMatch }
      case UInt8(ascii: "\\"):
        pattern.removeFirst()
        // As in git, an escaped letter is compared as it is. One at the end matches nothing.
        guard let literal = pattern.popFirst(), literal == byte else { return .noMatch }
      default:
        if fold(symbol) != byte { return .noMatch }
        pattern.removeFirst()
      }
      text.removeFirst()
    }
    return text.isEmpty ? .match : .noMatch
  }

  /// Matches all from a star on.
  ///
  /// - Returns: `nil` when matching goes on with the slash that both now begin with.
  private func matchStar(_ pattern: inout Text, _ text: inout Text, _ start: Int) -> Outcome? {
    let position = pattern.startIndex
    let stars = pattern.prefix { $0 == UInt8(ascii: "*") }.count
    pattern = pattern.dropFirst(stars)
    var crossesSlashes = !separatesDirectories
    if separatesDirectories, stars > 1 {
      let opens = position == start || pattern.base[position - 1] == slash
      let closes =
        pattern.isEmpty || pattern.first == slash
        || pattern.starts(with: [UInt8(ascii: "\\"), slash])
      if opens && closes {
        // `**/` may stand for nothing at all.
        if pattern.first == slash, match(pattern.dropFirst(), text) == .match { return .match }
        crossesSlashes = true
      }
    }
    guard let next = pattern.first else {
      return crossesSlashes || !text.contains(slash) ? .match : .noMatch
    }
    if !crossesSlashes, next == slash {
      guard let cut = text.firstIndex(of: slash) else { return .noMatch }
      text = text[cut...]
      return nil
    }
    return matchRest(pattern, text, next, crossesSlashes)
  }

  /// Tries how much a star takes, from nothing on.
  private func matchRest(
    _ pattern: Text, _ text: Text, _ next: UInt8, _ crossesSlashes: Bool
  ) -> Outcome {
    var text = text
    let isLiteral = !Self.isSpecial(next)
    while !text.isEmpty {
      if isLiteral {
        // What is before the literal belongs to the star.
        while let byte = text.first, crossesSlashes || byte != slash, fold(byte) != fold(next) {
          text.removeFirst()
        }
        guard let byte = text.first, fold(byte) == fold(next) else { return .noMatch }
      }
      let outcome = match(pattern, text)
      if outcome != .noMatch {
        if !crossesSlashes || outcome != .needsDoubleStar { return outcome }
      } else if !crossesSlashes, text.first == slash {
        return .needsDoubleStar
      }
      text.removeFirst()
    }
    return .textEnds
  }

  /// Matches the set behind a `[` and moves behind its end; `nil` when it has none.
  private func matchSet(_ pattern: inout Text, _ byte: UInt8) -> Bool? {
    var isNegated = false
    if let first = pattern.first, first == UInt8(ascii: "!") || first == UInt8(ascii: "^") {
      isNegated = true
      pattern.removeFirst()
    }
    var isIn = false
    /// What a range may begin with.
    var previous: UInt8 = 0
    var isFirst = true
    while let symbol = pattern.popFirst() {
      if symbol == UInt8(ascii: "]"), !isFirst { return isIn != isNegated }
      isFirst = false
      if symbol == UInt8(ascii: "\\") {
        guard let literal = pattern.popFirst() else { return nil }
        if literal == byte { isIn = true }
        previous = literal
      } else if symbol == UInt8(ascii: "-"), previous != 0, let upper = pattern.first,
        upper != UInt8(ascii: "]")
      {
        pattern.removeFirst()
        var upper = upper
        if upper == UInt8(ascii: "\\") {
          guard let literal = pattern.popFirst() else { return nil }
          upper = literal
        }
        if isBetween(byte, previous, upper) { isIn = true }
        previous = 0
      } else if symbol == UInt8(ascii: "["), pattern.first == UInt8(ascii: ":") {
        guard let end = pattern.firstIndex(of: UInt8(ascii: "]")) else { return nil }
        let name = pattern[(pattern.startIndex + 1)..<end]
        if name.last == UInt8(ascii: ":") {
          guard let isMember = CharacterClass.contains(byte, name.dropLast(), ignoresCase) else {
            return nil
          }
          if isMember { isIn = true }
          pattern = pattern[(end + 1)...]
          previous = 0
        } else {
          // No class: the bracket and what follows are plain members.
          if byte == symbol { isIn = true }
          previous = symbol
        }
      } else {
        if symbol == byte { isIn = true }
        previous = symbol
      }
    }
    return nil
  }

  private func isBetween(_ byte: UInt8, _ lower: UInt8, _ upper: UInt8) -> Bool {
    if lower <= upper, (lower...upper).contains(byte) { return true }
    guard ignoresCase, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) else { return false }
    return lower <= upper && (lower...upper).contains(byte - 32)
  }

  private func fold(_ byte: UInt8) -> UInt8 { ignoresCase ? byte.lowercased : byte }

  static func isSpecial(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["), UInt8(ascii: "\\"): true
    default: false
    }
  }
}

private let slash = UInt8(ascii: "/")

/// The named classes of a set, such as `[:alpha:]`, for ASCII.
private enum CharacterClass {
  /// `nil` for a name that is none.
  static func contains(
    _ byte: UInt8, _ name: some Sequence<UInt8>, _ ignoresCase: Bool
  ) -> Bool? {
    let isDigit = (0x30...0x39).contains(byte)
    let isLower = (0x61...0x7A).contains(byte)
    let isUpper = (0x41...0x5A).contains(byte)
    let isGraphic = (0x21...0x7E).contains(byte)
    switch String(decoding: Array(name), as: UTF8.self) {
    case "alnum": return isDigit || isLower || isUpper
    case "alpha": return isLower || isUpper
    case "blank": return byte == 0x20 || byte == 0x09
    case "cntrl": return byte < 0x20 || byte == 0x7F
    case "digit": return isDigit
    case "graph": return isGraphic
    case "lower": return isLower
    case "print": return isGraphic || byte == 0x20
    case "punct": return isGraphic && !(isDigit || isLower || isUpper)
    case "space": return byte == 0x20 || (0x09...0x0D).contains(byte)
    case "upper": return isUpper || ignoresCase && isLower
    case "xdigit":
      return isDigit || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
    default: return nil
    }
  }
}
