internal import Yams

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension ConfigurationLayer {
  /// The content of a JSON file, whose top must be an object.
  init(json bytes: [UInt8], file: FilePath) throws(ConfigurationError) {
    do throws(JSONParser.Failure) {
      let (value, lines) = try JSONParser.parse(bytes)
      self.init(file: file, value: value, lines: lines)
    } catch {
      throw ConfigurationError(
        .malformed("not JSON: \(error.why)"),
        in: .file(file, line: error.line, column: error.column))
    }
    guard case .object = value else {
      throw ConfigurationError(.malformed("it is not an object"), in: .file(file))
    }
  }

  /// The frontmatter of a Markdown file, which must be a mapping; without one there is nothing.
  init(document bytes: [UInt8], file: FilePath) throws(ConfigurationError) {
    let document = IssueDocument(bytes)
    switch document.header {
    case .none:
      self.init(file: file, value: .object([:]), lines: [:])
    case .fields(let fields):
      var lines: [[String]: Int] = [:]
      let value = JSONValue(fields.node, lines: &lines, firstLine: 2)
      self.init(file: file, value: value, lines: lines)
    case .broken(let why, let line):
      throw ConfigurationError(.malformed(why), in: .file(file, line: line))
    }
  }

  private init(file: FilePath, value: JSONValue, lines: [[String]: Int]) {
    self.init(
      value: value, origins: lines.mapValues { .file(file, line: $0) }, origin: .file(file))
  }

  /// What environment variables set.
  init(environment: [String: String]) throws(ConfigurationError) {
    try self.init(
      environment.sorted { $0.key < $1.key }.map { name, value in
        (name, value, .environment(variable: name))
      }, origin: .environment(variable: Setting.variablePrefix))
  }

  /// What the variables of a `.env` file set.
  init(
    _ variables: [EnvironmentFile.Variable], of file: FilePath
  ) throws(ConfigurationError) {
    try self.init(
      variables.map { variable in
        (
          variable.name, variable.value,
          .environmentFile(file, line: variable.line, variable: variable.name)
        )
      }, origin: .file(file))
  }

  /// An empty variable counts as not set.
  private init(
    _ variables: [(name: String, value: String, origin: ConfigurationOrigin)],
    origin: ConfigurationOrigin
  ) throws(ConfigurationError) {
    var value = JSONValue.object([:])
    var origins: [[String]: ConfigurationOrigin] = [:]
    let settings = Dictionary(
      Configuration.settings.compactMap { setting in setting.variable.map { ($0, setting) } },
      uniquingKeysWith: { first, _ in first })
    for variable in variables where variable.name.hasPrefix(Setting.variablePrefix) {
      guard let setting = settings[variable.name] else {
        throw ConfigurationError(
          .unknownKey(accepted: settings.keys.sorted()), in: variable.origin, key: variable.name)
      }
      guard !variable.value.isEmpty else { continue }
      value = value.setting(setting.path, to: setting.value(ofVariable: variable.value))
      origins[setting.path] = variable.origin
    }
    self.init(value: value, origins: origins, origin: origin)
  }

  /// What the command line sets.
  init(flags: [ConfigurationFlag]) {
    var value = JSONValue.object([:])
    var origins: [[String]: ConfigurationOrigin] = [:]
    for flag in flags {
      let path = flag.key.split(separator: ".").map(String.init)
      value = value.setting(path, to: flag.value.json)
      origins[path] = .flag(flag.name)
    }
    self.init(value: value, origins: origins, origin: .flag("the command line"))
  }
}

extension ConfigurationFlag.Value {
  fileprivate var json: JSONValue {
    switch self {
    case .bool(let value): .bool(value)
    case .integer(let value): .integer(value)
    case .text(let value): .string(value)
    }
  }
}

extension Setting {
  /// The value that a variable's text stands for: the text itself, or JSON.
  fileprivate func value(ofVariable text: String) -> JSONValue {
    guard !isText, let (value, _) = try? JSONParser.parse(Array(text.utf8)) else {
      return .string(text)
    }
    return value
  }
}

extension JSONValue {
  /// This object with one more member, however deep.
  fileprivate func setting(_ path: [String], to value: JSONValue) -> JSONValue {
    guard let key = path.first else { return value }
    var members: [String: JSONValue] = [:]
    if case .object(let present) = self { members = present }
    let inner = members[key] ?? .object([:])
    members[key] = inner.setting(Array(path.dropFirst()), to: value)
    return .object(members)
  }

  /// A YAML value with the types that YAML gives it.
  fileprivate init(
    _ node: Node?, lines: inout [[String]: Int], path: [String] = [], firstLine: Int
  ) {
    switch node {
    case .mapping(let mapping):
      var members: [String: JSONValue] = [:]
      for (key, value) in mapping {
        guard let name = key.scalar?.string else { continue }
        let inner = path + [name]
        lines[inner] = key.mark.map { $0.line + firstLine - 1 }
        members[name] = JSONValue(value, lines: &lines, path: inner, firstLine: firstLine)
      }
      self = .object(members)
    case .sequence(let sequence):
      self = .array(
        sequence.map { JSONValue($0, lines: &lines, path: path, firstLine: firstLine) })
    case .scalar(let scalar):
      self = JSONValue(scalar)
    case .alias, nil:
      self = .null
    }
  }

  private init(_ scalar: Node.Scalar) {
    let node = Node.scalar(scalar)
    let text = JSONValue.string(scalar.string)
    switch node.tag {
    case Tag(.null): self = .null
    case Tag(.bool): self = node.bool.map { .bool($0) } ?? text
    case Tag(.int): self = node.int.map { .integer($0) } ?? text
    case Tag(.float): self = node.float.map { .number($0) } ?? text
    default: self = text
    }
  }
}
