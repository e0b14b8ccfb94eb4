internal import CLibGit2

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

/// A repository inside a working tree: a submodule, or one that nobody registered.
enum NestedRepository {
  /// Whether git takes a directory for a working tree of its own.
  ///
  /// - Parameter own: The git directory of the outer repository, which may lie in its own tree.
  static func isThere(_ place: FilePath, notCounting own: FilePath) throws(GitError) -> Bool {
    guard let git = try gitDirectory(of: place) else { return false }
    guard isGitDirectory(git.path) else { return git.isUnreadable }
    return try RepositoryAccess.realPath(git.path) != RepositoryAccess.realPath(own)
  }

  /// The commit that is checked out in a nested repository; `nil` when there is none.
  static func head(_ place: FilePath) throws(GitError) -> ObjectID? {
    guard let git = try gitDirectory(of: place), isGitDirectory(git.path) else { return nil }
    let repository = try RepositoryAccess.open(place)
    return head(of: repository)
  }

  static func head(of repository: borrowing Owned<RepositoryHandle>) -> ObjectID? {
    var oid = git_oid()
    guard git_reference_name_to_id(&oid, repository.pointer, "HEAD") == 0 else {
      git_error_clear()
      return nil
    }
    return ObjectID(oid)
  }

  private static func gitDirectory(
    of place: FilePath
  ) throws(GitError) -> (path: FilePath, isUnreadable: Bool)? {
    let git = place.appending(".git")
    guard let status = try fileStatus(git) else { return nil }
    guard !status.isSymbolicLink else { return (git, false) }
    guard status.isRegularFile else { return (git, false) }
    // As in git: a link that cannot be read is taken for one that leads somewhere.
    guard let text = try? readWholeFile(git) else { return (git, true) }
    let prefix = Array("gitdir: ".utf8)
    guard text.starts(with: prefix) else { return nil }
    return (place.pushing(FilePath(gitText: Array(text.dropFirst(prefix.count)))), false)
  }

  /// git's own test: a HEAD that can be one, `objects` and `refs`.
  private static func isGitDirectory(_ path: FilePath) -> Bool {
    guard hasPlausibleHead(path) else { return false }
    var common = path
    if let link = try? readWholeFile(path.appending("commondir")) {
      common = path.pushing(FilePath(gitText: link))
    }
    return ["objects", "refs"].allSatisfy { name in
      common.appending(name).withPlatformString { access($0, X_OK) } == 0
    }
  }

  private static func hasPlausibleHead(_ path: FilePath) -> Bool {
    let file = path.appending("HEAD")
    if let status = try? fileStatus(file), status.isSymbolicLink {
      return (try? readSymbolicLink(file))?.starts(with: Array("refs/".utf8)) ?? false
    }
    guard let bytes = try? readWholeFile(file) else { return false }
    if bytes.starts(with: Array("ref:".utf8)) {
      let target = bytes.dropFirst(4).drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
      return target.starts(with: Array("refs/".utf8))
    }
    return bytes.count >= 40
      && ObjectID(hex: String(decoding: bytes.prefix(40), as: UTF8.self)) != nil
  }
}
