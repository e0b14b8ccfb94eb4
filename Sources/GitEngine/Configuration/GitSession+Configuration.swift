internal import CLibGit2

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// Where a configuration variable is kept, the least specific one first.
///
/// More specific ones win when a variable is read.
public enum ConfigurationLevel: Int, Hashable, Sendable, CaseIterable {
  /// For all users of the machine.
  case system
  /// For one user.
  case global
  /// For one repository.
  case local
  /// For one worktree, with `extensions.worktreeConfig`.
  case worktree
}

/// A configuration variable and one of its values.
public struct ConfigurationEntry: Hashable, Sendable {
  /// The full name, section and key in lower case: "branch.Topic.merge".
  public var name: String
  /// The value as text; a variable without "=" has an empty one.
  public var value: String
  /// Where it is kept.
  public var level: ConfigurationLevel
}

extension GitSession {
  /// The value of a configuration variable, the most specific one; `nil` when it is not set.
  public func configuration(_ name: String) throws(GitError) -> String? {
    try withConfiguration(name) { (snapshot, operation) throws(GitError) in
      var value: UnsafePointer<CChar>?
      guard try checkFound(git_config_get_string(&value, snapshot, name), operation)
      else { return nil }
      return value.map { String(cString: $0) }
    }
  }

  /// The truth of a configuration variable, by git's rules; `nil` when it is not set.
  public func configurationFlag(_ name: String) throws(GitError) -> Bool? {
    try withConfiguration(name) { (snapshot, operation) throws(GitError) in
      var value: Int32 = 0
      let isFound = try checkFound(git_config_get_bool(&value, snapshot, name), operation)
      return isFound ? value != 0 : nil
    }
  }

  /// The number of a configuration variable, with git's units `k`, `m` and `g`; `nil` when it is
  /// not set.
  public func configurationInteger(_ name: String) throws(GitError) -> Int64? {
    try withConfiguration(name) { (snapshot, operation) throws(GitError) in
      var value: Int64 = 0
      let isFound = try checkFound(git_config_get_int64(&value, snapshot, name), operation)
      return isFound ? value : nil
    }
  }

  /// The path of a configuration variable, `~` expanded; `nil` when it is not set.
  public func configurationPath(_ name: String) throws(GitError) -> FilePath? {
    try withConfiguration(name) { (snapshot, operation) throws(GitError) in
      var buffer = git_buf()
      guard try checkFound(git_config_get_path(&buffer, snapshot, name), operation) else {
        return nil
      }
      defer { git_buf_dispose(&buffer) }
      return buffer.ptr.map { FilePath(platformString: $0) }
    }
  }

  /// All values of a variable that may have several, in the order in which git reads them.
  public func configurationValues(_ name: String) throws(GitError) -> [String] {
    guard let wanted = ConfigurationName(name) else { return [] }
    return try configurationEntries { $0 == wanted }.map(\.value)
  }

  /// The variables whose name starts with `prefix`, such as "branch.", in the order in which git
  /// reads them; all of them for an empty one.
  public func configurationEntries(
    under prefix: String = ""
  ) throws(GitError) -> [ConfigurationEntry] {
    try configurationEntries { $0.text.hasPrefix(prefix) }
  }

  private func configurationEntries(
    where isMeant: (ConfigurationName) -> Bool
  ) throws(GitError) -> [ConfigurationEntry] {
    try withConfiguration("*") { (snapshot, operation) throws(GitError) in
      var iterator: OpaquePointer?
      try check(git_config_iterator_new(&iterator, snapshot), "list configuration variables")
      defer { git_config_iterator_free(iterator) }
      var found: [ConfigurationEntry] = []
      var entry: UnsafeMutablePointer<git_config_entry>?
      while git_config_next(&entry, iterator) == 0, let entry = entry?.pointee {
        let name = String(cString: entry.name)
        guard let parsed = ConfigurationName(name), isMeant(parsed) else { continue }
        found.append(
          ConfigurationEntry(
            name: name, value: entry.value.map { String(cString: $0) } ?? "",
            level: ConfigurationLevel(entry.level)))
      }
      git_error_clear()
      // libgit2 goes from the most specific file to the least specific one.
      return found.enumerated().sorted {
        ($0.element.level.rawValue, $0.offset) < ($1.element.level.rawValue, $1.offset)
      }.map(\.element)
    }
  }

  /// The names of the configuration variables of a section that are meant, each time one is set.
  func configurationNames(
    under prefix: String, where isMeant: (String) -> Bool
  ) throws(GitError) -> [String] {
    try withConfiguration("*") { (snapshot, _) throws(GitError) in
      var names: [String] = []
      try visitConfiguration(snapshot, under: prefix, "list configuration variables") { name, _ in
        if isMeant(name) { names.append(name) }
      }
      return names
    }
  }

  private func withConfiguration<Value>(
    _ name: String, _ body: (OpaquePointer, String) throws(GitError) -> Value
  ) throws(GitError) -> Value {
    let operation = "read the configuration variable '\(name)'"
    let snapshot = try Owned<ConfigHandle>(operation) {
      git_repository_config_snapshot(&$0, raw)
    }
    return try body(snapshot.pointer, operation)
  }
}

extension ConfigurationLevel {
  fileprivate init(_ level: git_config_level_t) {
    self =
      switch level {
      case GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM: .system
      case GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL: .global
      case GIT_CONFIG_LEVEL_LOCAL: .local
      // libgit2 before 1.8 does not know the file of a worktree; the engine adds it itself.
      default: .worktree
      }
  }
}

/// The name of a variable; section and key are equal in any case, what is between is not.
struct ConfigurationName: Hashable {
  var text: String

  init?(_ name: String) {
    guard let first = name.firstIndex(of: "."), let last = name.lastIndex(of: ".") else {
      return nil
    }
    text = name[..<first].lowercased() + name[first..<last] + name[last...].lowercased()
  }
}
