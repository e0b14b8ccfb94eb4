/// What to do when a session of the work step ended because its context was full.
///
/// The agent says so in one of three ways: its program refuses the prompt as too long; a hook leaves
/// a sentinel file that asks for a hand-over; or the agent itself announces one.
enum Continuation: Equatable {
  /// The session is the last one; its exit status counts.
  case done
  /// A new session with this prompt.
  case fresh(String)
  /// The same session, asked to write down where it stands.
  case handOver
  /// A new session that reads what the last one wrote down.
  case resume
  /// It cannot go on: the work is not finished, whatever the exit status says.
  case stuck(String)

  /// What a session left behind.
  struct Ending: Equatable {
    var promptTooLong: Bool
    var announcedHandOff: Bool
    var sentinelExists: Bool
    var notesExist: Bool
    var issueIsDone: Bool
    var wasHandOver: Bool
  }

  /// How many further sessions an issue gets.
  static let limit = 3
  static let sentinel = ".ll/ll-context-handoff-needed"
  static let notes = ".ll/ll-continue-prompt.md"
  static let handOverCommand = "handoff"

  static func next(after ending: Ending, used: Int, command: String, lastText: String) -> Self {
    if ending.issueIsDone { return .done }
    let wanted: Self
    if ending.promptTooLong {
      wanted = .fresh(freshPrompt(command: command, lastText: lastText))
    } else if ending.announcedHandOff || ending.wasHandOver {
      wanted =
        ending.notesExist
        ? .resume
        : .stuck("it asked for a new session and left no \(notes) to go on from")
    } else if ending.sentinelExists {
      wanted = .handOver
    } else {
      return .done
    }
    guard used < limit else {
      return .stuck("its context was full again after \(limit) further sessions")
    }
    return wanted
  }

  /// Whether an agent's text announces that a new session should go on.
  static func announcesHandOff(_ text: String) -> Bool {
    text.split(whereSeparator: \.isNewline).contains { line in
      guard let (_, rest) = split(line, at: "CONTEXT_HANDOFF:") else { return false }
      return rest.drop(while: \.isWhitespace).hasPrefix("Ready for fresh session")
    }
  }

  private static func split(_ line: Substring, at mark: String) -> (Substring, Substring)? {
    var index = line.startIndex
    while index < line.endIndex {
      if line[index...].hasPrefix(mark) {
        return (line[..<index], line[index...].dropFirst(mark.count))
      }
      index = line.index(after: index)
    }
    return nil
  }

  private static func freshPrompt(command: String, lastText: String) -> String {
    """
    CONTEXT LIMIT REACHED: the session before this one had to stop because its conversation no \
    longer fits. Take over its task, which is:

    \(command)

    What it did is in this working directory: look at the git log, the git status and any notes in \
    .ll/ before you change anything, and do not start over. The end of what it wrote:

    \(lastText.suffix(12_000))
    """
  }
}
