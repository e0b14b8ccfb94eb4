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

/// The `index.lock` of a checkout: no `git` process changes its index while this value lives.
struct IndexLock: ~Copyable {
  private let path: FilePath
  let inode: UInt64

  fileprivate init(path: FilePath, inode: UInt64) {
    self.path = path
    self.inode = inode
  }

  deinit {
    // Only what is still ours: a user may have removed a lock that looked stale.
    if let status = try? fileStatus(path), UInt64(status.st_ino) == inode { try? removeFile(path) }
  }
}

/// A file that can become the `index.lock` of a checkout.
///
/// It is made and known by its inode before it becomes the lock, so a journal can name it first: a
/// crash leaves no lock that nobody knows.
///
/// What it holds says whether a lock that a dead process left can simply go.
struct IndexLockFile: ~Copyable {
  /// What the lock file holds.
  enum Note: String {
    /// Nothing: what is half done is for its maker to say.
    case unknown = ""
    /// What the process was doing can be done again from the start, over what is there.
    case repeatable = "GitEngine: a switch or a reset, which can be repeated\n"
  }

  private let own: FilePath
  private let gitDirectory: FilePath
  let inode: UInt64

  init(in gitDirectory: FilePath, note: Note = .unknown) throws(GitError) {
    let own = gitDirectory.appending("gitengine-lock-\(getpid())-\(UInt32.random(in: 0 ... .max))")
    try writeNewFile(own, Array(note.rawValue.utf8))
    guard let status = try fileStatus(own) else {
      throw GitError(
        .notFound, operation: "prepare a lock in \(gitDirectory)", message: "it is gone")
    }
    self.own = own
    self.gitDirectory = gitDirectory
    inode = UInt64(status.st_ino)
  }

  deinit { try? removeFile(own) }

  /// Takes the lock; `nil` when another process holds it for longer than `patience`.
  func take(patience: Duration) throws(GitError) -> IndexLock? {
    let path = gitDirectory.appending("index.lock")
    var backoff = Backoff(upTo: patience)
    while true {
      do throws(GitError) {
        try system("take \(path)") {
          own.withPlatformString { from in path.withPlatformString { link(from, $0) } }
        }
        return IndexLock(path: path, inode: inode)
      } catch {
        guard error.code == .exists else {
          // A file system without hard links.
          return try takeWithoutLink(path)
        }
        guard backoff.wait() else { return nil }
      }
    }
  }

  private func takeWithoutLink(_ path: FilePath) throws(GitError) -> IndexLock? {
    let content = try readWholeFile(own)
    do throws(GitError) { try writeNewFile(path, content) } catch {
      guard error.code == .exists else { throw error }
      return nil
    }
    guard let status = try fileStatus(path) else { return nil }
    return IndexLock(path: path, inode: UInt64(status.st_ino))
  }
}
