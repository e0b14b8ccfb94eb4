internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

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
