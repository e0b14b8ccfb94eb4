internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession {
  /// The reference that follows the branch's upstream; `nil` when it has none that is configured.
  ///
  /// The reference itself need not exist.
  public func upstream(of branch: ReferenceName) throws(GitError) -> ReferenceName? {
    var buffer = git_buf()
    let status = git_branch_upstream_name(&buffer, raw, branch.text)
    guard try checkFound(status, "look up the upstream of '\(branch.shortName)'") else {
      return nil
    }
    defer { git_buf_dispose(&buffer) }
    return buffer.ptr.map { ReferenceName(String(cString: $0)) }
  }
}

extension GitSession where Access == Writing {
  /// Gives a branch another name, as `git branch -m`.
  ///
  /// Its reflog and its section in the configuration move along, and the HEAD of each worktree that
  /// has it checked out follows. These are several files. A failure puts back what was done. A crash
  /// leaves both names; or none, where one name is a directory of the other, and then HEAD's reflog
  /// has the commit.
  ///
  /// - Throws: A ``GitError``: `notFound` when there is no such branch, `exists` when the new name
  ///   is taken, `invalidName`.
  public func renameBranch(
    _ branch: ReferenceName, to newName: ReferenceName, signature: Signature
  ) throws(GitError) {
    let operation = "rename the branch '\(branch.shortName)' to '\(newName.shortName)'"
    guard branch.branchName != nil, newName.branchName != nil, newName.isValid else {
      throw GitError(.invalidName, operation: operation, message: "one is no local branch")
    }
    guard let tip = try target(of: branch) else {
      throw GitError(.notFound, operation: operation, message: "there is no such branch")
    }
    guard try target(of: newName) == nil else {
      throw GitError(.exists, operation: operation, message: "the new name is taken")
    }
    let message = "Branch: renamed \(branch) to \(newName)"
    let holders = try worktrees().filter { $0.head == .branch(branch) }
    let log = try? readWholeFile(logFile(of: branch))
    // "a" and "a/b" cannot be at the same time.
    let isBelow =
      newName.text.hasPrefix(branch.text + "/") || branch.text.hasPrefix(newName.text + "/")
    if isBelow { try deleteReference(branch, at: tip) }
    do throws(GitError) {
      try createReference(newName, at: tip, message: message, signature: signature)
      if let log { try continueLog(log, of: newName) }
      for holder in holders {
        try follow(holder, from: branch, to: newName, message, signature)
      }
      try moveConfiguration(
        under: "branch." + branch.shortName, to: "branch." + newName.shortName)
      if !isBelow { try deleteReference(branch, at: tip) }
    } catch {
      for holder in holders {
        try? follow(holder, from: newName, to: branch, message, signature)
      }
      _ = try? deleteReference(newName, at: tip)
      if isBelow {
        try? createReference(branch, at: tip, message: message, signature: signature)
        if let log { try? writeLog(log, of: branch) }
      }
      throw error
    }
  }

  private func logFile(of name: ReferenceName) -> FilePath {
    commonDirectory.pushing("logs").pushing(FilePath(name.text))
  }

  private func continueLog(_ log: [UInt8], of name: ReferenceName) throws(GitError) {
    guard let entry = try reflog(of: name).first else { return }
    try writeLog(log, of: name)
    try appendToReflog(
      of: name, entry.new, message: entry.message, signature: entry.committer)
  }

  private func writeLog(_ log: [UInt8], of name: ReferenceName) throws(GitError) {
    let file = logFile(of: name)
    try? removeFile(file)
    try makeDirectories(file.removingLastComponent())
    try writeNewFile(file, log)
  }

  /// Makes the HEAD of a checkout name a branch by its new name.
  private func follow(
    _ holder: Worktree, from old: ReferenceName, to new: ReferenceName, _ message: String,
    _ signature: Signature
  ) throws(GitError) {
    let place = holder.name == nil && !holder.exists ? commonDirectory : holder.path
    guard holder.exists || holder.name == nil else {
      // Its files are not there now, on another drive say: only the registration can follow.
      let file = holder.gitDirectory.appending("HEAD")
      let side = holder.gitDirectory.appending("HEAD.lock")
      try writeNewFile(side, Array("ref: \(new)\n".utf8))
      return try moveFile(side, to: file)
    }
    do {
      try at(place) {
        try $0.setHead(.branch(new), from: .branch(old), message: message, signature: signature)
      }
    } catch let error as GitError {
      throw error
    } catch {
      throw GitError(.generic, operation: "set HEAD of \(place)", message: "\(error)")
    }
  }

  /// Sets what a branch follows, `nil` for nothing, as `git branch --set-upstream-to`.
  ///
  /// - Parameters:
  ///   - branch: A local branch.
  ///   - upstream: A remote-tracking branch, or a local one.
  public func setUpstream(
    of branch: ReferenceName, to upstream: ReferenceName?
  ) throws(GitError) {
    let operation = "set the upstream of '\(branch.shortName)'"
    let reference = try Owned<ReferenceHandle>(operation) {
      git_reference_lookup(&$0, raw, branch.text)
    }
    let short = upstream.map { name in
      name.branchName ?? String(name.text.trimmingPrefix("refs/remotes/"))
    }
    if short == nil {
      // libgit2 fails when only one of the two is there.
      try unsetConfiguration("branch.\(branch.shortName).remote")
      try unsetConfiguration("branch.\(branch.shortName).merge")
      return
    }
    try retryingWhileLocked(upTo: lockPatience) { () throws(GitError) in
      _ = try check(git_branch_set_upstream(reference.pointer, short), operation)
    }
  }
}
