internal import CLibGit2

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

extension GitSession {
  /// The value of a configuration variable, the most specific one; `nil` when it is not set.
  public func configuration(_ name: String) throws(GitError) -> String? {
    let operation = "read the configuration variable '\(name)'"
    let snapshot = try Owned<ConfigHandle>(operation) {
      git_repository_config_snapshot(&$0, raw)
    }
    var value: UnsafePointer<CChar>?
    guard try checkFound(git_config_get_string(&value, snapshot.pointer, name), operation)
    else { return nil }
    return value.map { String(cString: $0) }
  }

  /// The truth of a configuration variable, by git's rules; `nil` when it is not set.
  public func configurationFlag(_ name: String) throws(GitError) -> Bool? {
    let operation = "read the configuration variable '\(name)'"
    let snapshot = try Owned<ConfigHandle>(operation) {
      git_repository_config_snapshot(&$0, raw)
    }
    var value: Int32 = 0
    guard try checkFound(git_config_get_bool(&value, snapshot.pointer, name), operation)
    else { return nil }
    return value != 0
  }

  /// The names of the configuration variables that match a POSIX regular expression.
  func configurationNames(matching pattern: String) throws(GitError) -> [String] {
    let operation = "list configuration variables"
    let snapshot = try Owned<ConfigHandle>(operation) {
      git_repository_config_snapshot(&$0, raw)
    }
    var iterator: OpaquePointer?
    try check(git_config_iterator_glob_new(&iterator, snapshot.pointer, pattern), operation)
    defer { git_config_iterator_free(iterator) }
    var names: [String] = []
    var entry: UnsafeMutablePointer<git_config_entry>?
    while git_config_next(&entry, iterator) == 0, let entry {
      names.append(String(cString: entry.pointee.name))
    }
    git_error_clear()
    return names
  }

  /// Whom commits are by: `GIT_AUTHOR_*` and `GIT_COMMITTER_*` in the environment, else
  /// `author.*`, `committer.*` and `user.*` in the configuration; `nil` when a part is missing.
  public func identity() throws(GitError) -> (author: Signature, committer: Signature)? {
    try identity(environment: environmentVariable)
  }

  func identity(
    environment: (String) -> String?
  ) throws(GitError) -> (author: Signature, committer: Signature)? {
    guard let author = try signature("author", environment),
      let committer = try signature("committer", environment)
    else { return nil }
    return (author, committer)
  }

  private func signature(
    _ role: String, _ environment: (String) -> String?
  ) throws(GitError) -> Signature? {
    func value(_ field: String) throws(GitError) -> String? {
      let variable = "GIT_\(role.uppercased())_\(field.uppercased())"
      if let text = environment(variable) { return text }
      if let text = try configuration("\(role).\(field)"), !text.isEmpty { return text }
      if let text = try configuration("user.\(field)"), !text.isEmpty { return text }
      return nil
    }
    guard let name = try value("name"),
      let email = try value("email") ?? environment("EMAIL")
    else { return nil }
    return Signature(name: name, email: email)
  }
}

extension GitSession where Access == Writing {
  /// Sets a configuration variable of this repository.
  public func setConfiguration(_ name: String, to value: String) throws(GitError) {
    let operation = "set the configuration variable '\(name)'"
    let all = try Owned<ConfigHandle>(operation) { git_repository_config(&$0, raw) }
    let local = try Owned<ConfigHandle>(operation) {
      git_config_open_level(&$0, all.pointer, GIT_CONFIG_LEVEL_LOCAL)
    }
    try retryingWhileLocked(upTo: lockPatience) { () throws(GitError) in
      _ = try check(git_config_set_string(local.pointer, name, value), operation)
    }
  }
}

func environmentVariable(_ name: String) -> String? {
  guard let text = getenv(name), text.pointee != 0 else { return nil }
  return String(cString: text)
}
