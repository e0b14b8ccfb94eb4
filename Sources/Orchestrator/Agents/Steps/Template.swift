/// Fills `{{name}}` placeholders.
///
/// It goes over the template once, so text that is filled in is never looked at again: a title that
/// contains `{{body}}` stays as it is. A placeholder without a value stays as it is, too.
enum Template {
  static func render(_ template: String, _ values: [String: String]) -> String {
    var result = ""
    var rest = template[...]
    while let start = firstRange(of: "{{", in: rest) {
      result += rest[..<start.lowerBound]
      let inner = rest[start.upperBound...]
      guard let end = firstRange(of: "}}", in: inner) else {
        rest = rest[start.lowerBound...]
        break
      }
      let name = inner[..<end.lowerBound].filter { $0 != " " }
      if let value = values[name] {
        result += value
        rest = rest[end.upperBound...]
      } else {
        result += rest[start]
        rest = inner
      }
    }
    return result + rest
  }

  /// Whether a placeholder of this name occurs.
  static func mentions(_ name: String, in template: String) -> Bool {
    render(template, [name: "1"]) != render(template, [name: "2"])
  }

  private static func firstRange(of mark: String, in text: Substring) -> Range<Substring.Index>? {
    guard let character = mark.first else { return nil }
    var index = text.startIndex
    while index < text.endIndex {
      let next = text.index(after: index)
      if text[index] == character, next < text.endIndex, text[next] == character {
        return index..<text.index(after: next)
      }
      index = next
    }
    return nil
  }
}
