internal import CLibGit2

extension GitSession {
  /// The entries of the stash, newest first; all checkouts of a repository share them.
  public func stashes() throws(GitError) -> [StashEntry] {
    guard try target(of: .stash) != nil else { return [] }
    let reflog = try stashReflog()
    return (0..<git_reflog_entrycount(reflog.pointer)).compactMap { position in
      guard let entry = git_reflog_entry_byindex(reflog.pointer, position),
        let id = git_reflog_entry_id_new(entry)
      else { return nil }
      return StashEntry(
        id: ObjectID(id),
        message: git_reflog_entry_message(entry).map { String(cString: $0) } ?? "",
        savedBy: git_reflog_entry_committer(entry).map { Signature($0.pointee) }
          ?? Signature(name: "", email: ""))
    }
  }

  /// What an entry holds, or a commit of that form under any other reference.
  ///
  /// - Throws: A ``GitError``, with the code `invalidName` for a commit of another form.
  public func stashContents(of id: ObjectID) throws(GitError) -> StashContents {
    let trees = try stashTrees(id)
    return StashContents(
      base: trees.baseCommit, changes: try changes(from: trees.base, to: trees.files),
      staged: try changes(from: trees.base, to: trees.index),
      untracked: try trees.untracked.map { tree throws(GitError) in
        try changes(from: nil, to: tree)
      } ?? [])
  }

  func stashTrees(_ id: ObjectID) throws(GitError) -> StashTrees {
    let commit = try commit(id)
    guard (2...3).contains(commit.parents.count) else {
      throw GitError(
        .invalidName, operation: "read the stash entry \(id)",
        message: "the commit does not have the form of one")
    }
    return StashTrees(
      baseCommit: commit.parents[0], base: try tree(of: commit.parents[0]),
      index: try tree(of: commit.parents[1]), files: commit.tree,
      untracked: commit.parents.count > 2 ? try tree(of: commit.parents[2]) : nil)
  }

  func stashReflog() throws(GitError) -> Owned<ReflogHandle> {
    try Owned<ReflogHandle>("read the list of the stash") {
      git_reflog_read(&$0, raw, ReferenceName.stash.text)
    }
  }
}

/// The trees of one entry of the stash.
struct StashTrees {
  var baseCommit: ObjectID
  var base: ObjectID
  var index: ObjectID
  var files: ObjectID
  var untracked: ObjectID?
}

extension GitSession where Access == Writing {
  /// Removes an entry from the stash; false when it is not in there.
  ///
  /// The entry is looked for with `refs/stash` locked, so it is never another one, whoever stashes
  /// meanwhile. Its commit stays in the object database until git collects it.
  @discardableResult
  public func dropStash(_ id: ObjectID) throws(GitError) -> Bool {
    let operation = "drop the stash entry \(id)"
    let name = ReferenceName.stash.text
    return try retryingWhileLocked(upTo: lockPatience) { () throws(GitError) -> Bool in
      let transaction = try Owned<TransactionHandle>(operation) { git_transaction_new(&$0, raw) }
      try check(git_transaction_lock_ref(transaction.pointer, name), operation)
      let entries = try stashes()
      guard let position = entries.firstIndex(where: { $0.id == id }) else { return false }
      if entries.count == 1 {
        try check(git_reflog_delete(raw, name), operation)
        try check(git_transaction_remove(transaction.pointer, name), operation)
      } else {
        let reflog = try stashReflog()
        try check(git_reflog_drop(reflog.pointer, position, 1), operation)
        try check(
          git_transaction_set_reflog(transaction.pointer, name, reflog.pointer), operation)
        if position == 0 {
          let status = entries[1].id.withRaw {
            git_transaction_set_target(transaction.pointer, name, $0, nil, nil)
          }
          try check(status, operation)
        }
      }
      try check(git_transaction_commit(transaction.pointer), operation)
      return true
    }
  }

  /// Makes a commit the newest entry of the stash.
  func storeStash(
    _ id: ObjectID, message: String, signature: Signature
  ) throws(GitError) {
    let name = ReferenceName.stash
    // Without the file, no reflog is written for a reference that is no branch.
    try check(git_reference_ensure_log(raw, name.text), "prepare the list of the stash")
    if let old = try target(of: name) {
      try updateReference(name, to: id, from: old, message: message, signature: signature)
    } else {
      try createReference(name, at: id, message: message, signature: signature)
    }
  }
}
