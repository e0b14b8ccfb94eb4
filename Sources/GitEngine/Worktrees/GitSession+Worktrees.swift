internal import CLibGit2

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

extension GitSession {
  /// All checkouts of the repository: the main one first, then the linked worktrees by name.
  ///
  /// Read from the files that git keeps of them, without opening each.
  public func worktrees() throws(GitError) -> [Worktree] {
    var found: [Worktree] = []
    if let mainWorktree {
      found.append(try Worktree(name: nil, path: mainWorktree, gitDirectory: commonDirectory))
    } else if try !isBare() {
      var main = try Worktree(name: nil, path: commonDirectory, gitDirectory: commonDirectory)
      (main.exists, main.lockReason) = (false, "nobody knows where it is")
      found.append(main)
    }
    let registry = commonDirectory.appending("worktrees")
    guard try fileStatus(registry) != nil else { return found }
    for name in try directoryNames(registry).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      let directory = RepositoryPath(bytes: name).absolute(in: registry)
      guard let link = try? readWholeFile(directory.appending("gitdir")) else { continue }
      // `gitdir` names the `.git` file of the checkout; git 2.48 and later may write it relative.
      let gitFile = directory.pushing(FilePath(gitText: link)).lexicallyNormalized()
      found.append(
        try Worktree(
          name: String(decoding: name, as: UTF8.self), path: gitFile.removingLastComponent(),
          gitDirectory: directory))
    }
    return found
  }

  private func isBare() throws(GitError) -> Bool {
    let repository = try RepositoryAccess.open(commonDirectory)
    return git_repository_is_bare(repository.pointer) == 1
  }

  /// Calls `body` with a session on another checkout of this repository, in the same transaction
  /// or read.
  public func at<Value>(
    _ worktree: FilePath, _ body: (borrowing GitSession<Access>) throws -> Value
  ) throws -> Value {
    try body(
      GitSession(
        RepositoryAccess.open(worktree, of: commonDirectory), commonDirectory: commonDirectory,
        mainWorktree: mainWorktree))
  }
}

extension Worktree {
  init(name: String?, path: FilePath, gitDirectory: FilePath) throws(GitError) {
    self.name = name
    self.path = path
    self.gitDirectory = gitDirectory
    head = Head(fileContent: (try? readWholeFile(gitDirectory.appending("HEAD"))) ?? [])
    lockReason =
      name == nil
      ? nil
      : (try? readWholeFile(gitDirectory.appending("locked")))
        .map { String(decoding: $0, as: UTF8.self).trimmingSpace }
    exists = try fileStatus(path.appending(".git")) != nil
    operation = try OperationInProgress(in: gitDirectory)
  }
}

extension Head {
  init(fileContent: [UInt8]) {
    let text = String(decoding: fileContent, as: UTF8.self).trimmingSpace
    if text.hasPrefix("ref:") {
      self = .branch(ReferenceName(text.dropFirst(4).description.trimmingSpace))
    } else {
      self = ObjectID(hex: text).map { .detached($0) } ?? .unreadable
    }
  }
}

extension OperationInProgress {
  /// Looks for the files by which git remembers an operation in a checkout's git directory.
  init?(in gitDirectory: FilePath) throws(GitError) {
    func has(_ name: String) throws(GitError) -> Bool {
      try fileStatus(gitDirectory.appending(name)) != nil
    }
    func name(in file: String) -> ReferenceName? {
      guard let bytes = try? readWholeFile(gitDirectory.pushing(FilePath(file))) else { return nil }
      let text = String(decoding: bytes, as: UTF8.self).trimmingSpace
      if text.hasPrefix("refs/") { return ReferenceName(text) }
      // BISECT_START holds a branch's short name, or an id when HEAD was detached.
      return text.isEmpty || ObjectID(hex: text) != nil ? nil : .branch(text)
    }
    if try has("rebase-merge") {
      self.init(kind: .rebase, branch: name(in: "rebase-merge/head-name"))
    } else if try has("rebase-apply") {
      self.init(
        kind: try has("rebase-apply/applying") ? .applyMailbox : .rebase,
        branch: name(in: "rebase-apply/head-name"))
    } else if try has("MERGE_HEAD") {
      self.init(kind: .merge, branch: nil)
    } else if try has("CHERRY_PICK_HEAD") {
      self.init(kind: .cherryPick, branch: nil)
    } else if try has("REVERT_HEAD") {
      self.init(kind: .revert, branch: nil)
    } else if try has("BISECT_LOG") {
      self.init(kind: .bisect, branch: name(in: "BISECT_START"))
    } else if try has("sequencer") {
      self.init(kind: .cherryPick, branch: nil)
    } else {
      return nil
    }
  }
}

extension String {
  /// Without white space at either end.
  var trimmingSpace: String {
    let start = drop { $0.isWhitespace }
    return String(start.reversed().drop { $0.isWhitespace }.reversed())
  }
}

extension FilePath {
  /// A path as git writes it into its small files: bytes, with a line end behind.
  init(gitText bytes: [UInt8]) {
    var bytes = bytes.prefix { $0 != 0 }
    // A line end inside of it belongs to the path.
    while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") {
      bytes.removeLast()
    }
    let text = bytes.map { CChar(bitPattern: $0) }
    self = (text + [0]).withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { FilePath(platformString: $0) } ?? FilePath()
    }
  }

  /// The bytes of the path.
  var bytes: [UInt8] { withPlatformString { RepositoryPath(cString: $0).bytes } }
}
