internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// What the configuration says of comparing a working tree with its index.
struct WorkingTreeSettings: Sendable {
  /// `core.fileMode`: whether the executable bit of files means something.
  var trustsExecutableBit = true
  /// `core.symlinks`: whether the file system has symbolic links.
  var hasSymbolicLinks = true
  /// `core.ignoreCase`: whether names that differ in case alone are one file.
  var ignoresCase = false
  /// `core.trustCtime`: whether a change of the inode alone makes a file suspect.
  var trustsChangeTime = true
  /// `core.checkStat`: false for "minimal".
  var comparesAllFacts = true
  /// `core.sparseCheckout`, unless `sparse.expectFilesOutsideOfPatterns`: a file that is there counts
  /// although its entry is marked "skip worktree".
  var findsSkippedFiles = false
  /// The bytes of `info/exclude`.
  var localRules: [UInt8] = []
  /// The file named by `core.excludesFile`.
  var userRules: [UInt8] = []
}

extension GitSession {
  func workingTreeSettings() throws(GitError) -> WorkingTreeSettings {
    var settings = WorkingTreeSettings()
    settings.trustsExecutableBit = try configurationFlag("core.fileMode") ?? true
    settings.hasSymbolicLinks = try configurationFlag("core.symlinks") ?? true
    settings.ignoresCase = try configurationFlag("core.ignoreCase") ?? false
    settings.trustsChangeTime = try configurationFlag("core.trustCtime") ?? true
    settings.comparesAllFacts = try configuration("core.checkStat")?.lowercased() != "minimal"
    let isSparse = try configurationFlag("core.sparseCheckout") ?? false
    let expectsFiles = try configurationFlag("sparse.expectFilesOutsideOfPatterns") ?? false
    settings.findsSkippedFiles = isSparse && !expectsFiles
    settings.localRules = (try? readWholeFile(commonDirectory.pushing("info/exclude"))) ?? []
    if let file = try userIgnoreFile() {
      settings.userRules = (try? readWholeFile(file)) ?? []
    }
    return settings
  }

  private func userIgnoreFile() throws(GitError) -> FilePath? {
    let operation = "read the configuration variable 'core.excludesFile'"
    let snapshot = try Owned<ConfigHandle>(operation) { git_repository_config_snapshot(&$0, raw) }
    var buffer = git_buf()
    if try checkFound(
      git_config_get_path(&buffer, snapshot.pointer, "core.excludesFile"), operation)
    {
      defer { git_buf_dispose(&buffer) }
      let file = buffer.ptr.map { FilePath(platformString: $0) } ?? FilePath()
      // Relative to where git works: the root of the checkout.
      return workingTree?.pushing(file) ?? file
    }
    if let place = environmentVariable("XDG_CONFIG_HOME") {
      return FilePath(place).pushing("git/ignore")
    }
    return environmentVariable("HOME").map { FilePath($0).pushing(".config/git/ignore") }
  }
}
