/// Pieces of HTML, in which all text is text.
enum HTML {
  /// The text with the characters that mean something replaced, and without what no document may hold.
  static func text(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n": result.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value): result += "\u{FFFD}"
      // Marks that turn the direction of the text, and what no character is.
      case _
      where (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        || scalar.value & 0xFFFE == 0xFFFE:
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// An element with text in it.
  static func element(_ name: String, _ content: String, _ attributes: [(String, String)] = [])
    -> String
  {
    let list = attributes.map { " \($0.0)=\"\(text($0.1))\"" }.joined()
    return "<\(name)\(list)>\(text(content))</\(name)>"
  }
}
