internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession {
  /// Writes the files of a commit into a fresh working tree, and its index.
  func fillWorkingTree(from commit: ObjectID) throws {
    let operation = "check out \(commit.short) in \(workingTree?.description ?? "no working tree")"
    let object = try Owned<ObjectHandle>(operation) { out in
      commit.withRaw { git_object_lookup(&out, raw, $0, GIT_OBJECT_COMMIT) }
    }
    var options = git_checkout_options()
    try check(
      git_checkout_options_init(&options, UInt32(GIT_CHECKOUT_OPTIONS_VERSION)), operation)
    options.checkout_strategy = GIT_CHECKOUT_FORCE.rawValue
    options.notify_flags = GIT_CHECKOUT_NOTIFY_ALL.rawValue
    options.notify_cb = { _, _, _, _, _, _ in Task.isCancelled ? GIT_EUSER.rawValue : 0 }
    // For each file libgit2 resolves the path anew to look for attributes: half of the time.
    options.disable_filters = try mayFilter(tree(of: commit)) ? 0 : 1
    let status = git_checkout_tree(raw, object.pointer, &options)
    if Task.isCancelled {
      git_error_clear()
      throw CancellationError()
    }
    try check(status, operation)
  }

  /// Whether the files of a tree may be checked out with other bytes than their blobs have.
  ///
  /// That takes an attributes file, in the tree or outside, or a configured conversion of line
  /// ends. Without any of them every filter is the identity.
  private func mayFilter(_ tree: ObjectID) throws(GitError) -> Bool {
    if try configuration("core.attributesFile") != nil { return true }
    if let conversion = try configuration("core.autocrlf"), conversion.lowercased() != "false" {
      return true
    }
    let home = environmentVariable("HOME").map { FilePath($0).appending(".config") }
    let user = environmentVariable("XDG_CONFIG_HOME").map { FilePath($0) } ?? home
    for file in [
      commonDirectory.pushing("info/attributes"), user?.pushing("git/attributes"),
      "/etc/gitattributes",
    ].compactMap({ $0 }) where try fileStatus(file) != nil {
      return true
    }
    return try hasAttributesFile(tree)
  }

  private func hasAttributesFile(_ id: ObjectID) throws(GitError) -> Bool {
    let tree = try lookUpTree(id)
    if git_tree_entry_byname(tree.pointer, ".gitattributes") != nil { return true }
    for position in 0..<git_tree_entrycount(tree.pointer) {
      guard let entry = git_tree_entry_byindex(tree.pointer, position),
        git_tree_entry_type(entry) == GIT_OBJECT_TREE, let id = git_tree_entry_id(entry)
      else { continue }
      if try hasAttributesFile(ObjectID(id)) { return true }
    }
    return false
  }
}
