/// How a command ended.
public enum AgentExit: Sendable, Hashable {
  /// It exited with this status.
  case exited(Int32)
  /// A signal that we did not send ended it, or an immediate kill of all groups.
  case signaled(Int32)
  /// It was stopped because its time was over.
  case timedOut
  /// It was stopped because it was silent for too long.
  case idleTimedOut
  /// It was stopped because it had said that it was done, and did not exit.
  case lingered
  /// It never ran; the reason is a sentence for the user that names what was tried.
  case notStarted(String)
}

/// A line that a command printed, or a piece of one that is too long to hold.
public struct AgentOutput: Sendable, Equatable {
  /// Where a line was printed.
  public enum Source: Sendable, Equatable { case standardOutput, standardError }

  /// Where the line was printed.
  public var source: Source
  /// The bytes, without the newline; any encoding, or none.
  public var bytes: [UInt8]
  /// Whether this is a further piece of the line before it from the same source.
  public var continuesLine: Bool
  /// Whether a newline follows: false for all but the last piece of a long line, and for a last line
  /// without one.
  public var endsLine: Bool

  /// The whole line as text; bytes that are not UTF-8 are replaced.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Whether the bytes are a whole line and not a piece of one.
  var isWholeLine: Bool { !continuesLine && endsLine }

  init(_ line: LineSplitter.Line, from source: Source) {
    self.source = source
    self.bytes = line.bytes
    self.continuesLine = line.continuesLine
    self.endsLine = line.endsLine
  }
}

/// What the reader of a command's output wants to happen next.
public enum AgentReaction: Sendable, Equatable {
  /// Go on reading.
  case goOn
  /// The command has said that it is done: stop it if it does not exit within this time, counted from
  /// now.
  case expectExit(within: Duration)
  /// The command is not done after all: forget that its exit was expected.
  case expectNoExit
}
