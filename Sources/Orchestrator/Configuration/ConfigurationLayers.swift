/// One source of configuration as it was read: a file, the environment, the command line.
struct ConfigurationLayer {
  let value: JSONValue
  /// Where the value at a path is written, as far as it is known.
  let origins: [[String]: ConfigurationOrigin]
  /// Where the layer as a whole comes from.
  let origin: ConfigurationOrigin
}

/// All sources, each merged over the ones before it.
struct ConfigurationLayers {
  private let layers: [ConfigurationLayer]
  private let merged: JSONValue

  init(_ layers: [ConfigurationLayer]) {
    self.layers = layers.map(ConfigurationAlias.renamed)
    merged = self.layers.reduce(.object([:])) { $0.merging($1.value) }
  }

  /// The value at `path`; `nil` when nothing sets it, or sets it to `null`.
  subscript(path: [String]) -> JSONValue? {
    guard let value = merged[path: path], value != .null else { return nil }
    return value
  }

  /// The keys that are set in the object at `path`, sorted.
  func keys(at path: [String]) -> [String] {
    guard case .object(let members)? = self[path] else { return [] }
    return members.keys.sorted()
  }

  /// Where the value at `path` is written that is in force.
  ///
  /// A key that is missing is looked for where the object stands that should hold it.
  func origin(of path: [String]) -> ConfigurationOrigin {
    let paths = (0...path.count).reversed().map { Array(path.prefix($0)) }
    let layer = paths.lazy.compactMap { path in layers.last { $0.value[path: path] != nil } }.first
    guard let layer else { return .builtIn }
    return paths.lazy.map { ConfigurationAlias.written($0, in: layer) }
      .compactMap { layer.origins[$0] }.first ?? layer.origin
  }

  /// An error about the key at `path`, in the source that decides its value.
  func error(_ reason: ConfigurationError.Reason, at path: [String]) -> ConfigurationError {
    let layer = layers.last { $0.value[path: path] != nil }
    let written = layer.map { ConfigurationAlias.written(path, in: $0) } ?? path
    return ConfigurationError(
      reason, in: origin(of: path), key: written.joined(separator: "."))
  }
}

/// Second names of keys, kept from older configuration files.
///
/// They are renamed in each source before the sources are merged, so that one file's alias
/// overrides the other file's key. Within a file the key itself wins.
enum ConfigurationAlias {
  static let names = [
    "timeout_seconds": "timeout_per_issue",
    "stream_output": "stream_subprocess_output",
  ]

  /// The source's content with every alias in `parallel` replaced by its key.
  static func renamed(_ layer: ConfigurationLayer) -> ConfigurationLayer {
    guard case .object(var root) = layer.value, case .object(var section)? = root["parallel"]
    else { return layer }
    for (alias, key) in names {
      if let aliased = section.removeValue(forKey: alias), section[key] == nil {
        section[key] = aliased
      }
    }
    root["parallel"] = .object(section)
    return ConfigurationLayer(
      value: .object(root), origins: layer.origins, origin: layer.origin)
  }

  /// The path as the source spells it.
  static func written(_ path: [String], in layer: ConfigurationLayer) -> [String] {
    guard layer.origins[path] == nil, path.count == 2, path[0] == "parallel" else { return path }
    let aliases = names.filter { $0.value == path[1] }.keys.map { ["parallel", $0] }
    return aliases.first { layer.origins[$0] != nil } ?? path
  }
}
