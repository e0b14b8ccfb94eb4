internal import CLibGit2

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession {
  /// What this checkout and a commit use, and what the engine does about it.
  ///
  /// Reads all directories of the commit, to find its attributes files.
  ///
  /// - Parameter commit: Whose `.gitattributes` and `.gitmodules` count; HEAD's commit when left out.
  public func capabilities(of commit: ObjectID? = nil) throws(GitError) -> GitCapabilities {
    let head = try head()
    let texts = try attributesTexts(commit ?? head)
    let candidates: [GitCapabilities.Finding?] = [
      head == nil ? GitCapabilities.Finding(.unbornHead, .supported) : nil,
      try partialCloneFinding(), try sparseFinding(), try indexFinding(),
      git_repository_is_shallow(raw) == 1
        ? GitCapabilities.Finding(.shallowClone, .handled("walks end at the boundary")) : nil,
      try pathExists("objects/info/alternates")
        ? GitCapabilities.Finding(.alternates, .supported) : nil,
      try replacementsFinding(), try filtersFinding(texts), try mergeDriversFinding(texts),
      encodingFinding(texts), try hooksFinding(), try submodulesFinding(commit ?? head),
      try configurationFlag("commit.gpgSign") == true
        ? GitCapabilities.Finding(
          .signing, .handled("the configured program signs, where a call is given its signer"))
        : nil,
      try settingsFinding(
        "core.fsmonitor", .fileSystemMonitor, "the working tree is looked at each time"),
      try settingsFinding(
        "core.sharedRepository", .sharedRepository, "new files get this process's permissions"),
      try movedWorktreesFinding(),
    ]
    return GitCapabilities(candidates.compactMap { $0 })
  }

  private func pathExists(_ path: FilePath) throws(GitError) -> Bool {
    try fileStatus(commonDirectory.pushing(path)) != nil
  }

  private func settingsFinding(
    _ name: String, _ feature: GitCapabilities.Feature, _ consequence: String
  ) throws(GitError) -> GitCapabilities.Finding? {
    let off = ["false", "no", "off", "0", "", "umask"]
    guard let value = try configuration(name), !off.contains(value.lowercased()) else { return nil }
    return GitCapabilities.Finding(feature, [value], .ignored(consequence))
  }

  private func partialCloneFinding() throws(GitError) -> GitCapabilities.Finding? {
    let names = try configurationNames(under: "remote.") {
      $0.hasSuffix(".promisor") || $0.hasSuffix(".partialclonefilter")
    }
    guard !names.isEmpty else { return nil }
    return GitCapabilities.Finding(.partialClone, names, .refused(RepositoryFormat.partialClone))
  }

  private func sparseFinding() throws(GitError) -> GitCapabilities.Finding? {
    switch try sparseCheckout() {
    case .cone:
      return GitCapabilities.Finding(
        .sparseCheckout, .handled("what is outside of the cone changes in the index alone"))
    case .patterns:
      return GitCapabilities.Finding(
        .sparsePatterns,
        .refused(
          "worktrees can be added with the directories of cone mode alone; "
            + "run 'git sparse-checkout set --cone <directory>…'"))
    case nil: return nil
    }
  }

  private func indexFinding() throws(GitError) -> GitCapabilities.Finding? {
    func finding(_ feature: GitCapabilities.Feature, _ way: String) -> GitCapabilities.Finding {
      GitCapabilities.Finding(feature, .refused("the index cannot be read; \(way)"))
    }
    let split = "run 'git update-index --no-split-index'"
    do throws(GitError) {
      _ = try indexFile()
    } catch  where error.code == .unsupported {
      if error.message.contains("'link'") { return finding(.splitIndex, split) }
      if error.message.contains("'sdir'") {
        return finding(.sparseIndex, "run 'git sparse-checkout reapply --no-sparse-index'")
      }
      return finding(.unknownIndex, error.message)
    }
    // git makes it one with its next write.
    guard try configurationFlag("core.splitIndex") == true else { return nil }
    return finding(.splitIndex, "run 'git config core.splitIndex false' and \(split)")
  }

  private func replacementsFinding() throws(GitError) -> GitCapabilities.Finding? {
    var names = try references(under: "refs/replace/").map(\.name.text)
    if try pathExists("info/grafts") { names.append("info/grafts") }
    guard !names.isEmpty else { return nil }
    return GitCapabilities.Finding(
      .replacements, names, .ignored("history is read as it was recorded"))
  }

  private func hooksFinding() throws(GitError) -> GitCapabilities.Finding? {
    let configured = try configurationPath("core.hooksPath")
    let place = (workingTree ?? gitDirectory).pushing(
      configured ?? commonDirectory.appending("hooks"))
    guard try fileStatus(place)?.isDirectory == true else { return nil }
    var names: [String] = []
    for name in try directoryNames(place)
    where !name.reversed().starts(with: ".sample".utf8.reversed()) {
      let file = try fileStatus(RepositoryPath(bytes: name).absolute(in: place))
      guard let file, file.isRegularFile, file.st_mode & 0o100 != 0 else { continue }
      names.append(String(decoding: name, as: UTF8.self))
    }
    guard !names.isEmpty else { return nil }
    return GitCapabilities.Finding(.hooks, names.sorted(), .ignored("they are not run"))
  }

  private func submodulesFinding(_ commit: ObjectID?) throws(GitError) -> GitCapabilities.Finding? {
    guard let commit, try entry(at: ".gitmodules", in: tree(of: commit)) != nil else { return nil }
    return GitCapabilities.Finding(
      .submodules,
      .ignored(
        "their commits are kept as they are recorded, their directories stay empty; "
          + "run 'git submodule update --init' there"))
  }

  private func movedWorktreesFinding() throws(GitError) -> GitCapabilities.Finding? {
    var names: [String] = []
    // A report is no place to stumble over a registry that cannot be read.
    for worktree in (try? worktrees()) ?? []
    where worktree.name != nil && worktree.lockReason == nil {
      let isThere = try? RepositoryAccess.leads(
        worktree.path.appending(".git"), to: worktree.gitDirectory)
      if isThere != true { names.append(worktree.path.description) }
    }
    guard !names.isEmpty else { return nil }
    return GitCapabilities.Finding(
      .movedWorktrees, names,
      .ignored("they are taken for removed; 'git worktree repair <path>' says where they are"))
  }
}
