/// Lines at the bottom of a terminal that are written over by the next ones.
///
/// The cursor always waits below the last line and is never hidden, so that whatever ends the program
/// leaves a terminal that can be used.
struct RedrawnLines {
  private let terminal: Terminal
  /// What is on the terminal, and for which size it was made.
  private var drawn: [LiveScreen.Line] = []
  private var drawnSize = Terminal.Size(width: 0, height: 0)

  init(_ terminal: Terminal) { self.terminal = terminal }

  /// The terminal's size now.
  var size: Terminal.Size { terminal.size }

  /// Shows these lines instead of the ones before.
  ///
  /// - Parameter above: Whole lines that stay above them.
  mutating func draw(_ lines: [LiveScreen.Line], above: String = "") {
    let size = terminal.size
    guard lines != drawn || size != drawnSize || !above.isEmpty else { return }
    var text = "\r"
    let rows = rows(at: size.width)
    if rows > 0 { text += "\u{1B}[\(rows)A" }
    let kept = above.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    for line in kept.map(String.init) + lines.map({ $0.rendered(width: size.width - 1) }) {
      text += "\u{1B}[K\(line)\n"
    }
    // Between these marks, terminals that can show all of it at once.
    terminal.write("\u{1B}[?2026h\(text)\u{1B}[J\u{1B}[?2026l")
    (drawn, drawnSize) = (lines, size)
  }

  /// The rows that the lines take by now: a terminal that became narrower has broken them.
  private func rows(at width: Int) -> Int {
    drawn.reduce(0) { rows, line in
      let columns = min(TerminalText.width(line.text), drawnSize.width - 1)
      return rows + max(1, (columns + width - 1) / max(1, width))
    }
  }
}
