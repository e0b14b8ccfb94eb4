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
    /// How the last try to land it ended: "conflict", "deferred"; `nil` when there was none.
    var outcome: String?
    var reason: String?
    /// The landing that was being published when the run died.
    var publishing: JournalEntry?
    /// The agents' process groups, which may have outlived their run.
    var agents: [JournalEntry] = []
    var copiedIssue: ObjectID?
    /// The entries to keep in a compacted journal.
    var entries: [JournalEntry] = []

    var isFinished: Bool { tip != nil }
  }

  /// What is left, in the order in which it was begun.
  private(set) var leftovers: [Leftover] = []

  init(_ entries: [JournalEntry]) { for entry in entries { apply(entry) } }

  /// The leftover of one issue.
  subscript(_ issue: String) -> Leftover? { leftovers.first { $0.issue == issue } }

  /// The journal that says the same in the fewest entries.
  var compacted: [JournalEntry] { leftovers.flatMap(\.entries) }

  private mutating func apply(_ entry: JournalEntry) {
    guard let issue = entry.issue else { return }
    let position = leftovers.firstIndex { $0.issue == issue }
    switch entry.step {
    case .runStarted, .runFinished: return
    case .issueStarted:
      var leftover = Leftover(issue: issue)
      leftover.title = entry.title ?? ""
      leftover.file = entry.file?.repositoryPath
      leftover.branch = entry.branch.map { ReferenceName($0) }
      leftover.worktree = entry.worktree?.filePath
      leftover.start = entry.start.flatMap { ObjectID(hex: $0) }
      leftover.copiedIssue = entry.copiedIssue.flatMap { ObjectID(hex: $0) }
      leftover.entries = [entry]
      if let position { leftovers.remove(at: position) }
      leftovers.append(leftover)
    case .ended:
      if let position { leftovers.remove(at: position) }
    case .agentStarted, .finished, .publishing, .unlanded:
      guard let position else { return }
      leftovers[position].apply(entry)
    }
  }
}

extension RepositoryState.Leftover {
  fileprivate mutating func apply(_ entry: JournalEntry) {
    entries.removeAll { $0.step == entry.step && entry.step != .agentStarted }
    entries.append(entry)
    switch entry.step {
    case .agentStarted:
      agents.append(entry)
    case .finished:
      tip = entry.tip.flatMap { ObjectID(hex: $0) }
      closing = entry.closing
      entries.removeAll { $0.step == .agentStarted }
      agents = []
    case .publishing:
      publishing = entry
    case .unlanded:
      publishing = nil
      entries.removeAll { $0.step == .publishing }
      outcome = entry.outcome
      reason = entry.reason
    case .runStarted, .issueStarted, .ended, .runFinished:
      break
    }
  }
}
