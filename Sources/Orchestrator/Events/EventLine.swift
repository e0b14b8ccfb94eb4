#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension RunEvents.Record {
  /// The record as one line of JSON with a line end; `nil` for what is not published.
  public var line: [UInt8]? {
    guard let name = event.name else { return nil }
    var fields = event.fields
    fields["event"] = .text(name)
    fields["seq"] = .number(sequence)
    fields["ts"] = .text(timestamp)
    fields["mono_ns"] = .number(Int(monotonicNanoseconds))
    fields["run_id"] = .text(runID)
    return try? JSONLine.encode(fields)
  }
}

/// JSON as one line of text.
enum JSONLine {
  static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
  }

  static func decode<Value: Decodable>(_ type: Value.Type, from line: some Sequence<UInt8>) throws
    -> Value
  {
    try JSONDecoder().decode(type, from: Data(line))
  }
}

/// Moments as text, in UTC.
enum UTC {
  /// "2026-01-02T03:04:05Z", with milliseconds if `fractional`.
  static func now(fractional: Bool = false) -> String { text(of: .now, fractional: fractional) }

  /// "20260102-030405", for names.
  static func compact() -> String { compact(.now) }

  /// "20260102-030405-8f3a": a name whose order is that of time, to the 65,536th of a second.
  static func ordered() -> String {
    let now = Date.now
    let second = now.timeIntervalSince1970.rounded(.down)
    let part = String(Int((now.timeIntervalSince1970 - second) * 65_536), radix: 16)
    let digits = String(repeating: "0", count: 4 - part.count) + part
    return "\(compact(Date(timeIntervalSince1970: second)))-\(digits)"
  }

  private static func compact(_ date: Date) -> String {
    text(of: date, fractional: false).filter { $0.isNumber || $0 == "T" }
      .map { $0 == "T" ? "-" : String($0) }.joined()
  }

  private static func text(of date: Date, fractional: Bool) -> String {
    date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: fractional))
  }
}
