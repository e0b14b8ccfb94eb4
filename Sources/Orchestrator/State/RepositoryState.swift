internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// What earlier runs left to do, as their journal tells it: a fold over its entries.
struct RepositoryState: Hashable, Sendable {
  /// An issue that was begun and did not end.
  struct Leftover: Hashable, Sendable {
    var issue: String
    var title = ""
    var file: RepositoryPath?
    var branch: ReferenceName?
    var worktree: FilePath?
    var start: ObjectID?
    /// Set when the work is complete and verified.
    var tip: ObjectID?
    /// Why the issue is to be closed without work, if it is.
    var closing: String?
    /// Whether the work stays on its branch instead of being landed.
    var keepsBranch = false
    /// How the last try to land it ended: "conflict", "deferred"; `nil` when there was none.
    var outcome: String?
    var reason: String?
    /// The landing that was being published when the run died.
    var publishing: JournalEntry?
    /// The commit of the base branch whose conflict an agent was resolving when the run died.
    var round: ObjectID?
    /// The agents' process groups, which may have outlived their run.
    var agents: [JournalEntry] = []
    var copiedIssue: ObjectID?
    /// How the issue ended before, which counts again if this time it does not even begin.
    var before: JournalEntry?
    /// The entries to keep in a compacted journal.
    var entries: [JournalEntry] = []

    var isFinished: Bool { tip != nil }
  }

  /// What is left of an issue.
  enum Remains: Hashable {
    /// Work that is complete and verified and has not landed.
    case finished(Leftover)
    /// Work of an agent that was stopped or killed.
    case unfinished
    /// Nothing but the memory of a failure, and perhaps a branch.
    case failed(JournalEntry)
    /// Work that was left on a branch, as it was asked for.
    case onBranch(ReferenceName)
  }

  /// What is left, in the order in which it was begun.
  private(set) var leftovers: [Leftover] = []
  /// How issues ended that have not landed and were not begun again.
  private(set) var ended: [String: JournalEntry] = [:]
  /// Landings that were being taken back, by issue.
  private(set) var undoing: [String: JournalEntry] = [:]
  /// Worktrees that waited for another issue; some of them may have got one since.
  private(set) var pooled: [FilePath] = []
  /// The beginning of the last run.
  private(set) var lastRun: JournalEntry?

  init(_ entries: [JournalEntry]) { for entry in entries { apply(entry) } }

  /// The leftover of one issue.
  subscript(_ issue: String) -> Leftover? { leftovers.first { $0.issue == issue } }

  /// What is left of one issue; `nil` when it is as if it had never been begun.
  func remains(of issue: String) -> Remains? {
    if let leftover = self[issue] {
      guard leftover.isFinished else { return .unfinished }
      guard leftover.keepsBranch, let branch = leftover.branch else { return .finished(leftover) }
      return .onBranch(branch)
    }
    guard let entry = ended[issue] else { return nil }
    return switch entry.ending {
    case .failed: .failed(entry)
    case .stopped: .unfinished
    case .onBranch: entry.branch.map { .onBranch(ReferenceName($0)) }
    case nil: nil
    }
  }

  /// The journal that says the same in the fewest entries.
  ///
  /// - Parameter obsolete: Endings that mean nothing any more.
  func compacted(without obsolete: Set<JournalEntry> = []) -> [JournalEntry] {
    [lastRun].compactMap(\.self)
      + ended.values.filter { !obsolete.contains($0) }.sorted { $0.time < $1.time }
      + undoing.values.sorted { $0.time < $1.time } + leftovers.flatMap(\.entries)
  }

  mutating func apply(_ entry: JournalEntry) {
    if entry.step == .runStarted { lastRun = entry }
    if entry.step == .pooled, let path = entry.worktree?.filePath { pooled.append(path) }
    guard let issue = entry.issue else { return }
    let position = leftovers.firstIndex { $0.issue == issue }
    switch entry.step {
    case .runStarted, .runFinished, .pooled: return
    case .undoing: undoing[issue] = entry
    case .undone: undoing[issue] = nil
    case .issueStarted:
      if let position { leftovers.remove(at: position) }
      leftovers.append(Leftover(entry, before: ended.removeValue(forKey: issue)))
    case .ended:
      let leftover = position.map { leftovers.remove(at: $0) }
      var counts = entry.outcome == JournalEntry.notStarted ? leftover?.before : entry
      // For whoever is told of it later.
      if let title = leftover?.title, counts?.title == nil { counts?.title = title }
      ended[issue] = counts?.ending == nil ? nil : counts
    case .agentStarted, .finished, .round, .publishing, .unlanded:
      guard let position else { return }
      leftovers[position].apply(entry)
    }
  }
}

extension RepositoryState.Leftover {
  fileprivate init(_ entry: JournalEntry, before: JournalEntry?) {
    issue = entry.issue ?? ""
    title = entry.title ?? ""
    file = entry.file?.repositoryPath
    branch = entry.branch.map { ReferenceName($0) }
    worktree = entry.worktree?.filePath
    start = entry.start.flatMap { ObjectID(hex: $0) }
    copiedIssue = entry.copiedIssue.flatMap { ObjectID(hex: $0) }
    self.before = before
    entries = [before, entry].compactMap(\.self)
  }

  fileprivate mutating func apply(_ entry: JournalEntry) {
    entries.removeAll { $0.step == entry.step && entry.step != .agentStarted }
    entries.append(entry)
    switch entry.step {
    case .agentStarted:
      agents.append(entry)
    case .finished:
      tip = entry.tip.flatMap { ObjectID(hex: $0) }
      closing = entry.closing
      keepsBranch = entry.keepsBranch ?? false
      entries.removeAll { $0.step == .agentStarted || $0.step == .round }
      (agents, round) = ([], nil)
    case .round:
      round = entry.new.flatMap { ObjectID(hex: $0) }
    case .publishing:
      publishing = entry
    case .unlanded:
      publishing = nil
      entries.removeAll { $0.step == .publishing }
      outcome = entry.outcome
      reason = entry.reason
    case .runStarted, .issueStarted, .pooled, .undoing, .undone, .ended, .runFinished:
      break
    }
  }
}

extension JournalEntry {
  /// The outcome of an issue that ended before its agent began.
  static let notStarted = "not_started"
  /// The outcome of an issue whose remains were kept under a reference, to run again.
  static let saved = "saved"

  /// An end of an issue that later runs must know of.
  enum Ending { case failed, stopped, onBranch }

  var ending: Ending? {
    guard step == .ended else { return nil }
    return switch outcome {
    case IssueReport.Outcome.failed.rawValue: .failed
    case IssueReport.Outcome.interrupted.rawValue, Self.saved: .stopped
    case IssueReport.Outcome.finished.rawValue: .onBranch
    default: nil
    }
  }
}
