#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The words with which agents say that a limit is reached, and when it ends.
enum LimitWords {
  /// With these a line begins that says nothing else.
  private static let banners = [
    "claude ai usage limit reached", "claude usage limit reached", "usage limit reached",
    "you've hit your", "you have hit your", "you've reached your usage limit",
    "you have reached your usage limit", "you’ve hit your", "you’ve reached your usage limit",
    "5-hour limit reached", "weekly limit reached", "session limit reached", "opus limit reached",
  ]

  /// With these a line among others says it.
  private static let errors = [
    "usage limit reached", "usage limit exceeded", "hit your usage limit", "hit your limit",
    "reached your usage limit", "hour limit reached", "weekly limit reached",
    "session limit reached", "rate limit reached", "rate limit exceeded", "rate limit hit",
    "rate limited", "rate_limit_error", "rate_limit_exceeded", "ratelimiterror",
    "too many requests", "overloaded_error", "model is overloaded", "server is overloaded",
    "service is overloaded", "currently overloaded", "temporarily overloaded",
    "error: overloaded", "resource_exhausted", "resource exhausted", "exceeded your current quota",
  ]

  /// Before the number of a status.
  private static let statusWords = ["http", "status", "error", "code", "api", "http/1.1", "http/2"]

  /// Whether a message is nothing but the answer that a limit is reached.
  ///
  /// "Usage limit reached. Resets at 3pm" is, "Usage limit reached handling is done" is not.
  static func isBanner(_ text: String) -> Bool {
    let line = text.drop { !$0.isLetter && !$0.isNumber }.lowercased()
    guard line.count < 300, banners.contains(where: line.hasPrefix),
      let rest = line.remainder(after: "limit reached") ?? line.remainder(after: "limit")
    else { return false }
    let next = rest.first { $0 != " " }
    return next.map { !$0.isLetter } ?? true || rest.contains("reset")
      || rest.contains("try again")
  }

  /// Whether a line tells of such an answer in the form of an error.
  static func isLimitError(_ line: String) -> Bool {
    let line = line.lowercased()
    return isBanner(line) || errors.contains(where: line.contains) || hasStatus(line)
      || line.filter(\.isLetter) == "overloaded"
  }

  /// Whether a message, known to be an error's, speaks of a limit.
  static func speaksOfLimit(_ text: String) -> Bool {
    let text = text.lowercased()
    return isLimitError(text) || text.contains("overloaded") || text.contains("rate limit")
  }

  /// Whether 429 or 529 stands there as a status: "HTTP 429", "status code: 529", "(429)", "429 {".
  private static func hasStatus(_ line: String) -> Bool {
    let words = line.split { !($0.isLetter || $0.isNumber || $0 == "/" || $0 == ".") }
    for (position, word) in words.enumerated() where word == "429" || word == "529" {
      if line.contains("(\(word))") || line.contains("\(word) {") || line.contains("\(word)]") {
        return true
      }
      if position > 0, statusWords.contains(String(words[position - 1])) { return true }
    }
    return false
  }

  // MARK: The end of the limit

  /// When the limit ends, as far as a text says.
  static func reset(in text: String) -> LimitReset? {
    let text = text.lowercased()
    if let moment = epoch(in: text) { return .at(moment) }
    for phrase in [
      "try again in ", "retry in ", "retry after ", "retry-after: ", "retry-after\":", "resets in ",
      "reset in ", "reset after ", "resets after ", "retrydelay\":", "retry_after\":",
    ] {
      guard let rest = text.remainder(after: phrase), let time = duration(rest) else { continue }
      return .after(time)
    }
    for phrase in ["resets at ", "reset at ", "try again at ", "resets "] {
      guard let rest = text.remainder(after: phrase), let time = timeOfDay(rest) else { continue }
      return .at(time)
    }
    return nil
  }

  /// "limit reached|1751600000": seconds, or milliseconds, since 1970.
  private static func epoch(in text: String) -> Int? {
    guard let digits = text.remainder(after: "limit reached|")?.prefix(while: \.isNumber),
      let number = Int(digits)
    else { return nil }
    switch digits.count {
    case 10: return number
    case 13: return number / 1000
    default: return nil
    }
  }

  /// "34.07s", "20 seconds", "3 days 4 hours", "1h2m3s"; a bare number is seconds.
  static func duration(_ text: some StringProtocol) -> Duration? {
    var rest = text.drop { $0 == " " || $0 == "\"" }[...]
    var total: Double?
    while let first = rest.first, first.isNumber {
      let digits = rest.prefix { $0.isNumber || $0 == "." }
      rest = rest.dropFirst(digits.count).drop { $0 == " " }
      // A sentence may end behind the number.
      guard let value = Double(digits.last == "." ? digits.dropLast() : digits) else { break }
      let unit = rest.prefix(while: \.isLetter)
      guard let seconds = secondsPerUnit(unit, isFirst: total == nil) else { break }
      rest = rest.dropFirst(unit.count).drop { $0 == " " || $0 == "," }
      if rest.hasPrefix("and ") { rest = rest.dropFirst(4) }
      total = (total ?? 0) + value * seconds
    }
    // No wait is longer than a month.
    return total.flatMap { $0 < 2_700_000 ? .milliseconds(Int64($0 * 1000)) : nil }
  }

  private static func secondsPerUnit(_ unit: some StringProtocol, isFirst: Bool) -> Double? {
    switch unit {
    case "ms", "milliseconds", "millisecond": 0.001
    case "s", "sec", "secs", "second", "seconds": 1
    case "m", "min", "mins", "minute", "minutes": 60
    case "h", "hr", "hrs", "hour", "hours": 3600
    case "d", "day", "days": 86_400
    case "": isFirst ? 1 : nil
    default: nil
    }
  }

  /// "3pm", "3:05 pm (europe/berlin)": the next such time by the clock on the wall, in seconds since
  /// 1970.
  ///
  /// A zone that is named must be the machine's own.
  static func timeOfDay(_ text: some StringProtocol, now: time_t = time(nil)) -> Int? {
    let digits = text.prefix { $0.isNumber || $0 == ":" }
    let parts = digits.split(separator: ":").map { Int($0) }
    guard let hour = parts.first ?? nil, parts.count <= 2, !parts.contains(nil) else { return nil }
    let rest = text.dropFirst(digits.count).drop { $0 == " " }
    let isAfternoon = rest.hasPrefix("pm")
    guard isAfternoon || rest.hasPrefix("am"), (1...12).contains(hour) else { return nil }
    let zone = rest.dropFirst(2).drop { $0 == " " }
    if zone.hasPrefix("("), !isLocal(zone.dropFirst().prefix { $0 != ")" }) { return nil }
    var now = now
    var calendar = tm()
    guard localtime_r(&now, &calendar) != nil else { return nil }
    calendar.tm_hour = Int32(hour % 12 + (isAfternoon ? 12 : 0))
    calendar.tm_min = Int32((parts.count == 2 ? parts[1] : 0) ?? 0)
    calendar.tm_sec = 0
    calendar.tm_isdst = -1
    if mktime(&calendar) <= now { calendar.tm_mday += 1 }
    calendar.tm_isdst = -1
    let moment = mktime(&calendar)
    return moment > now ? Int(moment) : nil
  }

  private static func isLocal(_ zone: some StringProtocol) -> Bool {
    if let name = getenv("TZ"), name.pointee != 0 {
      return String(cString: name).lowercased() == zone
    }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/etc/localtime", &buffer, buffer.count)
    guard count > 0 else { return zone == "utc" }
    let path = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    return path.lowercased().hasSuffix("/\(zone)")
  }
}

extension String {
  /// What follows the first occurrence of a phrase.
  fileprivate func remainder(after phrase: String) -> Substring? {
    var index = startIndex
    while index < endIndex {
      if self[index...].hasPrefix(phrase) { return self[index...].dropFirst(phrase.count) }
      index = self.index(after: index)
    }
    return nil
  }
}
