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
  /// Where it is written.
  public let origin: ConfigurationOrigin
  /// The key with its section, such as `parallel.max_workers`; `nil` for the file as a whole.
  public let key: String?

  init(_ reason: Reason, in origin: ConfigurationOrigin, key: String? = nil) {
    self.reason = reason
    self.origin = origin
    self.key = key
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
    switch origin {
    // The flag or variable is what the person wrote; its key would only confuse.
    case .flag(let name): sentence(about: name)
    case .environment(let variable): sentence(about: "the environment variable \(variable)")
    default: "\(origin): \(sentence(about: key.map { "'\($0)'" } ?? "the file"))"
    }
  }

  private var isFlag: Bool { if case .flag = origin { true } else { false } }

  private func sentence(about name: String) -> String {
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
    case .unsupported where isFlag:
      return "\(name) is not supported by this version yet"
    case .unsupported(let found, let accepted):
      return "\(name) is \(found), which this version does not support; accepted: \(accepted)"
    }
  }
}
