#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// A kind of value that a key may have.
struct ValueKind<Value: Sendable>: Sendable {
  /// What is accepted, for a message.
  let accepted: String
  var isText = false
  /// The value; `nil` when it does not fit.
  let decode: @Sendable (JSONValue) -> Value?
  let encode: @Sendable (Value) -> JSONValue

  func decoded(_ value: JSONValue) throws(Setting.Misfit) -> Value {
    guard let decoded = decode(value) else {
      throw Setting.Misfit(found: value.summary, accepted: accepted)
    }
    return decoded
  }
}

extension ValueKind where Value == Bool {
  static let bool = ValueKind(accepted: "true or false") { value in
    if case .bool(let flag) = value { flag } else { nil }
  } encode: {
    .bool($0)
  }
}

extension ValueKind where Value == Int {
  static func count(from least: Int, to most: Int = .max) -> ValueKind {
    let limit = most == .max ? "" : " to \(most)"
    return ValueKind(accepted: "a whole number from \(least)\(limit)") { value in
      guard case .integer(let number) = value, (least...most).contains(number) else { return nil }
      return number
    } encode: {
      .integer($0)
    }
  }
}

extension ValueKind where Value == Double {
  static let fraction = ValueKind(accepted: "a number from 0 to 1") { value in
    switch value {
    case .integer(let number) where (0...1).contains(number): Double(number)
    case .number(let number) where (0...1).contains(number): number
    default: nil
    }
  } encode: {
    .number($0)
  }
}

extension ValueKind where Value == Duration {
  // A century at most: more would only overflow somewhere.
  private static let whole = ValueKind<Int>.count(from: 0, to: 3_155_760_000)

  static let seconds = ValueKind(accepted: whole.accepted) {
    whole.decode($0).map { .seconds($0) }
  } encode: {
    .integer(Int($0.components.seconds))
  }
}

extension ValueKind where Value == Duration? {
  /// Seconds; 0 for no limit.
  static let limit = ValueKind(accepted: ValueKind<Duration>.seconds.accepted) { value in
    guard let time = ValueKind<Duration>.seconds.decode(value) else { return nil }
    return .some(time == .zero ? nil : time)
  } encode: {
    $0.map(ValueKind<Duration>.seconds.encode) ?? .integer(0)
  }
}

extension ValueKind where Value == String {
  static let text = ValueKind(accepted: "a text", isText: true) { value in
    if case .string(let text) = value { text } else { nil }
  } encode: {
    .string($0)
  }
}

extension ValueKind where Value == String? {
  /// A text; the empty one is none.
  static let text = ValueKind(accepted: "a text", isText: true) { value in
    guard let text = ValueKind<String>.text.decode(value) else { return nil }
    return .some(text.isEmpty ? nil : text)
  } encode: {
    $0.map { .string($0) } ?? .null
  }
}

extension ValueKind where Value == [String] {
  /// A list of texts that all fit.
  static func texts(
    _ accepted: String = "a list of texts", where fits: @escaping @Sendable ([String]) -> Bool
  ) -> ValueKind {
    ValueKind(accepted: accepted) { value in
      guard case .array(let elements) = value else { return nil }
      let texts = elements.compactMap { ValueKind<String>.text.decode($0) }
      return texts.count == elements.count && fits(texts) ? texts : nil
    } encode: {
      .array($0.map { .string($0) })
    }
  }

  static let texts = texts { _ in true }

  /// Paths that stay below the project root.
  static let relativePaths = texts("a list of relative paths without '..'") { paths in
    paths.allSatisfy(isRelativeBelow)
  }
}

extension ValueKind where Value == [String]? {
  /// A program and its arguments.
  static let command = ValueKind(accepted: "a list of texts: the program, then its arguments") {
    ValueKind<[String]>.texts { !($0.first?.isEmpty ?? true) }.decode($0).map { .some($0) }
  } encode: {
    $0.map(ValueKind<[String]>.texts.encode) ?? .null
  }
}

extension ValueKind where Value == FilePath {
  static let path = ValueKind(accepted: "a path", isText: true) { value in
    guard let text = ValueKind<String>.text.decode(value), !text.isEmpty, !text.utf8.contains(0)
    else { return nil }
    return FilePath(text)
  } encode: {
    .string($0.string)
  }
}

extension ValueKind
where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
  static var choice: ValueKind {
    let names = Value.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    return ValueKind(accepted: names, isText: true) { value in
      ValueKind<String>.text.decode(value).flatMap { Value(rawValue: $0) }
    } encode: {
      .string($0.rawValue)
    }
  }
}

/// Whether the path is relative and does not leave the directory it starts from.
func isRelativeBelow(_ path: String) -> Bool {
  let components = path.utf8.split(separator: UInt8(ascii: "/"))
  return !components.isEmpty && path.utf8.first != UInt8(ascii: "/") && !path.utf8.contains(0)
    && !components.contains { $0.elementsEqual("..".utf8) }
}
