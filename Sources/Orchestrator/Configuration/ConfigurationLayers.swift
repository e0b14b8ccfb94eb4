#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// One configuration file as it was read.
struct ConfigurationLayer {
  let file: FilePath
  let value: JSONValue
  let lines: [[String]: Int]
}

/// The project's file with the person's own file merged over it.
struct ConfigurationLayers {
  private let layers: [ConfigurationLayer]
  private let merged: JSONValue

  init(_ layers: [ConfigurationLayer]) {
    let renamed = layers.map { layer in
      ConfigurationLayer(
        file: layer.file, value: ConfigurationAlias.renamed(layer.value), lines: layer.lines)
    }
    self.layers = renamed
    merged = renamed.reduce(.object([:])) { $0.merging($1.value) }
  }

  /// The value at `path`; `nil` when no file sets it, or sets it to `null`.
  subscript(path: [String]) -> JSONValue? {
    guard let value = merged[path: path], value != .null else { return nil }
    return value
  }

  /// An error about the key at `path`, in the file that decides its value.
  ///
  /// A key that is missing is looked for where the object stands that should hold it.
  func error(_ reason: ConfigurationError.Reason, at path: [String]) -> ConfigurationError {
    let paths = (0...path.count).reversed().map { Array(path.prefix($0)) }
    let layer = paths.lazy.compactMap { path in layers.last { $0.value[path: path] != nil } }.first
    let lines = layer?.lines ?? [:]
    let written = paths.map { ConfigurationAlias.written($0, in: lines) }
    return ConfigurationError(
      reason, file: layer?.file ?? "", key: written.first?.joined(separator: "."),
      line: written.lazy.compactMap { lines[$0] }.first)
  }
}

/// Second names of keys, kept from older configuration files.
///
/// They are renamed in each file before the files are merged, so that one file's alias overrides
/// the other file's key. Within a file the key itself wins.
enum ConfigurationAlias {
  private static let names = [
    "timeout_seconds": "timeout_per_issue",
    "stream_output": "stream_subprocess_output",
  ]

  /// The file's content with every alias in `parallel` replaced by its key.
  static func renamed(_ value: JSONValue) -> JSONValue {
    guard case .object(var root) = value, case .object(var section)? = root["parallel"] else {
      return value
    }
    for (alias, key) in names {
      if let aliased = section.removeValue(forKey: alias), section[key] == nil {
        section[key] = aliased
      }
    }
    root["parallel"] = .object(section)
    return .object(root)
  }

  /// The path as the file spells it.
  static func written(_ path: [String], in lines: [[String]: Int]) -> [String] {
    guard lines[path] == nil, path.count == 2, path[0] == "parallel" else { return path }
    let aliases = names.filter { $0.value == path[1] }.keys.map { ["parallel", $0] }
    return aliases.first { lines[$0] != nil } ?? path
  }
}
