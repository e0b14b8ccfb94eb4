internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession {
  /// What of a commit is written into a sparse working tree, and what only the index has.
  func divide(
    _ commit: ObjectID, _ sparse: SparseCheckout
  ) throws(GitError) -> (inside: [TreeChange], outside: [TreeChange]) {
    guard case .cone = sparse else {
      throw GitError(
        .unsupported, operation: "check out \(commit.short)",
        message: "the repository is a sparse checkout with patterns; only cone mode is supported: "
          + "run 'git sparse-checkout set --cone …'")
    }
    var parts: (inside: [TreeChange], outside: [TreeChange]) = ([], [])
    for change in try changes(from: nil, to: tree(of: commit)) {
      if sparse.contains(change.path) {
        parts.inside.append(change)
      } else {
        parts.outside.append(change)
      }
    }
    return parts
  }

  /// Adds entries for files that are not in the working tree.
  func addSkippedEntries(_ files: [TreeChange]) throws(GitError) {
    let operation = "write the index of \(workingTree?.description ?? "no working tree")"
    let index = try Owned<IndexHandle>(operation) { git_repository_index(&$0, raw) }
    try check(git_index_read(index.pointer, 1), operation)
    for file in files {
      guard let version = file.new else { continue }
      var entry = git_index_entry()
      entry.id = version.id.raw
      entry.mode = version.mode.rawValue
      entry.flags_extended = UInt16(GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue)
      let status = file.path.withCString { text in
        entry.path = text
        return git_index_add(index.pointer, &entry)
      }
      try check(status, operation)
    }
    try check(git_index_write(index.pointer), operation)
  }
}

extension WorktreeRegistration {
  /// Gives the new worktree the rules of a sparse checkout and the configuration of the one that it is
  /// made from, as `git worktree add` does.
  func copySettings<Access>(from git: borrowing GitSession<Access>) throws(GitError) {
    let source = git.gitDirectory
    if try git.configurationFlag("core.sparseCheckout") == true {
      let rules = source.pushing("info/sparse-checkout")
      if try fileStatus(rules) != nil {
        try makeDirectories(gitDirectory.appending("info"))
        try writeNewFile(gitDirectory.pushing("info/sparse-checkout"), readWholeFile(rules))
      }
    }
    let settings = source.appending("config.worktree")
    guard try git.configurationFlag("extensions.worktreeConfig") == true,
      try fileStatus(settings) != nil
    else { return }
    let copy = gitDirectory.appending("config.worktree")
    try writeNewFile(copy, readWholeFile(settings))
    try removeForeignSettings(copy)
  }

  /// Where a checkout is, and that it is none, holds for that one alone.
  private func removeForeignSettings(_ file: FilePath) throws(GitError) {
    let operation = "write the configuration \(file)"
    let configuration = try Owned<ConfigHandle>(operation) { out in
      file.withPlatformString { git_config_open_ondisk(&out, $0) }
    }
    for name in ["core.worktree", "core.bare"] {
      _ = try checkFound(git_config_delete_entry(configuration.pointer, name), operation)
    }
  }
}
