/// An agent's answer that its provider takes no more work for now: HTTP 429, a usage limit, overload.
///
/// It says nothing about the issue, so the issue does not fail by it: the agents rest, then the same
/// step is done again.
public struct UsageLimit: Sendable, Equatable {
  /// The agent's own words, on one line.
  public var message: String
  /// When work is taken again, as far as the answer says.
  public var reset: LimitReset?
  /// Whether the answer comes in a form that is made for it; else it was found among an agent's last
  /// lines, which may speak of something else.
  public var isCertain: Bool
}

/// When an agent's provider takes work again.
public enum LimitReset: Sendable, Equatable {
  /// After this time.
  case after(Duration)
  /// At this moment, in seconds since 1970.
  case at(Int)

  /// The time until then; `nil` if the moment has passed.
  ///
  /// - Parameter now: In seconds since 1970.
  func wait(now: Int) -> Duration? {
    switch self {
    case .after(let time): time
    case .at(let moment): moment > now ? .seconds(moment - now) : nil
    }
  }
}

extension UsageLimit {
  /// Finds such an answer in what a command printed; `nil` when it ended for another reason.
  ///
  /// - Parameter succeeded: Whether the command ended as one does that did its work.
  init?(in output: StepOutput, succeeded: Bool) {
    if let result = output.result {
      let isAnswer =
        result.isError
        ? LimitWords.speaksOfLimit(result.message) : LimitWords.isBanner(result.message)
      guard isAnswer || (output.rejection != nil && result.isError) else { return nil }
      self.init(result.message, rejection: output.rejection, isCertain: true)
      return
    }
    if let rejection = output.rejection, !succeeded {
      self.init("usage limit reached", rejection: rejection, isCertain: true)
      return
    }
    let lines = output.everything.last(5)
    // One that ended well may say so at the end of its work; then it is not all that it says.
    if let last = lines.last, LimitWords.isBanner(last), !succeeded || lines.count == 1 {
      self.init(last, rejection: nil, isCertain: true)
    } else if !succeeded, let line = lines.last(where: LimitWords.isLimitError) {
      // What it says of the time may stand on a line of its own.
      self.init(line, rejection: nil, isCertain: false)
      reset = reset ?? lines.lazy.compactMap { LimitWords.reset(in: $0) }.first
    } else {
      return nil
    }
  }

  private init(_ text: String, rejection: StepOutput.Rejection?, isCertain: Bool) {
    let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? text
    message = line.count > 200 ? line.prefix(200) + "…" : line
    reset = rejection?.resetsAt.map { .at($0) } ?? LimitWords.reset(in: text)
    self.isCertain = isCertain
  }
}
