#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// That a process is at a worktree which is not complete: a lock on the file that locks it for git.
///
/// It is gone with the process, wherever that ran.
final class WorktreeOwner: Sendable {
  private let lock: FileLock

  init(_ file: FilePath) throws(GitError) {
    do throws(Errno) {
      guard let lock = try FileLock(trying: file) else { throw Errno.resourceBusy }
      self.lock = lock
    } catch {
      throw GitError(errno: error.rawValue, operation: "lock \(file)")
    }
  }
}

extension WorktreeRegistration {
  /// Whether the process that began to add a worktree is gone.
  static func isAbandoned(_ gitDirectory: FilePath) -> Bool {
    let lock = gitDirectory.appending("locked")
    guard let reason = try? readWholeFile(lock),
      String(decoding: reason, as: UTF8.self).trimmingSpace == unfinished
    else { return false }
    do throws(Errno) {
      guard let free = try FileLock(trying: lock) else { return false }
      _ = consume free
      return true
    } catch {
      return false
    }
  }

  /// The branch that was made for a worktree that was never finished.
  static func newBranch(
    of gitDirectory: FilePath
  ) -> NewBranch? {
    guard let bytes = try? readWholeFile(gitDirectory.appending(branchFile)) else { return nil }
    let words = String(decoding: bytes, as: UTF8.self).split(
      separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard words.count == 2, let start = ObjectID(hex: words[0]), words[1].hasSuffix("\n") else {
      return nil
    }
    return (ReferenceName(String(words[1].dropLast())), start)
  }
}

extension Head {
  /// What the file HEAD holds, without the line end.
  var fileContent: String {
    switch self {
    case .branch(let name): "ref: \(name)"
    case .detached(let id): "\(id)"
    case .unreadable: ""
    }
  }
}
