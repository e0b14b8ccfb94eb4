/// Collects what a step prints: the text for verdicts, the last lines for reports.
struct StepOutput {
  /// How a command writes on its standard output.
  enum Format: Sendable, Equatable { case text, streamJSON }

  /// What a stream said about its end.
  struct Result: Equatable {
    var isError: Bool
    var message: String
  }

  /// What a stream said of a provider that takes no more work.
  struct Rejection: Equatable {
    /// In seconds since 1970.
    var resetsAt: Int?
  }

  let format: Format
  /// The agent's text from standard output.
  private(set) var text = OutputTail(limit: 1 << 20)
  /// The text of both streams, for a report.
  private(set) var everything = OutputTail(limit: 1 << 14)
  /// How the session ended; `nil` while it goes on, or again.
  private(set) var result: Result?
  private(set) var rejection: Rejection?
  /// The model that the agent uses, if its output says so.
  private(set) var model: String?
  /// Whether the agent's program said that the conversation no longer fits.
  private(set) var promptTooLong = false
  /// How many events of the session were read.
  private(set) var eventCount = 0
  /// A long event of which only a part has come.
  private var openEvent: OpenEvent

  /// - Parameter longestEvent: In bytes; a longer one is in the log alone.
  init(format: Format, longestEvent: Int = 1 << 26) {
    self.format = format
    openEvent = OpenEvent(limit: longestEvent)
  }

  /// Takes one line, and returns the lines of text for people that it brings.
  mutating func take(_ output: AgentOutput) -> [String] {
    if output.source == .standardError {
      noteTooLong(output.text)
      everything.append(output.text)
      return []
    }
    guard format == .streamJSON else { return plain(output) }
    switch openEvent.take(output) {
    case .noEvent: return plain(output)
    case .waits: return []
    case .whole(let bytes): return read(bytes)
    }
  }

  /// Ends the output: of an event that was cut off, the report shows what there is.
  mutating func finish() {
    if let rest = openEvent.rest {
      everything.append(String(decoding: rest.prefix(1 << 14), as: UTF8.self))
    }
  }

  /// A line as it is; of a very long one only the beginning can be a verdict.
  private mutating func plain(_ output: AgentOutput) -> [String] {
    let line = output.text
    if !output.continuesLine { text.append(line) }
    everything.append(line)
    return [line]
  }

  private mutating func read(_ line: [UInt8]) -> [String] {
    let event = StreamEvent(line: line)
    if case .none(let line) = event { return add([line]) }
    eventCount += 1
    switch event {
    case .none: return []
    case .text(let lines): return add(lines)
    case .work(let lines):
      // Background work woke the session up again: the result before was not the last.
      result = nil
      return add(lines)
    case .result(let isError, let message):
      result = Result(isError: isError, message: message)
      if isError {
        noteTooLong(message)
        everything.append("[result] \(message)")
      }
      // The result repeats the last message. Where there was none, as after a command that the
      // program does not know, it is all that was said.
      guard !isError, text.isEmpty else { return [] }
      return add(message.split(whereSeparator: \.isNewline).map(String.init))
    case .rejection(let resetsAt):
      rejection = Rejection(resetsAt: resetsAt)
      return []
    case .started(let model):
      self.model = model
      return []
    case .other: return []
    }
  }

  private mutating func add(_ lines: [String]) -> [String] {
    for line in lines {
      text.append(line)
      everything.append(line)
    }
    return lines
  }

  private mutating func noteTooLong(_ message: String) {
    let words = "prompt is too long"
    guard !promptTooLong, message.utf8.count >= words.utf8.count else { return }
    promptTooLong = message.lowercased().contains(words)
  }
}

/// Puts the pieces of an event together, in bounded memory.
private struct OpenEvent {
  enum Taken {
    /// The line is none.
    case noEvent
    /// More of it is to come, or it is too long to be read.
    case waits
    case whole([UInt8])
  }

  private enum State {
    case closed
    case open([UInt8])
    case tooLong
  }

  private let limit: Int
  private var state = State.closed

  init(limit: Int) { self.limit = limit }

  /// The event that has not ended; `nil` for none.
  var rest: [UInt8]? { if case .open(let bytes) = state { bytes } else { nil } }

  mutating func take(_ output: AgentOutput) -> Taken {
    if !output.continuesLine {
      state = StreamEvent.looksLikeEvent(output.bytes) ? .open([]) : .closed
    }
    switch state {
    case .closed: return .noEvent
    case .tooLong:
      if output.endsLine { state = .closed }
      return .waits
    case .open(var bytes):
      // Taken out, or each piece would copy what there is.
      state = .closed
      guard bytes.count + output.bytes.count <= limit else {
        state = output.endsLine ? .closed : .tooLong
        return .waits
      }
      bytes += output.bytes
      // A last event without a newline is whole all the same.
      if output.endsLine || (bytes.last == UInt8(ascii: "}") && StreamEvent.isWhole(bytes)) {
        return .whole(bytes)
      }
      state = .open(bytes)
      return .waits
    }
  }
}
