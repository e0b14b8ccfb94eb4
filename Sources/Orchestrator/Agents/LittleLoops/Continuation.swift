/// What to do with a session of the work step that may have ended because its context was full.
///
/// The agent says so in one of three ways: its program refuses the prompt as too long; the agent
/// announces that a new session should go on; or a hook, which cannot know whether the work is done,
/// leaves a sentinel file that suggests a hand-over.
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
    var promptTooLong = false
    var announcedHandOff = false
    var sentinelExists = false
    /// Whether there are notes for a next session that no session has had yet.
    var notesExist = false
    var issueIsDone = false
    /// Whether the session was only asked for a hand-over.
    var wasHandOver = false
  }

  /// How many further sessions an issue gets.
  static let limit = 3
  static let sentinel = ".ll/ll-context-handoff-needed"
  static let notes = ".ll/ll-continue-prompt.md"
  static let handOverCommand = "handoff"

  static func next(after ending: Ending, used: Int, command: String, lastText: String) -> Self {
    if ending.issueIsDone { return .done }
    let isUnfinished = ending.promptTooLong || ending.announcedHandOff
    guard isUnfinished || ending.wasHandOver || ending.sentinelExists else { return .done }
    guard used < limit else {
      // What only a hook suggests leaves the work as it is.
      return isUnfinished
        ? .stuck("its context was full again after \(limit) further sessions") : .done
    }
    if ending.promptTooLong {
      return .fresh(
        prompt(
          "CONTEXT LIMIT REACHED: the session before this one had to stop because its conversation "
            + "no longer fits.", command, lastText))
    }
    guard ending.announcedHandOff || ending.wasHandOver else { return .handOver }
    return ending.notesExist
      ? .resume
      : .fresh(
        prompt(
          "CONTEXT HANDOFF: the session before this one ended because its context was nearly full, "
            + "and left no notes.", command, lastText))
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

  private static func prompt(_ why: String, _ command: String, _ lastText: String) -> String {
    """
    \(why) Take over its task, which is:

    \(command)

    What it did is in this working directory: look at the git log, the git status and any notes in \
    .ll/ before you change anything, and do not start over. The end of what it wrote:

    \(lastText.suffix(12_000))
    """
  }
}
