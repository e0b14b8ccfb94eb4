internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// What becomes of two commits of one submodule.
enum SubmoduleMerge {
  /// One contains the other and the ancestor's.
  case fastForward(ObjectID)
  case conflict(ConflictKind, String)
}

extension ContentMerger {
  /// Merges two commits of the submodule at `path`, without fetching anything.
  func submodule(
    at path: RepositoryPath, base: ObjectID?, ours: ObjectID, theirs: ObjectID
  ) throws(GitError) -> SubmoduleMerge {
    guard let repository = try submoduleRepository(at: path) else {
      return .conflict(.submoduleNotInitialized, "not checked out")
    }
    guard let base else { return .conflict(.submoduleWithoutBase, "no merge base") }
    for id in [base, ours, theirs] {
      let commit = try Owned<CommitHandle>(ifFound: "look for the commit \(id)") { out in
        id.withRaw { git_commit_lookup(&out, repository.pointer, $0) }
      }
      guard commit != nil else {
        return .conflict(.submoduleHistoryMissing, "commits not present")
      }
    }
    func contains(_ descendant: ObjectID, _ ancestor: ObjectID) throws(GitError) -> Bool {
      if descendant == ancestor { return true }
      let status = descendant.withRaw { descendant in
        ancestor.withRaw { git_graph_descendant_of(repository.pointer, descendant, $0) }
      }
      return try check(status, "look for \(ancestor) in the history of \(descendant)") == 1
    }
    guard try contains(ours, base), try contains(theirs, base) else {
      return .conflict(.submoduleRewound, "commits don't follow merge-base")
    }
    if try contains(theirs, ours) { return .fastForward(theirs) }
    if try contains(ours, theirs) { return .fastForward(ours) }
    return .conflict(.submodule, "")
  }

  /// The repository of a submodule, if it is there.
  private func submoduleRepository(
    at path: RepositoryPath
  ) throws(GitError) -> Owned<RepositoryHandle>? {
    let repository = try repository()
    guard let root = git_repository_workdir(repository.raw) else { return nil }
    let directory = path.absolute(in: FilePath(platformString: root))
    guard try fileStatus(directory.appending(".git")) != nil else { return nil }
    return try Owned<RepositoryHandle>(ifFound: "open the submodule \(path)") { out in
      directory.withPlatformString {
        git_repository_open_ext(&out, $0, GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue, nil)
      }
    }
  }
}
