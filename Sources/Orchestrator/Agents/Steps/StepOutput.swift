/// Collects what a step prints: the text for verdicts, the last lines for reports.
struct StepOutput {
  /// How a command writes on its standard output.
  enum Format: Sendable, Equatable { case text, streamJSON }

  /// What a stream said about its end.
  struct Result: Equatable {
    var isError: Bool
    var message: String
  }

  let format: Format
  /// The agent's text from standard output.
  private(set) var text = OutputTail(limit: 1 << 20)
  /// The text of both streams, for a report.
  private(set) var everything = OutputTail(limit: 1 << 14)
  private(set) var result: Result?
  /// The model that the agent uses, if its output says so.
  private(set) var model: String?
  /// Whether standard error said that the conversation no longer fits.
  private(set) var promptTooLong = false
  /// Whether the long line that is being read is an event: its pieces are no text.
  private var insideLongEvent = false

  init(format: Format) { self.format = format }

  /// Takes one line, and returns the lines of text for people that it brings.
  mutating func take(_ output: AgentOutput) -> [String] {
    if output.source == .standardError {
      let line = output.text
      promptTooLong = promptTooLong || line.lowercased().contains("prompt is too long")
      everything.append(line)
      return []
    }
    let lines = lines(of: output)
    for line in lines {
      text.append(line)
      everything.append(line)
    }
    return lines
  }

  private mutating func lines(of output: AgentOutput) -> [String] {
    guard format == .streamJSON else { return [output.text] }
    if output.continuesLine || !output.endsLine {
      if !output.continuesLine { insideLongEvent = output.bytes.first == UInt8(ascii: "{") }
      // A last event without a newline is whole all the same.
      if output.continuesLine || output.bytes.last != UInt8(ascii: "}") {
        return insideLongEvent ? [] : [output.text]
      }
    }
    switch StreamEvent(line: output.bytes) {
    case .text(let lines): return lines
    case .result(let isError, let message):
      result = Result(isError: isError, message: message)
      if isError { everything.append("[result] \(message)") }
      // The result repeats the last message. Where there was none, as after a command that the
      // program does not know, it is all that was said.
      guard !isError, text.isEmpty else { return [] }
      return message.split(whereSeparator: \.isNewline).map(String.init)
    case .started(let model):
      self.model = model
      return []
    case .other: return []
    }
  }
}
