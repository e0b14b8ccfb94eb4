internal import CLibGit2

extension GitSession {
  /// Stores a commit.
  ///
  /// No reference moves.
  ///
  /// The message is stored as it is; hooks are not run.
  ///
  /// With a `signer` its program is waited for: pass one in ``GitRepository/read(at:_:)``, not in a
  /// transaction, which others wait for.
  ///
  /// - Throws: A ``GitError``, with the code `signing` if the commit could not be signed; then none
  ///   was stored.
  public func createCommit(
    tree: ObjectID, parents: [ObjectID], message: String, author: Signature,
    committer: Signature, signer: CommitSigner? = nil
  ) throws(GitError) -> ObjectID {
    let operation = "store a commit"
    let treeHandle = try lookUpTree(tree)
    // Only the ids of the parents are read; handles of a class type would be needed to keep
    // several alive in an array, so they are freed by hand.
    var handles: [OpaquePointer?] = []
    defer { for handle in handles { git_commit_free(handle) } }
    for parent in parents {
      var handle: OpaquePointer?
      try check(
        parent.withRaw { git_commit_lookup(&handle, raw, $0) }, "read the parent \(parent)")
      handles.append(handle)
    }
    return try author.withRaw { (author) throws(GitError) in
      try committer.withRaw { (committer) throws(GitError) in
        var oid = git_oid()
        guard let signer else {
          try checkStored(operation) {
            handles.withUnsafeMutableBufferPointer { parents in
              git_commit_create(
                &oid, raw, nil, author, committer, nil, message, treeHandle.pointer, parents.count,
                parents.baseAddress)
            }
          }
          return ObjectID(oid)
        }
        var content = git_buf()
        defer { git_buf_dispose(&content) }
        let status = handles.withUnsafeMutableBufferPointer { parents in
          git_commit_create_buffer(
            &content, raw, author, committer, nil, message, treeHandle.pointer, parents.count,
            parents.baseAddress)
        }
        try check(status, operation)
        let bytes = UnsafeRawBufferPointer(start: content.ptr, count: content.size)
        let signature = try signer.sign(Array(bytes)).map { CChar(bitPattern: $0) } + [0]
        try checkStored(operation) {
          git_commit_create_with_signature(&oid, raw, content.ptr, signature, nil)
        }
        return ObjectID(oid)
      }
    }
  }
}
