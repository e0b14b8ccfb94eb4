/// One object of the configuration, read key by key with exact types.
///
/// It remembers which keys it was asked for, so that in the end it knows which are unknown.
struct ConfigurationSection {
  private let layers: ConfigurationLayers
  private let path: [String]
  private(set) var knownKeys: Set<String> = []

  init(_ layers: ConfigurationLayers, at path: [String]) throws(ConfigurationError) {
    self.layers = layers
    self.path = path
    switch layers[path] {
    case nil, .object: break
    case .some(let value):
      throw layers.error(.wrongValue(found: value.summary, accepted: "an object"), at: path)
    }
  }

  /// The keys that the files set here.
  var keys: [String] {
    guard case .object(let members)? = layers[path] else { return [] }
    return members.keys.sorted()
  }

  mutating func bool(_ key: String) throws(ConfigurationError) -> Bool? {
    switch value(key) {
    case nil: return nil
    case .bool(let value): return value
    case .some(let value): throw wrong(value, key, "true or false")
    }
  }

  mutating func integer(
    _ key: String, in range: ClosedRange<Int>
  ) throws(ConfigurationError) -> Int? {
    let accepted =
      range.upperBound == .max
      ? "a whole number from \(range.lowerBound)"
      : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    switch value(key) {
    case nil: return nil
    case .integer(let value) where range.contains(value): return value
    case .some(let value): throw wrong(value, key, accepted)
    }
  }

  mutating func fraction(_ key: String) throws(ConfigurationError) -> Double? {
    switch value(key) {
    case nil: return nil
    case .integer(let value) where (0...1).contains(value): return Double(value)
    case .number(let value) where (0...1).contains(value): return value
    case .some(let value): throw wrong(value, key, "a number from 0 to 1")
    }
  }

  mutating func seconds(_ key: String) throws(ConfigurationError) -> Int? {
    // A century: more would only overflow somewhere.
    try integer(key, in: 0...3_155_760_000)
  }

  mutating func text(_ key: String, accepted: String = "a text") throws(ConfigurationError)
    -> String?
  {
    switch value(key) {
    case nil: return nil
    case .string(let value): return value
    case .some(let value): throw wrong(value, key, accepted)
    }
  }

  mutating func texts(_ key: String) throws(ConfigurationError) -> [String]? {
    guard let value = value(key) else { return nil }
    let accepted = "a list of texts"
    guard case .array(let elements) = value else { throw wrong(value, key, accepted) }
    var texts: [String] = []
    for element in elements {
      guard case .string(let text) = element else {
        throw wrong("a list with \(element.summary)", key, accepted)
      }
      texts.append(text)
    }
    return texts
  }

  mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, of type: Choice.Type
  ) throws(ConfigurationError) -> Choice? where Choice.RawValue == String {
    let accepted = type.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    guard let text = try text(key, accepted: accepted) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw wrong(JSONValue.string(text).summary, key, accepted)
    }
    return choice
  }

  /// Takes a key whose feature this version lacks: any value but `accepted` is an error.
  mutating func unsupported(_ key: String, accepted: [JSONValue]) throws(ConfigurationError) {
    guard let value = value(key), !accepted.contains(value) else { return }
    let summaries = accepted.map(\.summary).joined(separator: ", ")
    throw error(.unsupported(found: value.summary, accepted: summaries), key)
  }

  /// Takes a key that has no meaning for this program.
  mutating func ignore(_ keys: String...) { knownKeys.formUnion(keys) }

  /// The section at `key`.
  mutating func section(_ key: String) throws(ConfigurationError) -> ConfigurationSection {
    knownKeys.insert(key)
    return try ConfigurationSection(layers, at: path + [key])
  }

  /// Complains about the first key that nothing asked for.
  func rejectUnknownKeys() throws(ConfigurationError) {
    guard let unknown = keys.first(where: { !knownKeys.contains($0) }) else { return }
    let accepted = knownKeys.sorted().map { (path + [$0]).joined(separator: ".") }
    throw error(.unknownKey(accepted: accepted), unknown)
  }

  func wrong(_ found: String, _ key: String, _ accepted: String) -> ConfigurationError {
    error(.wrongValue(found: found, accepted: accepted), key)
  }

  private func wrong(_ value: JSONValue, _ key: String, _ accepted: String) -> ConfigurationError {
    wrong(value.summary, key, accepted)
  }

  private func error(_ reason: ConfigurationError.Reason, _ key: String) -> ConfigurationError {
    layers.error(reason, at: path + [key])
  }

  private mutating func value(_ key: String) -> JSONValue? {
    knownKeys.insert(key)
    return layers[path + [key]]
  }
}
