internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession {
  /// Writes the files of a commit into a fresh working tree, and its index.
  ///
  /// Runs the filter programs that the commit's attributes name. When the task is cancelled it stops
  /// before the next file and kills them; what is written by then stays, without an index.
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
    let attributes = try attributesFiles(in: tree(of: commit))
    // For each file libgit2 resolves the path anew to look for attributes: half of the time.
    options.disable_filters = try !attributes.isEmpty || mayFilterEverywhere() ? 0 : 1
    // No file is there yet to read attributes from. As git does, libgit2 then asks the index.
    try showToFilters(attributes)
    try CancellingObjects.watch(over: self)
    func checkOut(_ options: inout git_checkout_options) throws {
      let status = git_checkout_tree(raw, object.pointer, &options)
      if Task.isCancelled {
        git_error_clear()
        throw CancellationError()
      }
      try check(status, operation)
    }
    guard let sparse = try sparseCheckout() else { return try checkOut(&options) }
    let (inside, outside) = try divide(commit, sparse)
    options.checkout_strategy |= GIT_CHECKOUT_DISABLE_PATHSPEC_MATCH.rawValue
    if !inside.isEmpty {
      try withCStrings(inside.map(\.path)) { paths in
        options.paths = paths
        try checkOut(&options)
      }
    }
    try addSkippedEntries(outside)
  }

  /// Whether files may be checked out with other bytes than their blobs have, whatever a commit's
  /// own attributes say.
  ///
  /// That takes an attributes file outside of the tree, or a configured conversion of line ends.
  /// Without any of them every filter is the identity.
  private func mayFilterEverywhere() throws(GitError) -> Bool {
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
    return false
  }

  /// The `.gitattributes` files of a tree.
  func attributesFiles(
    in tree: ObjectID, under prefix: RepositoryPath = RepositoryPath(bytes: [])
  ) throws(GitError) -> [(path: RepositoryPath, entry: TreeEntry)] {
    let handle = try lookUpTree(tree)
    var found: [(path: RepositoryPath, entry: TreeEntry)] = []
    var directories: [(RepositoryPath, ObjectID)] = []
    for position in 0..<git_tree_entrycount(handle.pointer) {
      guard let raw = git_tree_entry_byindex(handle.pointer, position),
        let name = git_tree_entry_name(raw)
      else { continue }
      let isTree = git_tree_entry_type(raw) == GIT_OBJECT_TREE
      guard isTree || String(cString: name) == ".gitattributes" else { continue }
      let path = prefix.appending(RepositoryPath(cString: name).bytes)
      let entry = TreeEntry(borrowing: raw)
      if isTree { directories.append((path, entry.id)) } else { found.append((path, entry)) }
    }
    for (path, id) in directories { found += try attributesFiles(in: id, under: path) }
    return found
  }

  /// Puts attributes files into the index in memory, where the lookup of attributes finds them.
  private func showToFilters(
    _ files: [(path: RepositoryPath, entry: TreeEntry)]
  ) throws(GitError) {
    guard !files.isEmpty else { return }
    let index = try Owned<IndexHandle>("read the index") { git_repository_index(&$0, raw) }
    for file in files where file.entry.mode.isFile { try index.put(file.path, file.entry) }
  }
}

extension Owned where Handle == IndexHandle {
  /// Sets an entry in memory, with times that match no file.
  func put(_ path: RepositoryPath, _ item: TreeEntry) throws(GitError) {
    var entry = git_index_entry()
    entry.id = item.id.raw
    entry.mode = item.mode.rawValue
    let status = path.withCString { text in
      entry.path = text
      return git_index_add(pointer, &entry)
    }
    try check(status, "put '\(path)' into the index")
  }
}
