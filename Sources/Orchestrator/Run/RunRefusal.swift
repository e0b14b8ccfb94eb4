#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// Why a run does not begin in a repository or on a machine: nothing was changed.
public enum RunRefusal: Error, Hashable, Sendable {
  /// There is no repository at or above the directory.
  case notARepository(FilePath)
  /// The repository cannot be opened.
  case cannotOpen(FilePath, String)
  /// The repository has no working tree.
  case bareRepository(FilePath)
  /// The repository has no commit.
  case emptyRepository(FilePath)
  /// No base branch can be told.
  case noBaseBranch(String)
  /// Neither environment nor configuration say who commits.
  case noIdentity
  /// Commits must be signed, and that does not work.
  case cannotSign(String)
  /// The repository uses something that would be harmed.
  case unsupported([String])
  /// Another run has the repository.
  case alreadyRunning(RunLock.Holder?, lock: FilePath)
  /// The lock cannot be taken at all.
  case cannotLock(FilePath, String)
  /// Worktrees cannot be made where they should go.
  case worktreeBase(FilePath, String)
  /// The agent's program cannot be started.
  case agent(String)
  /// A run died while it published a landing, and somebody changed the checkout after that.
  case interruptedLanding(issue: String, String)
}

extension RunRefusal: CustomStringConvertible {
  /// What is wrong and what to do, for people.
  public var description: String {
    switch self {
    case .notARepository(let path):
      "\(path) is not in a git repository; go to one, or name one with --config DIR"
    case .cannotOpen(let path, let why): "the repository at \(path) cannot be opened: \(why)"
    case .bareRepository(let path):
      "\(path) is a bare repository: issues and agents need a checkout; make one with 'git worktree add'"
    case .emptyRepository(let path):
      "the repository at \(path) has no commit yet; make a first one, then run again"
    case .noBaseBranch(let why):
      "no base branch to land on: \(why); set \"parallel\": {\"base_branch\": \"…\"} or check out a branch"
    case .noIdentity:
      """
      nobody is named to make commits; add to the repository's configuration:
        [user]
          name = Your Name
          email = you@example.com
      """
    case .cannotSign(let why):
      "commit.gpgSign is on, and commits cannot be signed: \(why)\n"
        + "mend that, or set \"parallel\": {\"unsigned\": true} to land unsigned ones"
    case .unsupported(let features):
      "this repository cannot be worked on without harm: " + features.joined(separator: "; ")
    case .alreadyRunning(let holder, let lock):
      if let holder {
        "another run works in this repository: process \(holder.pid) on \(holder.host), "
          + "since \(holder.since); wait for it, or stop it"
      } else {
        "another run works in this repository (\(lock) is locked); wait for it, or stop it"
      }
    case .cannotLock(let path, let why): "cannot lock \(path): \(why)"
    case .worktreeBase(let path, let why):
      "worktrees cannot be made in \(path): \(why); choose another place with --worktree-base"
    case .agent(let why): why
    case .interruptedLanding(let issue, let why):
      "a run was killed while it landed \(issue), and that can be neither finished nor undone: "
        + "\(why); put it right, then remove index.lock there, and run again"
    }
  }
}
