/// A JSON value that keeps apart what JSON keeps apart: `true` is not 1, and 1 is not 1.5.
enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// The value with a short name of its type, for a message.
  var summary: String {
    switch self {
    case .null, .bool, .integer, .number: text
    case .string(let value):
      "the text \"\(value.prefix(40))\(value.count > 40 ? "…" : "")\""
    case .array:
      "the list \(text.prefix(60))\(text.count > 60 ? "…" : "")"
    case .object: "an object"
    }
  }

  /// The value as JSON on one line.
  var text: String {
    (try? JSONLine.encode(self)).map { String(decoding: $0.dropLast(), as: UTF8.self) } ?? ""
  }

  /// The value at the end of a path of keys.
  subscript(path path: some Collection<String>) -> JSONValue? {
    guard let key = path.first else { return self }
    guard case .object(let members) = self else { return nil }
    return members[key]?[path: path.dropFirst()]
  }

  /// This value with `layer` over it: objects are merged key by key, `null` removes a key, and
  /// everything else, lists too, is replaced.
  func merging(_ layer: JSONValue) -> JSONValue {
    guard case .object(let above) = layer else { return layer }
    var members: [String: JSONValue] = [:]
    if case .object(let below) = self { members = below }
    for (key, value) in above {
      members[key] = value == .null ? nil : (members[key] ?? .null).merging(value)
    }
    return .object(members)
  }
}

extension JSONValue: Encodable {
  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let values): try container.encode(values)
    case .object(let members): try container.encode(members)
    }
  }
}
