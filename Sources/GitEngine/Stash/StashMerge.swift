internal import CLibGit2

/// What merging an entry's files into the checkout gives.
enum StashMerge {
  case clean(ObjectID)
  /// The tree has all but the conflicted paths.
  case conflicts(ObjectID, [ConflictedPath])
  /// Conflicts that cannot be shown path by path.
  case unmergeable([ConflictedPath])

  var conflicts: [ConflictedPath] {
    if case .conflicts(_, let conflicts) = self { conflicts } else { [] }
  }
}

extension GitSession where Access == Writing {
  /// Merges the tree `theirs` into the tree `ours`; `base` is the tree of `baseCommit`.
  func merge(
    _ theirs: ObjectID, into ours: ObjectID, base: ObjectID, _ baseCommit: ObjectID
  ) throws(GitError) -> StashMerge {
    if ours == base || ours == theirs { return .clean(theirs) }
    if theirs == base { return .clean(ours) }
    // As commits, since the merge of commits knows all that libgit2 overlooks.
    let left = try side(ours, baseCommit, "ours")
    let right = try side(theirs, baseCommit, "theirs")
    switch try merge(right, into: left) {
    case .clean(let tree): return .clean(tree)
    case .alreadyContained, .unrelated: return .clean(theirs)
    case .conflicts(let conflicts):
      guard conflicts.allSatisfy(\.canBeShown) else { return .unmergeable(conflicts) }
      return .conflicts(try mergeWithoutConflicts(theirs, ours, base), conflicts)
    }
  }

  private func side(
    _ tree: ObjectID, _ base: ObjectID, _ name: String
  ) throws(GitError) -> ObjectID {
    let nobody = Signature(name: "GitEngine", email: "gitengine@localhost", seconds: 0)
    return try createCommit(
      tree: tree, parents: [base], message: "stash: \(name)\n", author: nobody, committer: nobody)
  }

  private func mergeWithoutConflicts(
    _ theirs: ObjectID, _ ours: ObjectID, _ base: ObjectID
  ) throws(GitError) -> ObjectID {
    let operation = "merge the trees \(theirs.short) and \(ours.short)"
    var options = git_merge_options()
    try check(
      git_merge_options_init(&options, UInt32(GIT_MERGE_OPTIONS_VERSION)), operation)
    options.flags = GIT_MERGE_FIND_RENAMES.rawValue
    options.target_limit = 100_000
    let base = try lookUpTree(base)
    let ours = try lookUpTree(ours)
    let theirs = try lookUpTree(theirs)
    let index = try Owned<IndexHandle>(operation) {
      git_merge_trees(&$0, raw, base.pointer, ours.pointer, theirs.pointer, &options)
    }
    try check(git_index_conflict_cleanup(index.pointer), operation)
    var oid = git_oid()
    try check(git_index_write_tree_to(&oid, index.pointer, raw), operation)
    return ObjectID(oid)
  }

  /// The lines of a conflict with markers, as a blob; `nil` when it is not one of lines.
  func markedConflict(_ conflict: ConflictedPath) throws(GitError) -> TreeEntry? {
    guard let ours = conflict.ours, let theirs = conflict.theirs, ours.mode.isFile,
      try mergesByLines(conflict.path)
    else { return nil }
    var texts: [[UInt8]] = []
    for version in [conflict.ancestor, ours, theirs] {
      let text = if let version { try blob(version.id) } else { [UInt8]() }
      if text.prefix(8000).contains(0) { return nil }
      texts.append(text)
    }
    var options = git_merge_file_options()
    let operation = "merge the lines of '\(conflict.path)'"
    try check(
      git_merge_file_options_init(&options, UInt32(GIT_MERGE_FILE_OPTIONS_VERSION)), operation)
    let style = try configuration("merge.conflictStyle")
    if style == "diff3" { options.flags = GIT_MERGE_FILE_STYLE_DIFF3.rawValue }
    if style == "zdiff3" { options.flags = GIT_MERGE_FILE_STYLE_ZDIFF3.rawValue }
    var result = git_merge_file_result()
    let status = "Updated upstream".withCString { ourLabel in
      "Stashed changes".withCString { theirLabel in
        options.our_label = ourLabel
        options.their_label = theirLabel
        return withMergeInput(texts[0]) { base in
          withMergeInput(texts[1]) { ours in
            withMergeInput(texts[2]) { git_merge_file(&result, base, ours, $0, &options) }
          }
        }
      }
    }
    try check(status, operation)
    defer { git_merge_file_result_free(&result) }
    let bytes = Array(UnsafeRawBufferPointer(start: result.ptr, count: result.len))
    return TreeEntry(mode: ours.mode, id: try writeBlob(bytes))
  }
}

extension ConflictedPath {
  /// Whether stages of one path in the index, and one file, tell all of it.
  fileprivate var canBeShown: Bool {
    guard explanation == nil, otherPaths.isEmpty else { return false }
    let modes = [ancestor, ours, theirs].compactMap { $0?.mode }
    return modes.allSatisfy(\.isFile) || modes.allSatisfy { $0 == .symbolicLink }
  }
}
