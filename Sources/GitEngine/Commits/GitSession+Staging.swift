#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession where Access == Writing {
  /// Commits the present state of some paths of the working tree on top of HEAD.
  ///
  /// A path that is gone is removed. What else is staged is committed too, as by `git commit`.
  /// HEAD's branch, or a detached HEAD, moves by compare-and-swap; hooks are not run.
  ///
  /// - Returns: The new commit; `nil` when the tree would be that of HEAD.
  /// - Throws: A ``GitError``, with the code `conflict` while a merge, cherry-pick or revert is in
  ///   progress, since its commit is another one; or when another path is unmerged.
  public func commit(
    paths: [RepositoryPath], message: String, author: Signature, committer: Signature
  ) throws(GitError) -> ObjectID? {
    if let kind = try OperationInProgress(in: gitDirectory)?.kind,
      [.merge, .cherryPick, .revert].contains(kind)
    {
      throw GitError(
        .conflict, operation: "commit \(paths.count) paths",
        message: "a \(kind.rawValue) is in progress; finish it with git")
    }
    let tree = try stage(paths)
    let parent = try head()
    if let parent, try self.tree(of: parent) == tree { return nil }
    let commit = try createCommit(
      tree: tree, parents: parent.map { [$0] } ?? [], message: message, author: author,
      committer: committer)
    try moveHead(to: commit, from: parent, message: message, signature: committer)
    return commit
  }

  /// Puts the present state of some paths of the working tree into the index.
  ///
  /// A path that is gone is removed. As `git add` leaves them, paths stay that are no part of a sparse
  /// checkout or marked "assume unchanged". With ``createCommit(tree:parents:message:author:committer:signer:)``
  /// and ``moveHead(to:from:message:signature:)`` this is
  /// ``commit(paths:message:author:committer:)`` in parts, for a commit that is signed in between.
  ///
  /// - Returns: The tree that the whole index then stands for.
  /// - Throws: A ``GitError``, with the code `conflict` when another path is unmerged; these paths are
  ///   staged then.
  public func stage(_ paths: [RepositoryPath]) throws(GitError) -> ObjectID {
    guard let root = workingTree else {
      throw GitError(
        .bareRepository, operation: "stage files", message: "there is no working tree")
    }
    let sparse = try sparseCheckout()
    let settings = try workingTreeSettings()
    let converter = try checkInConverter()
    let index = try editIndex("stage files in \(root)", in: root) { (edit) throws(GitError) in
      for path in paths {
        // A repository of its own is listed with a slash behind.
        let isDirectoryName = path.bytes.last == UInt8(ascii: "/")
        let path = isDirectoryName ? RepositoryPath(bytes: path.bytes.dropLast()) : path
        if try stays(path, sparse, edit, settings, root) { continue }
        try stage(path, in: root, settings, converter, &edit)
      }
    }
    return try writeTree(of: index)
  }

  private func stage(
    _ path: RepositoryPath, in root: FilePath, _ settings: WorkingTreeSettings,
    _ converter: ContentConverter, _ edit: inout IndexEdit
  ) throws(GitError) {
    // Behind a symbolic link nothing is the checkout's. A directory is staged only as a
    // submodule; where a file was, it means that the file is gone.
    let file = try path.fileStatus(in: root)
    var isRepository = false
    if file?.isDirectory ?? false {
      isRepository = try fileStatus(path.absolute(in: root).appending(".git")) != nil
    }
    if let file, !file.isDirectory || isRepository {
      edit.set(path, try entry(for: path, file, edit, settings, converter, root))
    } else if file != nil, edit.entry(path)?.mode == FileMode.gitlink.rawValue {
      // A submodule that nobody populated is as it should be.
      return
    } else {
      edit.remove(path)
    }
  }

  /// The index entry for what is at a path; its content is stored.
  private func entry(
    for path: RepositoryPath, _ file: stat, _ edit: IndexEdit, _ settings: WorkingTreeSettings,
    _ converter: ContentConverter, _ root: FilePath
  ) throws(GitError) -> IndexWriter.Entry {
    let operation = "stage '\(path)'"
    let place = path.absolute(in: root)
    let known = edit.entry(path).map { FileMode(raw: $0.mode) }
    let mode = settings.mode(of: file, recorded: known ?? .regular)
    let id: ObjectID
    switch mode {
    case .symbolicLink where file.isSymbolicLink: id = try writeBlob(readSymbolicLink(place))
    case .symbolicLink: id = try writeBlob(readWholeFile(place))
    case .gitlink:
      guard let head = try NestedRepository.head(place) else {
        throw GitError(
          .notFound, operation: operation, message: "the repository there has no commit yet")
      }
      id = head
    case .regular, .executable, .tree:
      guard file.isRegularFile else {
        throw GitError(.generic, operation: operation, message: "it is no file, link or repository")
      }
      id = try storeWorkingFile(path, in: root, converter)
    }
    return IndexWriter.Entry(
      stat: IndexedStat(FileStamp(file)), mode: mode.rawValue, id: id)
  }

  /// Whether a path stays as it is: it is no part of a sparse checkout, its entry is marked "assume
  /// unchanged", or marked as one whose file is not there.
  private func stays(
    _ path: RepositoryPath, _ sparse: SparseCheckout?, _ edit: IndexEdit,
    _ settings: WorkingTreeSettings, _ root: FilePath
  ) throws(GitError) -> Bool {
    if let sparse, !sparse.contains(path) { return true }
    let entry = edit.index.entry(path)
    // The user has promised that this one does not change.
    if entry?.isAssumedUnchanged ?? false { return true }
    guard entry?.isSkipWorktree ?? false else { return false }
    // In a sparse checkout a file that is there counts all the same.
    guard settings.findsSkippedFiles else { return true }
    return try path.fileStatus(in: root) == nil
  }

  /// Moves HEAD's branch, or a detached HEAD, to a commit that was made on top of it.
  ///
  /// - Parameters:
  ///   - commit: The new commit.
  ///   - old: The commit that HEAD must still be at; `nil` when there is none yet.
  ///   - message: The commit's message; its first line goes into the reflog.
  ///   - signature: Who moves it.
  public func moveHead(
    to commit: ObjectID, from old: ObjectID?, message: String, signature: Signature
  ) throws(GitError) {
    let name = try headBranch() ?? ReferenceName("HEAD")
    let summary = "commit: " + message.prefix { !$0.isNewline }
    if let old {
      try updateReference(name, to: commit, from: old, message: summary, signature: signature)
    } else {
      try createReference(name, at: commit, message: summary, signature: signature)
    }
  }
}

extension GitSession {
  /// Stores a commit on top of HEAD that holds the present state of some paths of the working tree.
  ///
  /// Nothing else changes: no index, no reference. It works in any state of the checkout, an
  /// unfinished merge included.
  ///
  /// - Returns: The commit; `nil` when its tree would be that of HEAD, or HEAD has no commit.
  public func snapshot(
    of paths: [RepositoryPath], message: String, author: Signature, committer: Signature,
    signer: CommitSigner? = nil
  ) throws(GitError) -> ObjectID? {
    guard let root = workingTree, let head = try head() else { return nil }
    let base = try tree(of: head)
    let index = try indexFile()
    let converter = try converter(.checkIn(index), index)
    func isSkipped(_ path: RepositoryPath) -> Bool {
      index.positions(of: path).contains { index.entries[$0].isSkipWorktree }
    }
    var updates: [TreeUpdate] = []
    for path in paths {
      if let entry = try workingEntry(path, in: root, converter) {
        updates.append(.set(path, entry))
      } else if !isSkipped(path), try entry(at: path, in: base) != nil {
        updates.append(.remove(path))
      }
    }
    // Removals first: a directory may have taken the place of a file.
    let removals = updates.filter { if case .remove = $0 { true } else { false } }
    let additions = updates.filter { if case .remove = $0 { false } else { true } }
    let tree = try tree(updating: tree(updating: base, removals), additions)
    guard tree != base else { return nil }
    return try createCommit(
      tree: tree, parents: [head], message: message, author: author, committer: committer,
      signer: signer)
  }

  /// A file or symbolic link of the working tree as a stored tree entry.
  private func workingEntry(
    _ path: RepositoryPath, in root: FilePath, _ converter: ContentConverter
  ) throws(GitError) -> TreeEntry? {
    let file = path.absolute(in: root)
    guard let status = try fileStatus(file) else { return nil }
    if status.isSymbolicLink {
      return TreeEntry(mode: .symbolicLink, id: try writeBlob(readSymbolicLink(file)))
    }
    guard status.isRegularFile else { return nil }
    return TreeEntry(
      mode: status.isExecutable ? .executable : .regular,
      id: try storeWorkingFile(path, in: root, converter))
  }
}
