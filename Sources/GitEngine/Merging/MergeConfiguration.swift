internal import CLibGit2

/// What the configuration says of merges.
struct MergeConfiguration {
  var detectsRenames = true
  var renameLimit = 7000
  var directoryRenames = MergeOptions.DirectoryRenames.conflict
  var conflictStyle = MergeOptions.ConflictStyle.merge

  init(_ git: borrowing GitSession<some Any>) throws(GitError) {
    let operation = "read how the repository merges"
    let snapshot = try Owned<ConfigHandle>(operation) {
      git_repository_config_snapshot(&$0, git.raw)
    }
    func text(_ name: String) throws(GitError) -> String? {
      var value: UnsafePointer<CChar>?
      guard try checkFound(git_config_get_string(&value, snapshot.pointer, name), operation)
      else { return nil }
      return value.map { String(cString: $0) }
    }
    func flag(_ text: String) -> Bool? {
      var value: Int32 = 0
      guard git_config_parse_bool(&value, text) == 0 else {
        git_error_clear()
        return nil
      }
      return value != 0
    }
    // The later name wins. "copies" is more than yes.
    for name in ["diff.renames", "merge.renames"] {
      if let value = try text(name) { detectsRenames = flag(value) ?? true }
    }
    for name in ["diff.renameLimit", "merge.renameLimit"] {
      var value: Int32 = 0
      if try checkFound(git_config_get_int32(&value, snapshot.pointer, name), operation) {
        renameLimit = value > 0 ? Int(value) : 7000
      }
    }
    if let value = try text("merge.directoryRenames") {
      if let isOn = flag(value) {
        directoryRenames = isOn ? .apply : .off
      } else if value.lowercased() == "conflict" {
        directoryRenames = .conflict
      }
    }
    switch try text("merge.conflictStyle") {
    case "diff3": conflictStyle = .diff3
    case "zdiff3": conflictStyle = .zdiff3
    default: conflictStyle = .merge
    }
  }
}

extension ThreeWayMerge.Settings {
  init(
    _ options: MergeOptions, _ configuration: MergeConfiguration, labels: MergeOptions.Labels,
    ancestorLabel: String
  ) {
    self.labels = labels
    self.ancestorLabel = ancestorLabel
    favor = options.favor
    detectsRenames = options.detectsRenames ?? configuration.detectsRenames
    renameLimit = options.renameLimit.map { $0 > 0 ? $0 : 7000 } ?? configuration.renameLimit
    directoryRenames = options.directoryRenames ?? configuration.directoryRenames
    style = options.conflictStyle ?? configuration.conflictStyle
  }
}
