#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// A session that can be kept: for one thread of an operation that has several.
final class ThreadSession {
  let git: GitSession<Reading>

  /// Where the checkout and its repository are.
  struct Places: Sendable {
    let root: FilePath
    let gitDirectory: FilePath
    let commonDirectory: FilePath

    init(_ git: borrowing GitSession<some Any>, root: FilePath) {
      self.root = root
      gitDirectory = git.gitDirectory
      commonDirectory = git.commonDirectory
    }
  }

  init(_ places: Places) throws(GitError) {
    // `core.worktree` may name a directory that does not lead back.
    let hasLink = try fileStatus(places.root.appending(".git")) != nil
    git = GitSession(
      try RepositoryAccess.open(hasLink ? places.root : places.gitDirectory),
      commonDirectory: places.commonDirectory, mainWorktree: nil)
  }
}
