#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// Why a configuration cannot be used.
public struct ConfigurationError: Error, Hashable, Sendable {
  /// What is wrong.
  public enum Reason: Hashable, Sendable {
    /// The file exists and cannot be read.
    case unreadable(String)
    /// The file's text is not what it should be.
    case malformed(String)
    /// The key does not exist.
    case unknownKey(accepted: [String])
    /// The value has the wrong type or lies outside its range.
    case wrongValue(found: String, accepted: String)
    /// The value asks for something that this version cannot do.
    case unsupported(found: String, accepted: String)
  }

  /// What is wrong.
  public let reason: Reason
  /// The file.
  public let file: FilePath
  /// The key with its section, such as `parallel.max_workers`; `nil` for the file as a whole.
  public let key: String?
  /// The line, from 1, where it is known.
  public let line: Int?
  /// The column, from 1, where it is known.
  public let column: Int?

  init(_ reason: Reason, file: FilePath, key: String? = nil, line: Int? = nil, column: Int? = nil) {
    self.reason = reason
    self.file = file
    self.key = key
    self.line = line
    self.column = column
  }

  /// The closest accepted key to one that does not exist, with its section.
  public var suggestion: String? {
    guard case .unknownKey(let accepted) = reason, let key else { return nil }
    return NearestMatch.of(key, among: accepted)
  }
}

extension ConfigurationError: CustomStringConvertible {
  /// One or two sentences for a person: the place, the key, what is wrong, what is accepted.
  public var description: String {
    "\(place): \(sentence)"
  }

  private var place: String {
    ([file.string] + [line, column].compactMap { $0.map(String.init) }).joined(separator: ":")
  }

  private var sentence: String {
    let name = key.map { "'\($0)'" } ?? "the file"
    switch reason {
    case .unreadable(let why):
      return "the configuration cannot be read: \(why)"
    case .malformed(let why):
      return "the configuration cannot be understood: \(why)"
    case .unknownKey(let accepted):
      if let suggestion { return "there is no key \(name); did you mean '\(suggestion)'?" }
      return "there is no key \(name); accepted: \(accepted.joined(separator: ", "))"
    case .wrongValue(let found, let accepted):
      return "\(name) is \(found); accepted: \(accepted)"
    case .unsupported(let found, let accepted):
      return "\(name) is \(found), which this version does not support; accepted: \(accepted)"
    }
  }
}
