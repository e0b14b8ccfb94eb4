internal import CLibGit2

extension GitSession where Access == Writing {
  /// Changes several references, all or none.
  ///
  /// Each is locked, then compared with what it must be, and only then does the first one change:
  /// one that is not as expected, or is locked by somebody else, changes nothing. When writing
  /// itself fails, a full disk say, those that were changed are set back.
  ///
  /// References are files: another process may see the first ones changed and not yet the last,
  /// and a kill in between leaves it like that, with the `.lock` files of the rest, which no `git`
  /// gets past until they are removed.
  ///
  /// - Parameters:
  ///   - updates: The changes, each reference once.
  ///   - message: The line for the reflogs.
  ///   - signature: Who makes the changes, for the reflogs.
  /// - Throws: A ``GitError``: `modified` when a reference is not as expected, `exists` when one
  ///   that is to be made is there.
  public func updateReferences(
    _ updates: [ReferenceUpdate], message: String, signature: Signature
  ) throws(GitError) {
    let operation = "change \(updates.count) references"
    guard Set(updates.map(\.name)).count == updates.count else {
      throw GitError(.invalidName, operation: operation, message: "one of them is named twice")
    }
    let transaction = try Owned<TransactionHandle>(operation) { git_transaction_new(&$0, raw) }
    let pointer = transaction.pointer
    for update in updates {
      if let id = update.result, update.name.branchName != nil { _ = try lookUpCommit(id) }
      let name = update.name.text
      try retryingWhileLocked(upTo: lockPatience) { () throws(GitError) in
        _ = try check(git_transaction_lock_ref(pointer, name), "lock the reference '\(name)'")
      }
    }
    for update in updates { try compare(update) }
    do throws(GitError) {
      for update in updates { try queue(update, pointer, message, signature) }
      try check(git_transaction_commit(pointer), operation)
    } catch {
      for update in updates { try? takeBack(update, signature) }
      throw error
    }
  }

  private func compare(_ update: ReferenceUpdate) throws(GitError) {
    let operation = "change the reference '\(update.name)'"
    let found = try target(of: update.name)
    guard found != update.expected else {
      // A symbolic reference that leads nowhere is there all the same.
      if found == nil, try symbolicTarget(of: update.name) != nil {
        throw GitError(.exists, operation: operation, message: "it is a symbolic reference")
      }
      return
    }
    if case .create = update {
      throw GitError(.exists, operation: operation, message: "it exists")
    }
    throw GitError(
      .modified, operation: operation,
      message: "it is \(found.map { "at \($0)" } ?? "missing"), and was expected "
        + (update.expected.map { "at \($0)" } ?? "not to exist"))
  }

  private func queue(
    _ update: ReferenceUpdate, _ transaction: OpaquePointer, _ message: String,
    _ signature: Signature
  ) throws(GitError) {
    let operation = "change the reference '\(update.name)'"
    let name = update.name.text
    switch update {
    case .verify: break
    case .delete:
      // libgit2 forgets the reflog here.
      try check(git_reflog_delete(raw, name), operation)
      try check(git_transaction_remove(transaction, name), operation)
    case .create(_, let id), .update(_, let id, _):
      try signature.withRaw { (signature) throws(GitError) in
        let status = id.withRaw {
          git_transaction_set_target(transaction, name, $0, signature, message)
        }
        try check(status, operation)
      }
    }
  }

  private func takeBack(_ update: ReferenceUpdate, _ signature: Signature) throws(GitError) {
    let message = "taken back: another reference could not be changed"
    let (name, old) = (update.name, update.expected)
    switch (old, try target(of: name)) {
    case (let old?, nil):
      try createReference(name, at: old, message: message, signature: signature)
    case (let old?, let new?) where new != old && new == update.result:
      try updateReference(name, to: old, from: new, message: message, signature: signature)
    case (nil, let new?) where new == update.result: try deleteReference(name, at: new)
    default: break
    }
  }

  /// Makes a reference symbolic: it follows another name from now on.
  ///
  /// Not for `HEAD` of a checkout, whose files would stay behind:
  /// ``switchCheckout(to:_:signature:)`` is for that.
  public func setSymbolicReference(
    _ name: ReferenceName, to target: ReferenceName, message: String, signature: Signature
  ) throws(GitError) {
    let operation = "make '\(name)' follow '\(target)'"
    try check(git_repository_set_ident(raw, signature.name, signature.email), operation)
    try retryingWhileLocked(upTo: lockPatience) { () throws(GitError) in
      _ = try Owned<ReferenceHandle>(operation) {
        git_reference_symbolic_create(&$0, raw, name.text, target.text, 1, message)
      }
    }
  }
}
