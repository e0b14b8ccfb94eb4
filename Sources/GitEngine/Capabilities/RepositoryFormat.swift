internal import CLibGit2

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

extension GitRepository {
  /// What the repository at `path` uses, and what the engine does about it; also of one that cannot
  /// be opened.
  ///
  /// - Throws: A ``GitError`` when there is no repository, or it is damaged.
  public static func capabilities(at path: FilePath) async throws -> GitCapabilities {
    do {
      return try await open(path).read { git in try git.capabilities() }
    } catch let error as GitError where error.code == .foreignOwner {
      return GitCapabilities([
        GitCapabilities.Finding(.foreignOwner, .refused(RepositoryFormat.foreignOwner(path)))
      ])
    } catch let error as GitError where error.code == .unsupported {
      let refusals = try RepositoryFormat.refusals(at: path)
      guard !refusals.isEmpty else { throw error }
      return GitCapabilities(refusals)
    }
  }
}

/// Why a repository does not open, from its configuration alone.
enum RepositoryFormat {
  static let partialClone =
    "objects may be missing, and the engine fetches none; run 'git fetch --refetch --no-filter', "
    + "then unset extensions.partialClone and remote.<name>.promisor"

  static func foreignOwner(_ path: FilePath) -> String {
    "the directory belongs to another user; if you trust it, run "
      + "'git config --global --add safe.directory \(path)'"
  }

  /// The extensions, or the version, that the engine cannot work with.
  static func refusals(at path: FilePath) throws(GitError) -> [GitCapabilities.Finding] {
    guard let file = try configurationFile(at: path) else { return [] }
    let operation = "read the configuration \(file)"
    let configuration = try Owned<ConfigHandle>(operation) { out in
      file.withPlatformString { git_config_open_ondisk(&out, $0) }
    }
    var version: Int32 = 0
    _ = try checkFound(
      git_config_get_int32(&version, configuration.pointer, "core.repositoryFormatVersion"),
      operation)
    if version > 1 {
      return [
        GitCapabilities.Finding(
          .unknownFormat, ["version \(version)"],
          .refused("only the versions 0 and 1 are known; a newer engine may know it"))
      ]
    }
    guard version == 1 else { return [] }
    var found: [GitCapabilities.Finding] = []
    for (name, value) in try extensions(in: configuration, operation) {
      if let refusal = refusal(name, value) { found.append(refusal) }
    }
    return found
  }

  private static func refusal(_ name: String, _ value: String) -> GitCapabilities.Finding? {
    let names = ["extensions.\(name) = \(value)"]
    switch name {
    case "noop", "worktreeconfig", "preciousobjects", "relativeworktrees": return nil
    case "objectformat" where value == "sha1": return nil
    case "refstorage" where value == "files": return nil
    case "objectformat":
      return GitCapabilities.Finding(
        .objectFormat, names, .refused("only repositories with SHA-1 ids can be read"))
    case "refstorage":
      return GitCapabilities.Finding(
        .referenceStorage, names,
        .refused(
          "only references in files can be read; run 'git refs migrate --ref-format=files'"))
    case "partialclone":
      return GitCapabilities.Finding(.partialClone, names, .refused(partialClone))
    default:
      return GitCapabilities.Finding(
        .unknownFormat, names, .refused("this extension is not known; a newer engine may know it"))
    }
  }

  private static func extensions(
    in configuration: borrowing Owned<ConfigHandle>, _ operation: String
  ) throws(GitError) -> [(name: String, value: String)] {
    let prefix = "extensions."
    var found: [(name: String, value: String)] = []
    try visitConfiguration(configuration.pointer, under: prefix, operation) { name, entry in
      let value = entry.value.map { String(cString: $0) } ?? "true"
      found.append((String(name.dropFirst(prefix.count)), value))
    }
    return found
  }

  /// The file that all worktrees of a repository share, found without opening it.
  private static func configurationFile(at path: FilePath) throws(GitError) -> FilePath? {
    var directory = path
    let git = path.appending(".git")
    if let status = try fileStatus(git) {
      directory = git
      if status.isRegularFile {
        let text = try readWholeFile(git)
        guard text.starts(with: "gitdir:".utf8) else { return nil }
        directory = path.pushing(
          FilePath(gitText: Array(text.dropFirst(7).drop { $0 == UInt8(ascii: " ") })))
      }
    }
    let link = directory.appending("commondir")
    if try fileStatus(link) != nil {
      directory = directory.pushing(FilePath(gitText: try readWholeFile(link)))
    }
    let file = directory.appending("config")
    return try fileStatus(file) == nil ? nil : file
  }
}

extension RepositoryFormat {
  /// The error of opening a repository, with the reason in our words where there is a known one.
  static func explain(_ error: GitError, _ path: FilePath) -> GitError {
    if error.code == .foreignOwner {
      return GitError(
        .foreignOwner, operation: error.operation, message: foreignOwner(path),
        category: error.category)
    }
    guard error.code != .notFound, let refusals = try? refusals(at: path), !refusals.isEmpty else {
      return error
    }
    let reasons = refusals.map {
      "it uses \($0.feature.rawValue) (\($0.names.joined(separator: ", "))): \($0.refusal ?? "")"
    }
    return GitError(
      .unsupported, operation: error.operation, message: reasons.joined(separator: "; "))
  }
}
