/// One key of the configuration: what it means, how it is read, how its value in force is shown.
struct Setting: Sendable {
  /// The key with its section, such as `parallel.max_workers`.
  let key: String
  /// What it is for, as part of a sentence.
  let meaning: String
  /// Whether a text from the environment is the value itself and not JSON.
  var isText = false
  /// Puts a value into a configuration.
  let read: @Sendable (JSONValue, inout Configuration) throws(Misfit) -> Void
  /// The value in force; `nil` for a key that has no meaning here.
  let show: @Sendable (Configuration) -> JSONValue?

  /// Why a value is not taken.
  struct Misfit: Error {
    /// The keys from the setting's own down to what is wrong.
    var path: [String] = []
    var found: String
    var accepted: String
    /// Whether the value would be fine if this version could do what it asks for.
    var isUnsupported = false
  }

  var path: [String] { key.split(separator: ".").map(String.init) }

  /// The environment variable that sets it; only keys of our own section have one.
  var variable: String? {
    guard let name = Self.parallelName(of: key) else { return nil }
    return Self.variablePrefix + name.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
  }

  static let variablePrefix = "LL_PARALLEL_"

  private static func parallelName(of key: String) -> String? {
    let section = "parallel."
    return key.hasPrefix(section) ? String(key.dropFirst(section.count)) : nil
  }
}

extension Setting {
  /// A key that holds one value.
  static func value<Value>(
    _ key: String, _ kind: ValueKind<Value>,
    _ place: any WritableKeyPath<Configuration, Value> & Sendable, _ meaning: String
  ) -> Setting {
    Setting(
      key: key, meaning: meaning, isText: kind.isText,
      read: { value, configuration throws(Misfit) in
        configuration[keyPath: place] = try kind.decoded(value)
      }, show: { kind.encode($0[keyPath: place]) })
  }

  /// A key whose text counts as not set when it is empty.
  static func text(
    _ key: String, _ place: any WritableKeyPath<Configuration, String> & Sendable, _ meaning: String
  ) -> Setting {
    Setting(
      key: key, meaning: meaning, isText: true,
      read: { value, configuration throws(Misfit) in
        let text = try ValueKind.text.decoded(value)
        if !text.isEmpty { configuration[keyPath: place] = text }
      }, show: { .string($0[keyPath: place]) })
  }

  /// A key whose feature this version lacks: any value but `accepted` is an error.
  static func unsupported(_ key: String, accepted: [JSONValue], _ meaning: String) -> Setting {
    Setting(
      key: key, meaning: meaning,
      read: { value, _ throws(Misfit) in
        guard !accepted.contains(value) else { return }
        throw Misfit(
          found: value.summary, accepted: accepted.map(\.summary).joined(separator: ", "),
          isUnsupported: true)
      }, show: { _ in accepted.first })
  }

  /// A key of the Python tool that has no meaning for this program.
  static func ignored(_ key: String, _ meaning: String) -> Setting {
    Setting(key: key, meaning: meaning, read: { _, _ in }, show: { _ in nil })
  }
}
