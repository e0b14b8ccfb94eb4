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

/// The lock file of one branch, which becomes the branch: no other `git` moves it meanwhile.
///
/// As libgit2 and git write references, but with the content on the disk before the name points to
/// it. A value that goes away without ``move(to:reflogs:)`` gives the lock back.
struct ReferenceLock: ~Copyable {
  private let name: ReferenceName
  private let file: FilePath
  private let lock: FilePath
  private let descriptor: Int32
  /// Whether the lock file is still there under its name.
  private var isHeld = true

  /// Takes the lock, or fails with the code `locked` when another process has it for longer than
  /// `patience`.
  init(
    _ name: ReferenceName, in commonDirectory: FilePath, patience: Duration
  ) throws(GitError) {
    let file = commonDirectory.pushing(FilePath(name.text))
    let lock = commonDirectory.pushing(FilePath(name.text + ".lock"))
    let operation = "lock the reference '\(name)'"
    try makeDirectories(file.removingLastComponent())
    let descriptor = try retryingWhileLocked(upTo: patience) { () throws(GitError) -> Int32 in
      let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
      let descriptor = lock.withPlatformString { open($0, flags, 0o666) }
      guard descriptor < 0 else { return descriptor }
      guard errno == EEXIST else { throw GitError(errno: errno, operation: operation) }
      throw GitError(.locked, operation: operation, message: "another process holds \(lock)")
    }
    (self.name, self.file, self.lock, self.descriptor) = (name, file, lock, descriptor)
  }

  deinit {
    if isHeld { removeLock() }
    close(descriptor)
  }

  /// Only what is still ours: a user may have removed a lock that looked stale.
  private func removeLock() {
    var own = stat()
    guard fstat(descriptor, &own) == 0, let found = try? fileStatus(lock),
      FileStamp(found).inode == FileStamp(own).inode
    else { return }
    try? removeFile(lock)
  }

  /// Moves the reference, durably.
  ///
  /// - Parameter reflogs: The files that get a line, and that line; before the reference moves, as
  ///   in git.
  /// - Throws: An error only when it has not moved.
  mutating func move(
    to id: ObjectID, reflogs: [(file: FilePath, line: [UInt8])]
  ) throws(GitError) {
    let text = Array("\(id)\n".utf8)
    guard text.withUnsafeBytes({ writeAll($0, to: descriptor) }) else {
      throw GitError(errno: errno, operation: "write the reference '\(name)'")
    }
    try Flush.descriptor(descriptor, lock)
    for log in reflogs { try Self.append(log.line, to: log.file) }
    try moveFile(lock, to: file)
    isHeld = false
  }

  /// Flushes the name of the reference, after it has moved.
  func flush() throws(GitError) { try Flush.directory(file.removingLastComponent()) }

  private static func append(_ line: [UInt8], to file: FilePath) throws(GitError) {
    try makeDirectories(file.removingLastComponent())
    let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC
    let descriptor = file.withPlatformString { open($0, flags, 0o666) }
    guard descriptor >= 0 else { throw GitError(errno: errno, operation: "add to \(file)") }
    defer { close(descriptor) }
    guard line.withUnsafeBytes({ writeAll($0, to: descriptor) }) else {
      throw GitError(errno: errno, operation: "add to \(file)")
    }
    try Flush.descriptor(descriptor, file)
  }
}

extension GitSession where Access == Writing {
  /// Takes the lock of a branch that is going to move durably.
  func lockDurably(_ name: ReferenceName) throws(GitError) -> ReferenceLock {
    if let target = try symbolicTarget(of: name) {
      throw GitError(
        .unsupported, operation: "move the branch '\(name)'",
        message: "it stands for '\(target)': land on that one")
    }
    return try ReferenceLock(name, in: commonDirectory, patience: lockPatience)
  }

  /// Where the reflogs are that a move of a branch goes into: the branch's own, and that of this
  /// checkout's HEAD if it is on the branch.
  func reflogs(
    _ name: ReferenceName, from old: ObjectID, to new: ObjectID, message: String,
    _ signature: Signature
  ) throws(GitError) -> [(file: FilePath, line: [UInt8])] {
    let line = try reflogLine(from: old, to: new, message: message, signature)
    var files: [FilePath] = []
    let own = commonDirectory.appending("logs").pushing(FilePath(name.text))
    if try keepsReflog(own) { files.append(own) }
    let head = gitDirectory.appending("logs").appending("HEAD")
    if try headBranch() == name, try keepsReflog(head) { files.append(head) }
    return files.map { ($0, line) }
  }

  private func keepsReflog(_ file: FilePath) throws(GitError) -> Bool {
    if try fileStatus(file) != nil { return true }
    guard let setting = try configuration("core.logAllRefUpdates") else {
      return try configurationFlag("core.bare") != true
    }
    if setting.lowercased() == "always" { return true }
    return try configurationFlag("core.logAllRefUpdates") == true
  }

  private func reflogLine(
    from old: ObjectID, to new: ObjectID, message: String, _ signature: Signature
  ) throws(GitError) -> [UInt8] {
    let (who, when, minutes) = try signature.withRaw { raw in
      (Signature(raw.pointee), raw.pointee.when.time, raw.pointee.when.offset)
    }
    let distance = abs(minutes)
    let zone = String(distance / 60 * 100 + distance % 60)
    let offset =
      (minutes < 0 ? "-" : "+") + String(repeating: "0", count: max(0, 4 - zone.count)) + zone
    // As in git, white space of any kind is one space.
    let words = message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return Array(
      "\(old) \(new) \(who.name) <\(who.email)> \(when) \(offset)\t\(words)\n".utf8)
  }
}
