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
///
/// The file is made under another name and linked into place, so its inode is known before it
/// becomes the lock: after a crash the lock can be told from everybody else's.
struct IndexLock: ~Copyable {
  private let path: FilePath
  let inode: UInt64

  private init(path: FilePath, inode: UInt64) {
    self.path = path
    self.inode = inode
  }

  /// Takes the lock; `nil` when another process holds it for longer than `patience`.
  static func take(
    in gitDirectory: FilePath, patience: Duration
  ) throws(GitError) -> IndexLock? {
    let path = gitDirectory.appending("index.lock")
    let own = gitDirectory.appending("gitengine-lock-\(getpid())-\(UInt32.random(in: 0 ... .max))")
    try writeNewFile(own, [])
    defer { try? removeFile(own) }
    guard let status = try fileStatus(own) else { return nil }
    var backoff = Backoff(upTo: patience)
    while true {
      do throws(GitError) {
        try system("take \(path)") {
          own.withPlatformString { from in path.withPlatformString { link(from, $0) } }
        }
        return IndexLock(path: path, inode: UInt64(status.st_ino))
      } catch {
        guard error.code == .exists else {
          // A file system without hard links.
          return try takeWithoutLink(path)
        }
        guard backoff.wait() else { return nil }
      }
    }
  }

  private static func takeWithoutLink(_ path: FilePath) throws(GitError) -> IndexLock? {
    do throws(GitError) { try writeNewFile(path, []) } catch {
      guard error.code == .exists else { throw error }
      return nil
    }
    guard let status = try fileStatus(path) else { return nil }
    return IndexLock(path: path, inode: UInt64(status.st_ino))
  }

  deinit {
    // Only what is still ours: a user may have removed a lock that looked stale.
    if let status = try? fileStatus(path), UInt64(status.st_ino) == inode { try? removeFile(path) }
  }
}
