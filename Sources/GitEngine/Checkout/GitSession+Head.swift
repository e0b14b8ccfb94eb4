internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession {
  /// What HEAD of the checkout is.
  func currentHead() throws(GitError) -> Head {
    Head(fileContent: try readWholeFile(gitDirectory.appending("HEAD")))
  }

  /// HEAD, as the reflog names it: a branch's short name, or a commit's id.
  func headDescription() throws(GitError) -> String {
    switch try currentHead() {
    case .branch(let name): name.shortName
    case .detached(let id): id.description
    case .unreadable: "an unreadable HEAD"
    }
  }
}

extension GitSession where Access == Writing {
  /// Makes HEAD name a branch or a commit if it is still `expected`.
  ///
  /// - Throws: A ``GitError``, with the code `modified` when HEAD is another one.
  func setHead(
    _ head: Head, from expected: Head, message: String, signature: Signature
  ) throws(GitError) {
    let operation = "set HEAD of \(workingTree ?? gitDirectory)"
    let transaction = try Owned<TransactionHandle>(operation) { git_transaction_new(&$0, raw) }
    let pointer = transaction.pointer
    try retryingWhileLocked(upTo: lockPatience) { () throws(GitError) in
      _ = try check(git_transaction_lock_ref(pointer, "HEAD"), operation)
    }
    guard try currentHead() == expected else {
      throw GitError(.modified, operation: operation, message: "somebody else has set it")
    }
    try signature.withRaw { (signature) throws(GitError) in
      let status =
        switch head {
        case .branch(let name):
          git_transaction_set_symbolic_target(pointer, "HEAD", name.text, signature, message)
        case .detached(let id):
          id.withRaw { git_transaction_set_target(pointer, "HEAD", $0, signature, message) }
        case .unreadable: GIT_EINVALIDSPEC.rawValue
        }
      try check(status, operation)
      try check(git_transaction_commit(pointer), operation)
    }
  }

  /// Forgets an unfinished merge, cherry-pick or revert, as `git reset` and `git switch` do.
  func removeOperationState() {
    for name in [
      "CHERRY_PICK_HEAD", "REVERT_HEAD", "MERGE_HEAD", "MERGE_RR", "MERGE_MSG", "MERGE_MODE",
      "SQUASH_MSG", "AUTO_MERGE",
    ] {
      try? removeFile(gitDirectory.appending(name))
    }
  }
}
