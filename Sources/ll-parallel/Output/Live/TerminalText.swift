/// Text measured in the columns that it takes on a terminal.
enum TerminalText {
  /// The columns of a text.
  static func width(_ text: some StringProtocol) -> Int {
    text.unicodeScalars.reduce(0) { $0 + width($1) }
  }

  private static func width(_ scalar: Unicode.Scalar) -> Int {
    if scalar.isASCII { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    let isWide =
      scalar.properties.isEmojiPresentation || wide.contains { $0.contains(scalar.value) }
    return isWide ? 2 : 1
  }

  /// What UAX #11 calls wide and full width, without the unassigned gaps between.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97C,
    0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
    0x1F200...0x1F2FF, 0x20000...0x3FFFD,
  ]

  /// The text without what would move the cursor or change colours, each white space as one blank.
  static func plain(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var scalars = text.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      if scalar == "\u{1B}" {
        skipEscape(&scalars)
      } else if scalar.properties.isWhitespace {
        if result.last != " " { result.append(" ") }
      } else if scalar.value >= 0x20, !(0x7F...0x9F).contains(scalar.value),
        // Marks that turn the direction of the text would turn the line around.
        !(0x202A...0x202E).contains(scalar.value), !(0x2066...0x2069).contains(scalar.value)
      {
        result.append(scalar)
      }
    }
    return String(result)
  }

  /// The text without escape sequences; what else is in it stays.
  static func withoutEscapes(_ text: String) -> String {
    guard text.unicodeScalars.contains("\u{1B}") else { return text }
    var result = String.UnicodeScalarView()
    var scalars = text.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      if scalar == "\u{1B}" { skipEscape(&scalars) } else { result.append(scalar) }
    }
    return String(result)
  }

  /// Skips an escape sequence after its first character.
  private static func skipEscape(_ scalars: inout Substring.UnicodeScalarView) {
    switch scalars.popFirst() {
    case "[":
      while let scalar = scalars.popFirst(), !(0x40...0x7E).contains(scalar.value) {}
    case "]":
      while let scalar = scalars.popFirst(), scalar != "\u{7}" {
        if scalar == "\u{1B}" { return scalars = scalars.dropFirst() }
      }
    default: break
    }
  }

  /// The text cut off to `width` columns, with an ellipsis where something is missing.
  static func cut(_ text: String, to width: Int) -> String {
    guard self.width(text) > width else { return text }
    var result = ""
    var used = 0
    for character in text {
      let columns = self.width(String(character))
      guard used + columns < width else { break }
      result.append(character)
      used += columns
    }
    return width > 0 ? result + "…" : ""
  }

  /// The text filled up or cut off to `width` columns.
  static func fit(_ text: String, _ width: Int) -> String {
    let text = cut(text, to: width)
    return text + String(repeating: " ", count: max(0, width - self.width(text)))
  }
}
