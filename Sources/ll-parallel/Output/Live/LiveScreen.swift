import Orchestrator

/// What the live view of a run shows, as lines; a function of the run and of the terminal's size.
struct LiveScreen {
  let progress: RunProgress
  /// The last line that each issue's agent said.
  var lastText: [String: String] = [:]
  /// The moment, in nanoseconds of the run's own clock.
  let now: Int64
  /// Whether the run was told to stop.
  var isStopping = false

  /// A line in parts, so that its width is known before it has colours.
  struct Line: Equatable {
    enum Style: String { case plain = "", bold = "1", dim = "2", red = "31", green = "32" }

    var parts: [(style: Style, text: String)] = []

    init(_ parts: (Style, String)...) { self.parts = parts.map { (style: $0.0, text: $0.1) } }

    static func == (one: Line, other: Line) -> Bool { one.text == other.text }

    var text: String { parts.map(\.text).joined() }

    /// Cut off to a width, with escape sequences for its colours.
    func rendered(width: Int) -> String {
      var rest = width
      var result = ""
      for (style, text) in parts where rest > 0 {
        let text = TerminalText.cut(text, to: rest)
        rest -= TerminalText.width(text)
        result += style == .plain ? text : "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
      }
      return result
    }
  }

  /// The lines for a terminal: none longer than it is wide, and fewer than it is high.
  func lines(_ size: Terminal.Size) -> [Line] {
    // The last column stays free: some terminals begin a new line there.
    let width = max(1, size.width - 1)
    let room = max(1, size.height - 1)
    let head = [headline(width), bar(width)]
    let lists = [
      list("to land", progress.queue, width), list("waiting", progress.waiting, width),
      list("done", progress.ended.filter(\.outcome.isDone).reversed().map(\.issue), width, .green),
      list(
        "not done",
        progress.ended.filter { !$0.outcome.isDone }.map { "\($0.issue) \($0.outcome)" },
        width, .red),
    ].compactMap(\.self)
    let workers = workerLines(width, room: max(1, room - head.count - lists.count))
    return Array((head + workers + lists).prefix(room))
  }

  private func headline(_ width: Int) -> Line {
    let elapsed = Self.time(now)
    let counts = "\(progress.doneCount) of \(progress.totalCount) done"
    let state = isStopping ? ", stopping" : ""
    let left = TerminalText.cut(progress.baseBranch, to: max(8, width - 36))
    return Line((.bold, left), (.plain, "  \(counts)\(state), \(elapsed)"))
  }

  /// The whole of the run: what is over, as a part of what there is.
  private func bar(_ width: Int) -> Line {
    let total = max(1, progress.totalCount)
    let columns = max(1, min(width, 60) - 7)
    let done = progress.doneCount * columns / total
    let over = progress.ended.count * columns / total
    return Line(
      (.plain, "["), (.green, String(repeating: "#", count: done)),
      (.red, String(repeating: "x", count: over - done)),
      (.dim, String(repeating: ".", count: columns - over)),
      (.plain, "] \(progress.ended.count * 100 / total)%"))
  }

  private func workerLines(_ width: Int, room: Int) -> [Line] {
    let workers = progress.workers
    let shown = workers.count <= room ? workers.count : max(0, room - 1)
    let idWidth = min(workers.map { TerminalText.width($0.issue) }.max() ?? 0, max(8, width / 4))
    var lines = workers.prefix(shown).map { worker in
      let time = Self.time(now - worker.since)
      return Line(
        (.dim, "[\(worker.slot)] "), (.bold, TerminalText.fit(worker.issue, idWidth)),
        (.plain, " \(TerminalText.fit(worker.step.rawValue, 7)) \(TerminalText.fit(time, 9)) "),
        (.dim, lastText[worker.issue].map(TerminalText.plain) ?? ""))
    }
    if shown < workers.count {
      lines.append(Line((.dim, "    and \(workers.count - shown) more at work")))
    }
    return lines
  }

  /// As many names as have room, and how many are missing.
  private func list(
    _ name: String, _ items: [String], _ width: Int, _ style: Line.Style = .plain
  ) -> Line? {
    guard !items.isEmpty else { return nil }
    var text = ""
    for (position, item) in items.enumerated() {
      let next = (text.isEmpty ? "" : ", ") + item
      let isLast = position == items.count - 1
      let reserve = isLast ? 0 : 14
      if TerminalText.width(text + next) + 10 + reserve > width, position > 0 {
        text += " and \(items.count - position) more"
        break
      }
      text += next
    }
    return Line((.dim, TerminalText.fit("\(name):", 10)), (style, text))
  }

  /// "12 s", "3 min 20 s", "2 h 5 min".
  static func time(_ nanoseconds: Int64) -> String {
    let seconds = max(0, nanoseconds / 1_000_000_000)
    if seconds < 120 { return "\(seconds) s" }
    if seconds < 7200 { return "\(seconds / 60) min \(seconds % 60) s" }
    return "\(seconds / 3600) h \(seconds / 60 % 60) min"
  }
}
