internal import CLibGit2

extension GitSession {
  /// Merges the commit `theirs` into the commit `ours`, in memory.
  ///
  /// The result's tree and blobs are stored in the object database; no reference, index or file
  /// changes. Renames are followed without the limit at which libgit2 silently stops to look.
  public func merge(
    _ theirs: ObjectID, into ours: ObjectID, options: MergeOptions = MergeOptions()
  ) throws(GitError) -> MergeOutcome {
    let operation = "merge \(theirs.short) into \(ours.short)"
    let bases = try mergeBases(ours, theirs)
    guard let base = bases.first else { return .unrelated }
    if bases.contains(theirs) { return .alreadyContained }
    if bases.contains(ours) { return .clean(tree: try tree(of: theirs)) }
    var choices = git_merge_options()
    try check(
      git_merge_options_init(&choices, UInt32(GIT_MERGE_OPTIONS_VERSION)), operation)
    choices.flags = GIT_MERGE_FIND_RENAMES.rawValue
    choices.target_limit = 100_000
    let index: Owned<IndexHandle>
    if bases.count == 1 {
      // By trees: `git_merge_commits` walks past the boundary of a shallow clone before 1.7.
      let base = try lookUpTree(tree(of: base))
      let left = try lookUpTree(tree(of: ours))
      let right = try lookUpTree(tree(of: theirs))
      index = try Owned<IndexHandle>(operation) {
        git_merge_trees(&$0, raw, base.pointer, left.pointer, right.pointer, &choices)
      }
    } else {
      // Several bases: libgit2 merges them into a virtual one first, as git does.
      let left = try lookUpCommit(ours)
      let right = try lookUpCommit(theirs)
      index = try Owned<IndexHandle>(operation) {
        git_merge_commits(&$0, raw, left.pointer, right.pointer, &choices)
      }
    }
    var found = try conflicts(in: index)
    let known = Set(found.flatMap(\.paths))
    let overlooked = try overlookedConflicts(
      index, isClean: found.isEmpty, bases: bases, ours: ours, theirs: theirs)
    found += Dictionary(overlooked.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
      .values.filter { !known.contains($0.path) }
    guard found.isEmpty else { return .conflicts(found.sorted { $0.path < $1.path }) }
    var oid = git_oid()
    try check(git_index_write_tree_to(&oid, index.pointer, raw), operation)
    return .clean(tree: ObjectID(oid))
  }

  /// Merges the tree `theirs` into the tree `ours`, both made from the tree `base`, in memory.
  public func mergeTrees(
    base: ObjectID?, ours: ObjectID, theirs: ObjectID, options: MergeOptions = MergeOptions()
  ) throws(GitError) -> TreeMerge {
    let operation = "merge the trees \(theirs.short) and \(ours.short)"
    var choices = git_merge_options()
    try check(
      git_merge_options_init(&choices, UInt32(GIT_MERGE_OPTIONS_VERSION)), operation)
    choices.flags = GIT_MERGE_FIND_RENAMES.rawValue
    choices.target_limit = 100_000
    let ancestor: ObjectID
    if let base { ancestor = base } else { ancestor = try emptyTree() }
    let base = try lookUpTree(ancestor)
    let left = try lookUpTree(ours)
    let right = try lookUpTree(theirs)
    let index = try Owned<IndexHandle>(operation) {
      git_merge_trees(&$0, raw, base.pointer, left.pointer, right.pointer, &choices)
    }
    let found = try conflicts(in: index)
    guard found.isEmpty else {
      return TreeMerge(tree: nil, isClean: false, conflicts: found, notes: [])
    }
    var oid = git_oid()
    try check(git_index_write_tree_to(&oid, index.pointer, raw), operation)
    return TreeMerge(tree: ObjectID(oid), isClean: true, conflicts: [], notes: [])
  }

  private func conflicts(
    in index: borrowing Owned<IndexHandle>
  ) throws(GitError) -> [ConflictedPath] {
    let operation = "list the conflicts of a merge"
    let iterator = try Owned<ConflictIteratorHandle>(operation) {
      git_index_conflict_iterator_new(&$0, index.pointer)
    }
    var found: [ConflictedPath] = []
    while true {
      var stages:
        (
          UnsafePointer<git_index_entry>?, UnsafePointer<git_index_entry>?,
          UnsafePointer<git_index_entry>?
        ) = (nil, nil, nil)
      let status = git_index_conflict_next(&stages.0, &stages.1, &stages.2, iterator.pointer)
      if status == GIT_ITEROVER.rawValue { break }
      try check(status, operation)
      guard let named = stages.1 ?? stages.2 ?? stages.0 else { continue }
      found.append(
        ConflictedPath(
          path: RepositoryPath(cString: named.pointee.path),
          ancestor: stages.0.map { TreeEntry($0.pointee) },
          ours: stages.1.map { TreeEntry($0.pointee) },
          theirs: stages.2.map { TreeEntry($0.pointee) },
          otherPaths: Set(
            [stages.0, stages.1, stages.2].compactMap { entry in
              entry.map { RepositoryPath(cString: $0.pointee.path) }
            }
          ).subtracting([RepositoryPath(cString: named.pointee.path)])))
    }
    return found
  }

  /// Merges three versions of a text line by line; `nil` when they conflict or are not text.
  public func mergeText(
    base: [UInt8], ours: [UInt8], theirs: [UInt8]
  ) throws(GitError) -> [UInt8]? {
    if ours == base || ours == theirs { return theirs }
    if theirs == base { return ours }
    // The sign by which git tells a binary file: a zero byte near the start.
    guard ![base, ours, theirs].contains(where: { $0.prefix(8000).contains(0) }) else { return nil }
    var result = git_merge_file_result()
    let status = withMergeInput(base) { base in
      withMergeInput(ours) { ours in
        withMergeInput(theirs) { git_merge_file(&result, base, ours, $0, nil) }
      }
    }
    try check(status, "merge the lines of a file")
    defer { git_merge_file_result_free(&result) }
    guard result.automergeable != 0 else { return nil }
    return Array(UnsafeRawBufferPointer(start: result.ptr, count: result.len))
  }

  func withMergeInput(
    _ bytes: [UInt8], _ body: (UnsafePointer<git_merge_file_input>) -> Int32
  ) -> Int32 {
    bytes.withUnsafeBytes { buffer in
      var input = git_merge_file_input()
      git_merge_file_input_init(&input, UInt32(GIT_MERGE_FILE_INPUT_VERSION))
      input.ptr = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
      input.size = buffer.count
      return body(&input)
    }
  }
}

extension TreeEntry {
  init(_ entry: git_index_entry) {
    self.init(mode: FileMode(raw: entry.mode), id: ObjectID(entry.id))
  }
}
