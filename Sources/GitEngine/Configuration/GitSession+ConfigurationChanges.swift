internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession where Access == Writing {
  /// Sets a configuration variable: its one value, or the one that it has in the file now.
  ///
  /// - Parameters:
  ///   - name: The variable: "branch.main.remote".
  ///   - value: Its new value.
  ///   - level: Which file; the repository's own unless another is asked for.
  /// - Throws: A ``GitError``, with the code `unsupported` for a worktree's file where
  ///   `extensions.worktreeConfig` is off, or when the variable has several values there.
  public func setConfiguration(
    _ name: String, to value: String, at level: ConfigurationLevel = .local
  ) throws(GitError) {
    try change(name, "set", level) { git_config_set_string($0, name, value) }
  }

  /// Adds a value to a variable that may have several.
  public func addConfiguration(
    _ name: String, _ value: String, at level: ConfigurationLevel = .local
  ) throws(GitError) {
    // No value matches this, so none is replaced.
    try change(name, "add to", level) { git_config_set_multivar($0, name, "$^", value) }
  }

  /// Removes a variable with all its values from one file; false when it was not there.
  @discardableResult
  public func unsetConfiguration(
    _ name: String, at level: ConfigurationLevel = .local
  ) throws(GitError) -> Bool {
    var isFound = true
    try change(name, "unset", level) { file in
      let status = git_config_delete_multivar(file, name, ".*")
      guard status == GIT_ENOTFOUND.rawValue else { return status }
      isFound = false
      git_error_clear()
      return 0
    }
    return isFound
  }

  /// Moves all variables of a section of the repository's configuration: "branch.a" to "branch.b".
  func moveConfiguration(under section: String, to newSection: String) throws(GitError) {
    let entries = try configurationEntries(under: section + ".").filter { $0.level == .local }
    for entry in entries {
      let key = entry.name.dropFirst(section.count)
      try addConfiguration(newSection + key, entry.value)
    }
    for name in Set(entries.map(\.name)) { try unsetConfiguration(name) }
  }

  private func change(
    _ name: String, _ verb: String, _ level: ConfigurationLevel,
    _ body: (OpaquePointer) -> Int32
  ) throws(GitError) {
    let operation = "\(verb) the configuration variable '\(name)'"
    let file = try open(level, operation)
    let pointer = file.pointer
    try retryingWhileLocked(upTo: lockPatience) { () throws(GitError) in
      _ = try check(body(pointer), operation)
    }
  }

  private func open(
    _ level: ConfigurationLevel, _ operation: String
  ) throws(GitError) -> Owned<ConfigHandle> {
    if level == .worktree {
      guard try configurationFlag("extensions.worktreeConfig") == true else {
        throw GitError(
          .unsupported, operation: operation,
          message: "extensions.worktreeConfig is off, so that a worktree has no file of its own")
      }
      let path = gitDirectory.appending("config.worktree")
      return try Owned<ConfigHandle>(operation) { out in
        path.withPlatformString { git_config_open_ondisk(&out, $0) }
      }
    }
    let all = try Owned<ConfigHandle>(operation) { git_repository_config(&$0, raw) }
    return try Owned<ConfigHandle>(operation) { out in
      switch level {
      case .global: git_config_open_global(&out, all.pointer)
      case .system: git_config_open_level(&out, all.pointer, GIT_CONFIG_LEVEL_SYSTEM)
      case .local, .worktree:
        git_config_open_level(&out, all.pointer, GIT_CONFIG_LEVEL_LOCAL)
      }
    }
  }
}
