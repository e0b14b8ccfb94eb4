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
  /// When it was made, by the clock of the file system.
  let made: FileStamp.Moment

  fileprivate init(path: FilePath, inode: UInt64, made: FileStamp.Moment) {
    self.path = path
    self.inode = inode
    self.made = made
  }

  deinit {
    // Only what is still ours: a user may have removed a lock that looked stale.
    // Tried again: no git gets past one that stays.
    for _ in 0..<3 {
      guard let status = try? fileStatus(path), UInt64(status.st_ino) == inode else { return }
      if (try? removeFile(path)) != nil { return }
    }
  }
}

/// A file that can become the `index.lock` of a checkout.
///
/// It is made and known by its inode before it becomes the lock, so a journal can name it first: a
/// crash leaves no lock that nobody knows.
struct IndexLockFile: ~Copyable {
  private let own: FilePath
  private let gitDirectory: FilePath
  let inode: UInt64
  private let made: FileStamp.Moment

  /// - Parameter note: What the lock file holds; see ``repeatable(_:)``.
  init(in gitDirectory: FilePath, note: [UInt8] = []) throws(GitError) {
    let own = gitDirectory.appending(
      "\(SideFiles.lock)\(getpid())-\(UInt32.random(in: 0 ... .max))")
    try writeNewFile(own, note)
    guard let status = try fileStatus(own) else {
      throw GitError(
        .notFound, operation: "prepare a lock in \(gitDirectory)", message: "it is gone")
    }
    self.own = own
    self.gitDirectory = gitDirectory
    inode = UInt64(status.st_ino)
    made = FileStamp(status).modified
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
        return IndexLock(path: path, inode: inode, made: made)
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
    return IndexLock(
      path: path, inode: UInt64(status.st_ino), made: FileStamp(status).modified)
  }
}

extension IndexLockFile {
  private static let mark = Array("GitEngine: can be done again; beside it: ".utf8)

  /// What a lock holds if whatever was going on under it can be done again from the start, over
  /// what is there.
  static func repeatable(_ staging: FilePath) -> [UInt8] { mark + staging.bytes }

  /// Removes an `index.lock` that says it is of that kind, and what lay beside it.
  ///
  /// Such a lock is only ever made inside a transaction. Called inside of one, it finds those of
  /// processes that are gone.
  static func removeRepeatable(
    in gitDirectory: FilePath, isKnown: ([UInt8]) throws(GitError) -> Bool
  ) throws(GitError) {
    let path = gitDirectory.appending("index.lock")
    guard try fileStatus(path)?.isRegularFile ?? false, let note = try? readWholeFile(path),
      note.starts(with: mark)
    else { return }
    let staging = FilePath(gitText: Array(note[mark.count...]))
    let name = staging.lastComponent?.string ?? ""
    if name.hasPrefix(SideFiles.staging), try fileStatus(staging)?.isDirectory ?? false {
      for name in try directoryNames(staging) {
        let file = RepositoryPath(bytes: name).absolute(in: staging)
        guard let status = try fileStatus(file) else { continue }
        // An editor may have written to a file after it came out of the checkout.
        let isOurs = name == Array("index".utf8) || name == Array("old-index".utf8)
        let bytes = try status.isSymbolicLink ? readSymbolicLink(file) : readWholeFile(file)
        let isNothingNew = if isOurs { true } else { try isKnown(bytes) }
        if isNothingNew { try removeFile(file) }
      }
      try? removeEmptyDirectory(staging)
    }
    for name in try directoryNames(gitDirectory)
    where name.starts(with: SideFiles.lock.utf8) {
      let file = RepositoryPath(bytes: name).absolute(in: gitDirectory)
      guard let one = try fileStatus(file), let other = try fileStatus(path) else { continue }
      if FileStamp(one).inode == FileStamp(other).inode { try? removeFile(file) }
    }
    try removeFile(path)
  }
}
