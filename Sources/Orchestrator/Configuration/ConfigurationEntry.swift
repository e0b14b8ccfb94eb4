#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// One key with its value in force and where that comes from, to be shown.
public struct ConfigurationEntry: Encodable, Sendable {
  /// The key with its section.
  public let key: String
  /// Where the value comes from.
  public let origin: ConfigurationOrigin
  /// What the key is for.
  public let meaning: String
  private let value: JSONValue

  /// The value as JSON on one line.
  public var text: String { value.text }

  /// The entry as an object with the members `key`, `value`, `source`, `meaning`, and those that
  /// say which file, line, variable or flag it is.
  public func encode(to encoder: any Encoder) throws {
    var fields: [String: JSONValue] = [
      "key": .string(key), "value": value, "meaning": .string(meaning),
    ]
    fields.merge(origin.fields) { $1 }
    try fields.encode(to: encoder)
  }

  fileprivate init?(_ setting: Setting, _ configuration: Configuration) {
    guard let value = setting.show(configuration) else { return nil }
    (key, meaning, self.value) = (setting.key, setting.meaning, value)
    origin = configuration.sources.origins[setting.key] ?? .builtIn
  }
}

extension Configuration {
  /// Every key that has a meaning here, with its value in force.
  public var entries: [ConfigurationEntry] {
    Self.settings.compactMap { ConfigurationEntry($0, self) }.sorted { $0.key < $1.key }
  }

  /// Every key that a file may set without an error in `parallel`, or that is read elsewhere.
  public static var knownKeys: [String] {
    (settings.map(\.key) + ConfigurationAlias.names.keys.map { "parallel.\($0)" }).sorted()
  }
}

extension ConfigurationOrigin {
  fileprivate var fields: [String: JSONValue] {
    switch self {
    case .builtIn: ["source": .string("default")]
    case .file(let file, let line, _):
      [
        "source": .string("file"), "file": .string(file.string),
        "line": line.map { .integer($0) } ?? .null,
      ]
    case .environmentFile(let file, let line, let variable):
      [
        "source": .string("environment file"), "file": .string(file.string),
        "line": .integer(line), "variable": .string(variable),
      ]
    case .environment(let variable):
      ["source": .string("environment"), "variable": .string(variable)]
    case .flag(let name): ["source": .string("flag"), "flag": .string(name)]
    }
  }
}
