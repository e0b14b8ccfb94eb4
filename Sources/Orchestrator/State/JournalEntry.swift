internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// One step of a run, written down before it is done.
///
/// One line of the journal. All steps share one flat form; fields that a step does not need are
/// left out.
struct JournalEntry: Codable, Hashable, Sendable {
  enum Step: String, Codable, Sendable {
    /// A run begins.
    case runStarted = "run_started"
    /// An issue gets a branch and a worktree.
    case issueStarted = "issue_started"
    /// A process of an agent was started.
    case agentStarted = "agent_started"
    /// The agent's work is complete and verified; it is to be landed.
    case finished
    /// The agent gets a conflict with the base branch to resolve; `finished` ends that.
    case round
    /// Files, index and branch are about to change.
    case publishing
    /// The work could not be landed yet.
    case unlanded
    /// Files, index and branch are about to change, to take a landing back.
    case undoing
    /// That is over, however it ended.
    case undone
    /// The worktree of an issue that has landed is kept for another one.
    case pooled
    /// The issue is over: nothing of it is left to do.
    case ended
    /// A run is over.
    case runFinished = "run_finished"
  }

  /// The form of this line.
  var version = 1
  var time: String
  var run: String
  var step: Step
  var issue: String?
  var title: String?
  /// The issue's file, relative to the root of the checkout.
  var file: PersistedPath?
  var branch: String?
  var worktree: PersistedPath?
  /// The commit at which the branch began.
  var start: String?
  /// The commit that is the agent's work.
  var tip: String?
  /// Of `finished`: why the issue is closed without work, if it is.
  var closing: String?
  /// How the issue or its landing stands, and why.
  var outcome: String?
  var reason: String?
  /// Of `publishing` and `undoing`: the base branch and where it goes.
  ///
  /// Of `round`: the commit that was merged in is `new`.
  var base: String?
  var old: String?
  var new: String?
  var checkout: PersistedPath?
  var staging: PersistedPath?
  var indexLockInode: UInt64?
  var indexInode: UInt64?
  var files: [PublishedFile]?
  /// Of `agentStarted`: the process group and when its leader began, in ticks since boot.
  var processGroup: Int32?
  var startTicks: UInt64?
  /// Of `issueStarted`: the untracked issue file that was copied into the worktree, as a blob.
  var copiedIssue: String?
  /// Of `runStarted`: which issues it was asked for.
  var selection: RecordedSelection?
  /// Of `finished`: whether the work stays on its branch instead of being landed.
  var keepsBranch: Bool?

  init(_ step: Step, run: String, issue: String? = nil) {
    self.step = step
    self.run = run
    self.issue = issue
    time = UTC.now(fractional: true)
  }

  enum CodingKeys: String, CodingKey {
    case version = "v"
    case time = "ts"
    case run, step, issue, title, file, branch, worktree, start, tip, closing, outcome, reason
    case base, old, new, checkout, staging
    case indexLockInode = "index_lock_inode"
    case indexInode = "index_inode"
    case files
    case processGroup = "process_group"
    case startTicks = "start_ticks"
    case copiedIssue = "copied_issue"
    case selection
    case keepsBranch = "keeps_branch"
  }
}

/// A file of a landing that was being published.
struct PublishedFile: Codable, Hashable, Sendable {
  var path: PersistedPath
  var newInode: UInt64?
  var oldInode: UInt64?

  enum CodingKeys: String, CodingKey {
    case path
    case newInode = "new_inode"
    case oldInode = "old_inode"
  }
}

extension JournalEntry {
  /// Notes a landing that is about to be published.
  mutating func note(_ record: LandingRecord) {
    base = record.branch.text
    old = record.old.description
    new = record.new.description
    guard let part = record.checkout else { return }
    checkout = PersistedPath(part.worktree)
    staging = PersistedPath(part.stagingDirectory)
    indexLockInode = part.indexLockInode
    indexInode = part.indexInode
    files = part.files.map {
      PublishedFile(
        path: PersistedPath($0.path), newInode: $0.newInode, oldInode: $0.oldInode)
    }
  }

  /// The landing that was noted; `nil` when there is none.
  var landing: LandingRecord? {
    guard let base, let old = old.flatMap({ ObjectID(hex: $0) }),
      let new = new.flatMap({ ObjectID(hex: $0) })
    else { return nil }
    var record = LandingRecord(branch: ReferenceName(base), old: old, new: new)
    if let checkout, let staging, let indexLockInode {
      record.checkout = LandingRecord.Checkout(
        worktree: checkout.filePath, stagingDirectory: staging.filePath,
        indexLockInode: indexLockInode, indexInode: indexInode,
        files: (files ?? []).map {
          LandingRecord.File(
            path: $0.path.repositoryPath, newInode: $0.newInode, oldInode: $0.oldInode)
        })
    }
    return record
  }
}
