internal import CLibGit2

extension GitSession {
  /// The object that a reference names, through symbolic references; `nil` when it does not exist.
  public func target(of name: ReferenceName) throws(GitError) -> ObjectID? {
    var oid = git_oid()
    let found = try checkFound(
      git_reference_name_to_id(&oid, raw, name.text), "read the reference '\(name)'")
    return found ? ObjectID(oid) : nil
  }

  /// The name that a symbolic reference points to; `nil` when it is missing or not symbolic.
  public func symbolicTarget(of name: ReferenceName) throws(GitError) -> ReferenceName? {
    guard
      let reference = try Owned<ReferenceHandle>(
        ifFound: "read the reference '\(name)'", { git_reference_lookup(&$0, raw, name.text) })
    else { return nil }
    return git_reference_symbolic_target(reference.pointer).map {
      ReferenceName(String(cString: $0))
    }
  }

  /// The commit that is checked out; `nil` when the branch has none yet.
  public func head() throws(GitError) -> ObjectID? {
    var oid = git_oid()
    let found = try checkFound(git_reference_name_to_id(&oid, raw, "HEAD"), "read HEAD")
    return found ? ObjectID(oid) : nil
  }

  /// The branch that is checked out, even if it has no commit yet; `nil` when HEAD is detached.
  public func headBranch() throws(GitError) -> ReferenceName? {
    try symbolicTarget(of: ReferenceName("HEAD"))
  }

  /// All references whose full name starts with `prefix`, in order of name.
  ///
  /// Symbolic references that lead nowhere are left out, as are `HEAD` and its like.
  ///
  /// - Parameters:
  ///   - prefix: What names begin with: "refs/heads/".
  ///   - peeling: Whether ``Reference/peeled`` is looked up, which reads each object.
  public func references(
    under prefix: String = "refs/", peeling: Bool = false
  ) throws(GitError) -> [Reference] {
    let operation = "list the references under '\(prefix)'"
    let iterator = try Owned<ReferenceIteratorHandle>(operation) {
      git_reference_iterator_glob_new(&$0, raw, prefix + "*")
    }
    var found: [Reference] = []
    while true {
      var next: OpaquePointer?
      let status = git_reference_next(&next, iterator.pointer)
      if status == GIT_ITEROVER.rawValue { break }
      try check(status, operation)
      guard let next else { break }
      defer { git_reference_free(next) }
      guard let text = git_reference_name(next) else { continue }
      let name = ReferenceName(String(cString: text))
      let symbolic = git_reference_symbolic_target(next).map { ReferenceName(String(cString: $0)) }
      let direct = git_reference_target(next).map { ObjectID($0) }
      guard let target = if let direct { direct } else { try target(of: name) } else { continue }
      found.append(
        Reference(
          name: name, target: target, symbolicTarget: symbolic,
          peeled: peeling ? try peeled(target) : nil))
    }
    // A pattern's special characters in the prefix match more than themselves.
    return found.filter { $0.name.text.hasPrefix(prefix) }.sorted { $0.name.text < $1.name.text }
  }

  /// What an object leads to that is no annotated tag; itself, when it is none.
  public func peeled(_ id: ObjectID) throws(GitError) -> ObjectID {
    let operation = "peel the object \(id)"
    let object = try Owned<ObjectHandle>(operation) { out in
      id.withRaw { git_object_lookup(&out, raw, $0, GIT_OBJECT_ANY) }
    }
    guard git_object_type(object.pointer) == GIT_OBJECT_TAG else { return id }
    let inner = try Owned<ObjectHandle>(operation) {
      git_object_peel(&$0, object.pointer, GIT_OBJECT_ANY)
    }
    return git_object_id(inner.pointer).map { ObjectID($0) } ?? id
  }

  /// The object that a revision names, such as `main~2^{tree}`; `nil` when there is none.
  ///
  /// What `git rev-parse` takes for a single object: names, abbreviated ids, `@{…}`, `^`, `~`,
  /// `:path`, `:/text`.
  ///
  /// - Throws: A ``GitError``, with the code `ambiguous` for an id that is too short, `invalidName`
  ///   for what is no revision.
  public func resolve(_ revision: String) throws(GitError) -> ObjectID? {
    guard
      let object = try Owned<ObjectHandle>(
        ifFound: "resolve '\(revision)'", { git_revparse_single(&$0, raw, revision) })
    else { return nil }
    return git_object_id(object.pointer).map { ObjectID($0) }
  }
}

extension GitSession where Access == Writing {
  /// Makes a reference; an error with the code `exists` when there is one.
  ///
  /// `message` goes into the reflog, with the name in `signature` and the time of the call.
  public func createReference(
    _ name: ReferenceName, at target: ObjectID, message: String, signature: Signature
  ) throws(GitError) {
    try setReference(name, to: target, from: nil, message: message, signature: signature)
  }

  /// Moves a reference from `expected` to `target`, or fails with the code `modified`.
  public func updateReference(
    _ name: ReferenceName, to target: ObjectID, from expected: ObjectID, message: String,
    signature: Signature
  ) throws(GitError) {
    do throws(GitError) {
      try setReference(name, to: target, from: expected, message: message, signature: signature)
    } catch {
      guard error.code == .notFound, try self.target(of: name) == nil else { throw error }
      throw GitError(
        .modified, operation: error.operation, message: "it was deleted", category: error.category)
    }
  }

  private func setReference(
    _ name: ReferenceName, to target: ObjectID, from expected: ObjectID?, message: String,
    signature: Signature
  ) throws(GitError) {
    let operation = "\(expected == nil ? "create" : "update") the reference '\(name)'"
    // As git: a branch names a commit, or nothing that follows it would work.
    if name.branchName != nil { _ = try lookUpCommit(target) }
    // The call takes no signature: the reflog gets the repository's identity, which is the
    // configured one, or "unknown", unless it is set.
    try check(git_repository_set_ident(raw, signature.name, signature.email), operation)
    try retryingWhileLocked(upTo: lockPatience) { () throws(GitError) in
      _ = try Owned<ReferenceHandle>(operation) { out in
        var target = target.raw
        guard var expected = expected?.raw else {
          // The code for "created by force: no" makes an existing reference an error.
          return git_reference_create_matching(&out, raw, name.text, &target, 0, nil, message)
        }
        return git_reference_create_matching(&out, raw, name.text, &target, 1, &expected, message)
      }
    }
  }

  /// Sets a reference that has no reflog and no history, such as `ORIG_HEAD`.
  func setPseudoReference(_ name: String, to target: ObjectID) throws(GitError) {
    let operation = "set \(name)"
    try retryingWhileLocked(upTo: lockPatience) { () throws(GitError) in
      _ = try Owned<ReferenceHandle>(operation) { out in
        target.withRaw { git_reference_create(&out, raw, name, $0, 1, nil) }
      }
    }
  }

  /// Deletes a reference that is at `expected`; false when it is missing or somewhere else.
  ///
  /// Its reflog goes with it. A branch that is checked out is deleted like any other: look first.
  @discardableResult
  public func deleteReference(
    _ name: ReferenceName, at expected: ObjectID
  ) throws(GitError) -> Bool {
    let operation = "delete the reference '\(name)'"
    return try retryingWhileLocked(upTo: lockPatience) { () throws(GitError) -> Bool in
      let transaction = try Owned<TransactionHandle>(operation) {
        git_transaction_new(&$0, raw)
      }
      try check(git_transaction_lock_ref(transaction.pointer, name.text), operation)
      guard try target(of: name) == expected else { return false }
      // libgit2 forgets the reflog here, and a left-over one keeps "topic/x" from having a reflog
      // when "topic" is gone.
      try check(git_reflog_delete(raw, name.text), operation)
      try check(git_transaction_remove(transaction.pointer, name.text), operation)
      try check(git_transaction_commit(transaction.pointer), operation)
      return true
    }
  }

  /// Makes the reference "prefix/1", "prefix/2", …, one behind the highest number that is taken,
  /// and returns its name.
  public func createNumberedReference(
    under prefix: ReferenceName, at target: ObjectID, message: String, signature: Signature
  ) throws(GitError) -> ReferenceName {
    let taken = try references(under: prefix.text + "/").compactMap {
      // "prefix/3/more" takes the number as well. What no counter reaches is not a number here.
      Int32($0.name.text.dropFirst(prefix.text.count + 1).prefix { $0 != "/" }).map { Int($0) }
    }
    let name = prefix.appending(String((taken.max() ?? 0) + 1))
    try createReference(name, at: target, message: message, signature: signature)
    return name
  }
}
