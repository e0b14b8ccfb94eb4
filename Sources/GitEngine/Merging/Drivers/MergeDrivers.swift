internal import CLibGit2

/// What merges the contents of a file.
enum MergeDriver: Equatable {
  /// git's own merge, line by line.
  case text
  /// The same, with both sides of a conflict in the result.
  case union
  /// None: one side is taken, and different contents are a conflict.
  case binary
  /// A program of the configuration.
  case program(name: String, command: [UInt8])
}

/// The merge drivers of the configuration: `merge.default`, `merge.<name>.driver` and
/// `merge.<name>.recursive`.
struct MergeDrivers: Equatable {
  /// What the attribute `merge` says of a path.
  enum Attribute: Equatable {
    case unspecified
    /// "merge"
    case yes
    /// "-merge"
    case no
    /// "merge=name"
    case named(String)
  }

  struct Configured: Equatable {
    var command: [UInt8]?
    /// Which driver merges the merge bases.
    var recursive: String?
  }

  var fallback: String?
  var configured: [String: Configured] = [:]

  /// Reads them from a repository's configuration.
  init(_ repository: OpaquePointer) throws(GitError) {
    let operation = "list the merge drivers of the configuration"
    let snapshot = try Owned<ConfigHandle>(operation) {
      git_repository_config_snapshot(&$0, repository)
    }
    var entries: [(name: String, value: [UInt8]?)] = []
    try visitConfiguration(snapshot.pointer, under: "merge.", operation) { name, entry in
      let value = entry.value.map { RepositoryPath(cString: $0).bytes }
      entries.append((name, value))
    }
    // The later entry, of the more specific file, wins.
    for (name, value) in entries { add(name, value) }
  }

  init(fallback: String? = nil, configured: [String: Configured] = [:]) {
    self.fallback = fallback
    self.configured = configured
  }

  private mutating func add(_ variable: String, _ bytes: [UInt8]?) {
    if variable == "merge.default" {
      fallback = bytes.map { String(decoding: $0, as: UTF8.self) }
      return
    }
    // "merge.<name>.<key>": the name may hold dots itself.
    let parts = variable.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 2, let key = parts.last else { return }
    let name = parts.dropFirst().dropLast().joined(separator: ".")
    // Any key of its own makes a driver, as in git.
    var driver = configured[name] ?? Configured()
    switch key {
    case "driver": driver.command = bytes
    case "recursive": driver.recursive = bytes.map { String(decoding: $0, as: UTF8.self) }
    default: break
    }
    configured[name] = driver
  }

  /// The driver for an attribute's value.
  ///
  /// - Parameter isForAncestor: Whether merge bases are merged, into something that nobody sees.
  /// - Throws: A ``GitError`` when the configuration describes the driver and has no command for it.
  func driver(for attribute: Attribute, isForAncestor: Bool) throws(GitError) -> MergeDriver {
    var name: String?
    switch attribute {
    case .yes: return .text
    case .no: return .binary
    case .unspecified: name = fallback
    case .named(let value): name = value
    }
    if isForAncestor, let recursive = name.flatMap({ configured[$0]?.recursive }) {
      name = recursive
    }
    guard let name else { return .text }
    if let own = configured[name] {
      guard let command = own.command else {
        throw GitError(
          .notFound, operation: "merge with the driver '\(name)'",
          message: "the configuration has no command for it: set merge.\(name).driver")
      }
      return .program(name: name, command: command)
    }
    return switch name {
    case "binary": .binary
    case "union": .union
    // As git: what is not known merges like text.
    default: .text
    }
  }
}
