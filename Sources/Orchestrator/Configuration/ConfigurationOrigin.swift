#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// Where the value of a key comes from.
///
/// A later case goes before an earlier one: a flag before the environment, that before a file.
public enum ConfigurationOrigin: Hashable, Sendable {
  /// Nothing sets it.
  case builtIn
  /// A configuration file; line and column count from 1 and are `nil` where they are not known.
  case file(FilePath, line: Int? = nil, column: Int? = nil)
  /// A variable in the project's `.env`, which stands in for one that the environment lacks.
  case environmentFile(FilePath, line: Int, variable: String)
  /// An environment variable.
  case environment(variable: String)
  /// A flag of the command line, as in `--workers`.
  case flag(String)
}

extension ConfigurationOrigin: CustomStringConvertible {
  /// The place as a person looks for it: `ll-config.json:3`, `--workers`.
  public var description: String {
    switch self {
    case .builtIn: "default"
    case .file(let file, let line, let column):
      ([file.string] + [line, column].compactMap { $0.map(String.init) }).joined(separator: ":")
    case .environmentFile(let file, let line, let variable): "\(file):\(line): \(variable)"
    case .environment(let variable): "environment variable \(variable)"
    case .flag(let name): name
    }
  }
}

/// What a flag of the command line sets in the configuration.
public struct ConfigurationFlag: Hashable, Sendable {
  /// A value as the command line has it.
  public enum Value: Hashable, Sendable {
    /// A switch.
    case bool(Bool)
    /// A whole number.
    case integer(Int)
    /// A text.
    case text(String)
  }

  /// The flag as it is written, such as `--workers`.
  public let name: String
  /// The key that it sets, such as `parallel.max_workers`.
  public let key: String
  /// What it sets the key to.
  public let value: Value

  /// A flag that sets a key.
  public init(_ name: String, sets key: String, to value: Value) {
    self.name = name
    self.key = key
    self.value = value
  }
}
