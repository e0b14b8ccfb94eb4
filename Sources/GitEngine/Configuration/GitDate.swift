#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A date as `GIT_AUTHOR_DATE` and its like give it: git's own form, ISO 8601 or RFC 2822.
///
/// Other than in git, names of time zones but `UTC`, `GMT` and `Z` are not read, nor `AM` and `PM`.
struct GitDate: Hashable {
  /// Seconds since 1970.
  var seconds: Int64
  /// Minutes east of UTC.
  var offset: Int32

  /// - Parameter localOffset: Minutes east of UTC where this runs, for the seconds of a date that
  ///   was given without a zone, as if it were in UTC.
  init?(_ text: String, localOffset: (Int64) -> Int32) {
    var parts = Parts()
    let separators: Set<Character> = [" ", ",", "\t", "\n"]
    for token in text.split(whereSeparator: { separators.contains($0) }) {
      guard parts.take(token) else { return nil }
    }
    if let seconds = parts.seconds {
      self.seconds = seconds
      offset = parts.offset ?? localOffset(seconds + Int64(localOffset(seconds)) * 60)
      return
    }
    guard let year = parts.year, let month = parts.month, let day = parts.day,
      let time = parts.time, (1...12).contains(month), (1...31).contains(day), year >= 1970,
      year < 2100
    else { return nil }
    let local = Self.days(year, month, day) * 86400 + Int64(time)
    offset = parts.offset ?? localOffset(local)
    seconds = local - Int64(offset) * 60
  }

  /// Days since 1970, by the rule of the Gregorian calendar.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468)
  }

  /// Minutes east of UTC where this runs, at a local time.
  static func localOffset(_ local: Int64) -> Int32 {
    var moment = time_t(local)
    var fields = tm()
    gmtime_r(&moment, &fields)
    fields.tm_isdst = -1
    var real = mktime(&fields)
    localtime_r(&real, &fields)
    return Int32(fields.tm_gmtoff / 60)
  }

  private struct Parts {
    var seconds: Int64?
    var year: Int?
    var month: Int?
    var day: Int?
    /// Seconds since midnight.
    var time: Int?
    var offset: Int32?

    private static let months = [
      "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// Takes one word; false when it means nothing.
    mutating func take(_ token: Substring) -> Bool {
      if token.first == "@" { return takeSeconds(token.dropFirst()) }
      if (token.first == "+" || token.first == "-") && (time != nil || seconds != nil) {
        return takeZone(token)
      }
      if token.first?.isLetter ?? false { return takeWord(token) }
      if let mark = token.firstIndex(where: { $0 == "T" || $0 == "t" }) {
        return takeDate(token[..<mark]) && takeTime(token[token.index(after: mark)...])
      }
      if token.contains(":") { return takeTime(token) }
      if token.contains(where: { "-/.".contains($0) }) { return takeDate(token) }
      if token.count >= 9 { return takeSeconds(token) }
      return takeNumber(token)
    }

    private mutating func takeSeconds(_ token: Substring) -> Bool {
      seconds = Int64(token)
      return seconds != nil && token.allSatisfy(\.isASCIIDigit)
    }

    private mutating func takeWord(_ token: Substring) -> Bool {
      let word = token.lowercased()
      if ["utc", "gmt", "z"].contains(word) {
        offset = 0
        return true
      }
      guard word.count >= 3 else { return false }
      if let index = Self.months.firstIndex(of: String(word.prefix(3))) {
        month = index + 1
        return true
      }
      return Self.weekdays.contains(String(word.prefix(3)))
    }

    private mutating func takeNumber(_ token: Substring) -> Bool {
      guard let number = Int(token) else { return false }
      if token.count == 4 {
        year = number
      } else if day == nil, number <= 31 {
        day = number
      } else {
        return false
      }
      return true
    }

    private mutating func takeDate(_ token: Substring) -> Bool {
      guard let mark = token.first(where: { !$0.isASCIIDigit }) else {
        return takeCompactDate(token)
      }
      let words = token.split(separator: mark, omittingEmptySubsequences: false)
      let numbers = words.compactMap { Int($0) }
      guard words.count == 3, numbers.count == 3 else { return false }
      if words[0].count == 4 {
        (year, month, day) = (numbers[0], numbers[1], numbers[2])
      } else if mark == "." {
        (day, month, year) = (numbers[0], numbers[1], numbers[2])
      } else {
        (month, day, year) = (numbers[0], numbers[1], numbers[2])
      }
      return true
    }

    private mutating func takeCompactDate(_ token: Substring) -> Bool {
      guard token.count == 8, let number = Int(token) else { return false }
      (year, month, day) = (number / 10000, number / 100 % 100, number % 100)
      return true
    }

    /// "22:13:13", with a fraction that does not count, and a zone behind.
    private mutating func takeTime(_ token: Substring) -> Bool {
      let end = token.firstIndex { !$0.isASCIIDigit && $0 != ":" && $0 != "." } ?? token.endIndex
      let clock = token[..<end].prefix { $0 != "." }
      var words = clock.split(separator: ":", omittingEmptySubsequences: false)
      if words.count == 1, clock.count == 6 {
        words = [clock.prefix(2), clock.dropFirst(2).prefix(2), clock.suffix(2)]
      }
      let numbers = words.compactMap { Int($0) }
      guard numbers.count == words.count, (2...3).contains(numbers.count),
        numbers[0] < 25, numbers[1] < 60, numbers.count < 3 || numbers[2] <= 60
      else { return false }
      time = numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)
      let zone = token[end...]
      if zone.isEmpty { return true }
      return zone.first?.isLetter ?? false ? takeWord(zone) : takeZone(zone)
    }

    /// "+0200", "+02:00", "+02".
    private mutating func takeZone(_ token: Substring) -> Bool {
      let digits = token.dropFirst().filter { $0 != ":" }
      guard token.first == "+" || token.first == "-", digits.allSatisfy(\.isASCIIDigit),
        let number = Int32(digits), digits.count <= 4, digits.count >= 1
      else { return false }
      let minutes = digits.count <= 2 ? number * 60 : number / 100 * 60 + number % 100
      offset = token.first == "-" ? -minutes : minutes
      return true
    }
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
