import SystemPackage

/// Small pieces of text.
enum Text {
  /// "0.42 s", "12 s", "3 min 20 s".
  static func seconds(_ value: Double) -> String {
    if value < 9.95 {
      let hundredths = Int((value * 100).rounded())
      let digits = String(hundredths % 100)
      return "\(hundredths / 100).\(digits.count == 1 ? "0" : "")\(digits) s"
    }
    let whole = Int(value.rounded())
    return whole < 120 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
  }

  /// The path as it is seen from the current directory, if it is somewhere below that.
  static func path(_ path: String) -> String {
    let absolute = FilePath(path)
    guard let current = try? currentDirectory(), absolute != current, absolute.starts(with: current)
    else { return path }
    var relative = absolute
    _ = relative.removePrefix(current)
    return relative.string
  }

  /// "a, b and 3 more".
  static func list(_ items: [String], atMost limit: Int = 8) -> String {
    let shown = items.prefix(limit).joined(separator: ", ")
    return items.count > limit ? "\(shown) and \(items.count - limit) more" : shown
  }

  /// The text, filled up with blanks.
  static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// The text, cut off with an ellipsis where it is longer than `width`.
  static func shortened(_ text: String, to width: Int) -> String {
    text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
  }

  /// Breaks a text into lines of at most 76 characters, at blanks; its own lines are kept.
  static func wrapped(_ text: String, indent: String) -> [String] {
    // Reasons quote agents, whose colours must not run into what follows.
    TerminalText.withoutEscapes(text).split(whereSeparator: \.isNewline).flatMap {
      line -> [String] in
      var lines: [String] = []
      var current = indent
      for word in line.split(separator: " ") {
        if current.count > indent.count, current.count + word.count > 79 {
          lines.append(current)
          current = indent
        }
        current += (current.count > indent.count ? " " : "") + word
      }
      return lines + [current]
    }
  }
}
