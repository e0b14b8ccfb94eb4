#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// Why a worktree was forgotten.
public enum PruneReason: String, Hashable, Sendable, CustomStringConvertible {
  /// Something else than a directory is in the registry.
  case notADirectory = "not a valid directory"
  /// The registration does not say where the worktree is.
  case noGitdirFile = "gitdir file does not exist"
  /// The registration is damaged.
  case invalidGitdirFile = "invalid gitdir file"
  /// The worktree is gone.
  case missing = "gitdir file points to non-existent location"

  /// The reason in the words of `git worktree prune`.
  public var description: String { rawValue }
}

/// A registration that was forgotten.
public struct PrunedWorktree: Hashable, Sendable {
  /// Its name under `worktrees/` in the common directory; bytes that are not UTF-8 are replaced.
  public var name: String
  /// Why.
  public var reason: PruneReason
}

extension GitSession {
  fileprivate func registration(
    at path: FilePath, _ operation: String
  ) throws(GitError) -> Worktree {
    let resolved = (try? RepositoryAccess.realPath(path)) ?? path
    guard let worktree = try worktrees().first(where: { $0.path == resolved }) else {
      throw GitError(.notFound, operation: operation, message: "no worktree is registered there")
    }
    guard worktree.name != nil else {
      throw GitError(.unsupported, operation: operation, message: "it is the main worktree")
    }
    return worktree
  }
}

extension GitSession where Access == Writing {
  /// The worktrees that a dead process left half made.
  ///
  /// ``GitRepository/removeLeftoverWorktrees(trash:)`` removes them.
  public func leftoverWorktrees() throws(GitError) -> [Worktree] {
    try worktrees().filter {
      $0.name != nil && WorktreeRegistration.isAbandoned($0.gitDirectory)
    }
  }

  /// Locks a worktree: neither `git worktree prune` nor a removal takes it until it is unlocked.
  ///
  /// - Throws: A ``GitError``: `exists` when it is locked, `notFound` for a path where no worktree
  ///   is registered, `unsupported` for the main one.
  public func lockWorktree(at path: FilePath, reason: String = "") throws(GitError) {
    let operation = "lock the worktree \(path)"
    let worktree = try registration(at: path, operation)
    if let old = worktree.lockReason {
      throw GitError(
        .exists, operation: operation,
        message: old.isEmpty ? "it is locked" : "it is locked, reason: \(old)")
    }
    let text = reason.isEmpty ? [] : Array((reason + "\n").utf8)
    try writeNewFile(worktree.gitDirectory.appending("locked"), text)
  }

  /// Unlocks a worktree.
  ///
  /// - Throws: A ``GitError`` with the code `notFound` when it is not locked, or not there.
  public func unlockWorktree(at path: FilePath) throws(GitError) {
    let operation = "unlock the worktree \(path)"
    let worktree = try registration(at: path, operation)
    guard worktree.lockReason != nil else {
      throw GitError(.notFound, operation: operation, message: "it is not locked")
    }
    try removeFile(worktree.gitDirectory.appending("locked"))
  }

  /// Forgets worktrees whose directory is gone, as `git worktree prune`.
  ///
  /// Their branches stay. What was staged in them, and their HEADs and reflogs, go.
  ///
  /// - Parameter age: How many seconds ago a missing one must have been used for the last time.
  /// - Returns: What was forgotten.
  @discardableResult
  public func pruneWorktrees(unusedFor age: Int64 = 0) throws(GitError) -> [PrunedWorktree] {
    let registry = commonDirectory.appending("worktrees")
    guard try fileStatus(registry)?.isDirectory ?? false else { return [] }
    var pruned: [PrunedWorktree] = []
    for name in try directoryNames(registry).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      let directory = RepositoryPath(bytes: name).absolute(in: registry)
      guard let reason = try reasonToPrune(directory, unusedFor: age) else { continue }
      try WorktreeRegistration.remove(directory)
      pruned.append(PrunedWorktree(name: String(decoding: name, as: UTF8.self), reason: reason))
    }
    return pruned
  }

  private func reasonToPrune(
    _ directory: FilePath, unusedFor age: Int64
  ) throws(GitError) -> PruneReason? {
    guard try fileStatus(directory)?.isDirectory ?? false else { return .notADirectory }
    if try fileStatus(directory.appending("locked")) != nil { return nil }
    let link = directory.appending("gitdir")
    guard try fileStatus(link) != nil else { return .noGitdirFile }
    let target = FilePath(gitText: try readWholeFile(link))
    if target.isEmpty { return .invalidGitdirFile }
    let place = directory.pushing(target).lexicallyNormalized()
    if try fileStatus(place) != nil { return nil }
    guard let index = try fileStatus(directory.appending("index")) else { return .missing }
    return FileStamp(index).modified.seconds <= Int64(time(nil)) - age ? .missing : nil
  }

  /// Registers a worktree and makes the branch for it; all or nothing.
  func registerWorktree(
    at path: FilePath, _ target: CheckoutTarget, _ signature: Signature
  ) throws(GitError) -> (WorktreeRegistration, start: ObjectID) {
    let operation = "add the worktree \(path)"
    var newBranch: (name: ReferenceName, start: ObjectID)?
    let (head, start): (Head, ObjectID)
    switch target {
    case .detached(let id): (head, start) = (.detached(id), id)
    case .newBranch(let name, let id):
      (head, start, newBranch) = (.branch(name), id, (name, id))
      if try self.target(of: name) != nil {
        throw GitError(
          .exists, operation: operation, message: "the branch '\(name.shortName)' exists")
      }
    case .branch(let name):
      guard name.branchName != nil, let id = try self.target(of: name) else {
        throw GitError(
          .notFound, operation: operation, message: "there is no branch '\(name.shortName)'")
      }
      if let other = try otherCheckout(of: name, than: nil) {
        throw GitError(
          .conflict, operation: operation,
          message: "the branch '\(name.shortName)' is checked out in \(other)")
      }
      (head, start) = (.branch(name), id)
    }
    _ = try lookUpCommit(start)
    let parent = path.removingLastComponent()
    if let name = path.lastComponent, let resolved = try? RepositoryAccess.realPath(parent),
      try worktrees().contains(where: { $0.path == resolved.appending(name) })
    {
      throw GitError(
        .exists, operation: operation,
        message: "a worktree is registered there; remove it, or prune it if it is missing")
    }
    let registration = try WorktreeRegistration(
      adding: path, head: head, newBranch: newBranch, commonDirectory: commonDirectory)
    do throws(GitError) {
      try registration.copySettings(from: self)
      if let newBranch {
        try createReference(
          newBranch.name, at: start, message: "branch: Created from \(start)",
          signature: signature)
      }
    } catch {
      registration.takeBack()
      throw error
    }
    return (registration, start)
  }
}
