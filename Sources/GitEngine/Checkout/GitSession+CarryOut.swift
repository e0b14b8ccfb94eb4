internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// How carrying out a plan ended.
enum CarryOutResult {
  case done
  /// A file or the index changed after it was looked at; all is as it was.
  case changed
  /// Another process holds the index; all is as it was.
  case indexLocked
}

/// The index of a checkout as a tree.
enum IndexTree {
  case tree(ObjectID)
  case unmerged([RepositoryPath])
}

extension GitSession where Access == Writing {
  /// Changes files and index of the checkout as decided, or nothing.
  ///
  /// - Parameters:
  ///   - isRepeatable: Whether, after a kill, the same can be done again over what is there; then a
  ///     later call may remove the `index.lock` that this one left.
  ///   - isCancellable: Whether a cancelled task ends this, with ``CarryOutResult/changed``, while
  ///     the new contents are written to the side.
  ///   - publish: Runs when everything is locked and compared, before the first file changes.
  ///   - takeBack: Undoes `publish`.
  ///   - finish: Runs when files and index are in place; when it fails they are put back.
  func carryOut(
    _ plan: CheckoutPlan, _ root: FilePath, isRepeatable: Bool = false,
    isCancellable: Bool = false, publish: () throws(GitError) -> Void = {},
    takeBack: () throws(GitError) -> Void = {}, finish: () throws(GitError) -> Void = {}
  ) throws(GitError) -> CarryOutResult {
    var writer = try CheckoutWriter(root: root, gitDirectory: gitDirectory)
    let plan = try honouringSparseCheckout(plan)
    do throws(GitError) {
      guard try writer.prepare(plan, self, isCancellable: isCancellable) else {
        writer.discard()
        return .changed
      }
      let note = isRepeatable ? IndexLockFile.repeatable(writer.staging) : []
      let result = try place(plan, &writer, note, publish, takeBack, finish)
      writer.discard()
      return result
    } catch {
      // What could not be put back stays beside the checkout.
      if !writer.hasChangedFiles { writer.discard() }
      throw error
    }
  }

  private func place(
    _ plan: CheckoutPlan, _ writer: inout CheckoutWriter, _ note: [UInt8],
    _ publish: () throws(GitError) -> Void, _ takeBack: () throws(GitError) -> Void,
    _ finish: () throws(GitError) -> Void
  ) throws(GitError) -> CarryOutResult {
    let lockFile = try IndexLockFile(in: gitDirectory, note: note)
    guard let lock = try lockFile.take(patience: lockPatience) else { return .indexLocked }
    let indexFile = gitDirectory.appending("index")
    guard try fileStatus(indexFile).map({ FileStamp($0) }) == plan.indexStamp,
      try writer.stillHolds(plan)
    else { return .changed }
    try publish()
    do throws(GitError) {
      guard try writer.place(plan) else {
        try takeBack()
        return .changed
      }
      let newIndex = try writeIndex(plan, writer, original: indexFile)
      // An editor that had a file open wrote it after it came out.
      guard try writer.lateWrites().isEmpty else {
        try writer.rollBack()
        try takeBack()
        return .changed
      }
      try writer.placeIndex(newIndex, at: indexFile)
      try finish()
    } catch {
      try writer.rollBack()
      try takeBack()
      throw error
    }
    _ = consume lock
    return .done
  }

  /// Writes the index as it will be, beside the one that is there; returns where.
  func writeIndex(
    _ plan: CheckoutPlan, _ writer: CheckoutWriter, original: FilePath
  ) throws(GitError) -> FilePath {
    let copy = Self.newIndex(in: writer.staging)
    if plan.indexStamp != nil { try writeNewFile(copy, readWholeFile(original)) }
    let index = try CheckoutIndex(reading: copy, original: plan.indexStamp)
    var files: [RepositoryPath: FileStamp] = [:]
    for (number, step) in plan.steps.enumerated() where step.fileMatchesIndex {
      guard let status = try fileStatus(step.path.absolute(in: writer.root)) else { continue }
      let stamp = FileStamp(status)
      // What somebody has written since is for git to look at.
      if let placed = writer.placed[number], !stamp.isSameContent(as: placed) { continue }
      files[step.path] = stamp
    }
    try index.write(plan.steps, files: files)
    return copy
  }

  /// Where the new index waits for the branch to move.
  static func newIndex(in staging: FilePath) -> FilePath { staging.appending("index") }

  /// What is staged, as a tree; paths that are only intended to be added are not in it.
  func indexTree() throws(GitError) -> IndexTree {
    let operation = "read the index of \(workingTree?.description ?? "a bare repository")"
    let index = try Owned<IndexHandle>(operation) { git_repository_index(&$0, raw) }
    try check(git_index_read(index.pointer, 1), operation)
    var unmerged: Set<RepositoryPath> = []
    var intents: [RepositoryPath] = []
    for position in 0..<git_index_entrycount(index.pointer) {
      guard let entry = git_index_get_byindex(index.pointer, position)?.pointee else { continue }
      let path = RepositoryPath(cString: entry.path)
      if entry.flags & UInt16(GIT_INDEX_ENTRY_STAGEMASK) != 0 { unmerged.insert(path) }
      if UInt32(entry.flags_extended) & GIT_INDEX_ENTRY_INTENT_TO_ADD.rawValue != 0 {
        intents.append(path)
      }
    }
    guard unmerged.isEmpty else { return .unmerged(unmerged.sorted()) }
    var oid = git_oid()
    try check(git_index_write_tree_to(&oid, index.pointer, raw), operation)
    var removals: [TreeUpdate] = []
    for path in intents where try entry(at: path, in: ObjectID(oid)) != nil {
      removals.append(.remove(path))
    }
    return .tree(try tree(updating: ObjectID(oid), removals))
  }
}
