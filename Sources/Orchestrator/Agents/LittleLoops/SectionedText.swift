/// A text in sections under markdown headers, as an agent's report has them.
///
/// A section begins with a header that consists of its name alone (`## VERDICT`, `### **CONCERNS**`)
/// or with a line that names it before a colon (`VERDICT: READY`, `**VERDICT:** READY`).
struct SectionedText {
  private struct Section {
    var name: String
    var lines: [String]
  }

  private var sections: [Section] = []

  init(_ text: String) {
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      if let (name, value) = Self.opening(line) {
        sections.append(Section(name: name, lines: value.isEmpty ? [] : [value]))
      } else if !sections.isEmpty {
        sections[sections.count - 1].lines.append(String(line))
      }
    }
  }

  /// The first line of the last section of that name that says anything.
  func value(of name: String) -> String? {
    guard let section = sections.last(where: { $0.name == name }) else { return nil }
    return section.lines.lazy.map(Self.trimmed).first(where: Self.saysAnything)
  }

  /// The bullets of the last section of that name, without those that say "none".
  func bullets(of name: String) -> [String] {
    guard let section = sections.last(where: { $0.name == name }) else { return [] }
    return section.lines.compactMap { line in
      let line = Self.trimmed(line)
      guard line.hasPrefix("- ") || line.hasPrefix("* ") || line.hasPrefix("• ") else { return nil }
      let text = Self.withoutBullet(line)
      let word = text.filter { $0.isLetter }.lowercased()
      return word == "none" || word == "na" || text.isEmpty ? nil : text
    }
  }

  /// The line without the mark of a list.
  static func withoutBullet(_ line: String) -> String {
    let line = trimmed(line)
    for mark in ["- ", "* ", "• "] where line.hasPrefix(mark) {
      return trimmed(String(line.dropFirst(mark.count)))
    }
    return line
  }

  /// What follows `label:`, bold or not; `nil` if the line does not start with it.
  static func withoutLabel(_ label: String, _ line: String) -> String? {
    let text = line.drop { $0 == "*" || $0 == " " }
    guard text.lowercased().hasPrefix(label.lowercased()) else { return nil }
    let rest = text.dropFirst(label.count).drop { $0 == "*" }
    guard rest.first == ":" else { return nil }
    return trimmed(String(rest.dropFirst().drop { $0 == "*" }))
  }

  /// The name and the rest of the line, if a section begins here.
  private static func opening(_ line: Substring) -> (name: String, value: String)? {
    let text = line.drop { $0 == " " || $0 == "\t" }
    let isHeader = text.first == "#"
    let marks: Set<Character> = ["#", "*", "_", ">", "-", " ", "\t", "`"]
    let body = text.drop { marks.contains($0) }
    let name = body.prefix { ($0.isLetter && $0.isUppercase) || $0.isNumber || $0 == "_" }
    guard !name.isEmpty else { return isHeader ? ("", "") : nil }
    let rest = body.dropFirst(name.count).drop { $0 == "*" || $0 == "_" || $0 == "`" || $0 == " " }
    let plainName = trimmedName(name)
    if rest.isEmpty { return isHeader ? (plainName, "") : nil }
    if rest.first == ":" {
      let value = rest.dropFirst().drop { $0 == "*" || $0 == "_" || $0 == " " }
      // A label inside a section, as `URL: …`, is not a section; those that count are known.
      if isHeader || known.contains(plainName) { return (plainName, trimmed(String(value))) }
      return nil
    }
    return isHeader ? ("", "") : nil
  }

  private static let known: Set<String> = [
    "VERDICT", "CORRECTIONS_MADE", "CONCERNS", "CLOSE_REASON", "CLOSE_STATUS",
  ]

  /// The name without the underscores of an emphasis around it.
  private static func trimmedName(_ name: Substring) -> String {
    var name = name
    while name.last == "_" { name.removeLast() }
    return String(name)
  }

  /// Whether a line is more than a rule, a fence or nothing.
  private static func saysAnything(_ line: String) -> Bool {
    !line.hasPrefix("```") && line.contains { $0.isLetter || $0.isNumber }
  }

  private static func trimmed(_ line: String) -> String {
    var text = line[...].drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
