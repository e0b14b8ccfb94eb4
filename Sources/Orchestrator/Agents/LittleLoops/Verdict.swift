/// What a check of an issue says about it.
///
/// Only a section named `VERDICT` or a line `VERDICT: …` counts. A keyword anywhere else does not:
/// a sentence like "I cannot close this out" must not close an issue.
struct Verdict: Equatable, Sendable {
  enum Kind: String, Sendable, CaseIterable {
    case notReady = "NOT READY"
    case needsReview = "NEEDS REVIEW"
    case corrected = "CORRECTED"
    case blocked = "BLOCKED"
    case ready = "READY"
    case close = "CLOSE"
    case unknown = "UNKNOWN"
  }

  var kind: Kind
  var corrections: [String] = []
  var concerns: [String] = []
  var closeReason: String?
  var closeStatus: String?

  /// Reads the verdict out of an agent's text; where there are several, the last one counts.
  init(parsing text: String) {
    let document = SectionedText(text)
    kind = document.value(of: "VERDICT").flatMap(Self.kind) ?? .unknown
    corrections = document.bullets(of: "CORRECTIONS_MADE")
    concerns = document.bullets(of: "CONCERNS")
    closeReason = document.value(of: "CLOSE_REASON").map { line in
      let text = SectionedText.withoutBullet(line)
      return SectionedText.withoutLabel("Reason", text) ?? text
    }
    closeStatus = document.value(of: "CLOSE_STATUS").map(SectionedText.withoutBullet)
  }

  /// The keyword with which a value starts, if it is one and nothing more.
  ///
  /// A remark may follow it, as in `READY (no BLOCKED dependencies)`; a second keyword to choose
  /// from, as in `READY | CLOSE`, may not. CLOSE ends an issue, so only punctuation may follow it.
  static func kind(of value: String) -> Kind? {
    let marks: Set<Character> = ["*", "_", "`", "[", "\"", "'", "#", ">", " ", "\t"]
    let text = SectionedText.withoutBullet(value).drop { marks.contains($0) }
    for kind in Kind.allCases where kind != .unknown {
      guard let rest = remainder(of: text, after: kind.rawValue) else { continue }
      let tail = rest.drop { marks.contains($0) || $0 == "]" }
      guard let next = tail.first else { return kind }
      if next == "|" || next == "/" { return nil }
      if rest.first == "-", rest.dropFirst().first?.isLetter == true { return nil }
      let isRemark = !next.isLetter && !next.isNumber
      let keyword = text[..<rest.startIndex]
      let isShouted = keyword == keyword.uppercased()
      return isRemark || (isShouted && kind != .close) ? kind : nil
    }
    return nil
  }

  /// What follows the keyword, whose words may be joined by a blank, a dash or an underscore.
  private static func remainder(of text: Substring, after keyword: String) -> Substring? {
    var rest = text
    for (index, word) in keyword.split(separator: " ").enumerated() {
      if index > 0, let joint = rest.first, joint == " " || joint == "-" || joint == "_" {
        rest = rest.dropFirst()
      }
      guard rest.prefix(word.count).uppercased() == word else { return nil }
      rest = rest.dropFirst(word.count)
    }
    if let next = rest.first {
      let following = rest.dropFirst().first
      let continuesName = next == "_" && following?.isLetter == true
      if next.isLetter || next.isNumber || continuesName { return nil }
    }
    return rest
  }
}
