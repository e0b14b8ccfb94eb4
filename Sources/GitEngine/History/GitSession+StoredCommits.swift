internal import CLibGit2

extension GitSession {
  /// Reads a commit byte for byte.
  func storedCommit(_ id: ObjectID) throws(GitError) -> StoredCommit {
    let operation = "read the commit \(id)"
    var database: OpaquePointer?
    try check(git_repository_odb(&database, raw), operation)
    defer { git_odb_free(database) }
    var object: OpaquePointer?
    try check(id.withRaw { git_odb_read(&object, database, $0) }, operation)
    defer { git_odb_object_free(object) }
    let bytes = Array(
      UnsafeRawBufferPointer(start: git_odb_object_data(object), count: git_odb_object_size(object))
    )
    guard git_odb_object_type(object) == GIT_OBJECT_COMMIT, let commit = StoredCommit(bytes) else {
      throw GitError(.notFound, operation: operation, message: "it is no commit")
    }
    return commit
  }

  /// Stores a commit, signed if there is a signer.
  func store(_ commit: StoredCommit, signer: CommitSigner?) throws(GitError) -> ObjectID {
    let operation = "store a commit"
    var signature: [UInt8]?
    if let signer { signature = try signer.sign(commit.bytes()) }
    let bytes = commit.bytes(signature: signature)
    var database: OpaquePointer?
    try check(git_repository_odb(&database, raw), operation)
    defer { git_odb_free(database) }
    var oid = git_oid()
    try checkStored(operation) {
      bytes.withUnsafeBytes {
        git_odb_write(&oid, database, $0.baseAddress, $0.count, GIT_OBJECT_COMMIT)
      }
    }
    return ObjectID(oid)
  }
}

extension Signature {
  /// The line of a commit.
  func headerLine() throws(GitError) -> [UInt8] {
    try withRaw { raw throws(GitError) in
      let when = raw.pointee.when
      let minutes = abs(Int(when.offset))
      let digits = String(10000 + minutes / 60 * 100 + minutes % 60).dropFirst()
      let sign = when.offset < 0 ? "-" : "+"
      return Array(
        "\(String(cString: raw.pointee.name)) <\(String(cString: raw.pointee.email))> \(when.time) \(sign)\(digits)"
          .utf8)
    }
  }
}
