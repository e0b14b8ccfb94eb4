internal import CLibGit2

extension GitSession {
  /// The lines of a reference's reflog, the newest first; none when it has no reflog.
  public func reflog(of name: ReferenceName) throws(GitError) -> [ReflogEntry] {
    let operation = "read the reflog of '\(name)'"
    let reflog = try Owned<ReflogHandle>(operation) { git_reflog_read(&$0, raw, name.text) }
    return (0..<git_reflog_entrycount(reflog.pointer)).compactMap { position in
      guard let entry = git_reflog_entry_byindex(reflog.pointer, position),
        let old = git_reflog_entry_id_old(entry), let new = git_reflog_entry_id_new(entry),
        let committer = git_reflog_entry_committer(entry)
      else { return nil }
      return ReflogEntry(
        old: ObjectID(old), new: ObjectID(new), committer: Signature(committer.pointee),
        message: git_reflog_entry_message(entry).map { String(cString: $0) } ?? "")
    }
  }
}

extension GitSession where Access == Writing {
  /// Adds a line to a reference's reflog: from where the last line ends, or nothing, to `id`.
  ///
  /// Moving a reference does that by itself; this is for logs that are kept for their own sake.
  public func appendToReflog(
    of name: ReferenceName, _ id: ObjectID, message: String, signature: Signature
  ) throws(GitError) {
    let operation = "add to the reflog of '\(name)'"
    try retryingWhileLocked(upTo: lockPatience) { () throws(GitError) in
      let reflog = try Owned<ReflogHandle>(operation) { git_reflog_read(&$0, raw, name.text) }
      try signature.withRaw { (signature) throws(GitError) in
        let status = id.withRaw {
          git_reflog_append(reflog.pointer, $0, signature, message.isEmpty ? nil : message)
        }
        try check(status, operation)
      }
      try check(git_reflog_write(reflog.pointer), operation)
    }
  }
}
