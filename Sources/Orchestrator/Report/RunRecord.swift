public import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// All that is known of a run that is over, or of how far one has come.
public struct RunRecord: Sendable {
  /// An issue of the run.
  public struct Issue: Sendable {
    /// Its id.
    public var id: String
    /// Its title, if its file is there.
    public var title: String
    /// How it ended; `nil` when it did not.
    public var outcome: IssueReport.Outcome?
    /// Why it did not land.
    public var reason: String?
    /// The commit that it landed as.
    public var commit: String?
    /// What it changed, against the base branch before it.
    public var files: [LineCount] = []
    /// How long it had a slot, in seconds.
    public var seconds: Double
    /// The end of what its agent said.
    public var log: [String] = []
    /// How many lines of that came before.
    public var omittedLines = 0
  }

  /// Where the run stands.
  public var progress: RunProgress
  /// When its first event was, RFC 3339 in UTC.
  public var started: String
  /// What each slot did when.
  public var timeline: RunTimeline
  /// The issues, in the order of the run, landings of earlier runs before them.
  public var issues: [Issue]

  /// Reads it.
  ///
  /// - Parameters:
  ///   - run: The run's id; `nil` for the newest one.
  ///   - logLines: How many lines of each log are taken.
  /// - Returns: `nil` when there is no such run, or its events are gone.
  public static func read(
    _ project: Project, _ configuration: Configuration, run: String?, logLines: Int = 200
  ) async throws -> RunRecord? {
    let logs = AgentLogs(project.state)
    guard let run = run ?? logs.runs.last, logs.runs.contains(run) else { return nil }
    var file = FollowedFile(project.state.events(run: run))
    let records = file.nextLines().compactMap { RunEvents.Record(line: $0) }
    guard let first = records.first else { return nil }
    var progress = RunProgress()
    for record in records { progress.apply(record) }
    var record = RunRecord(
      progress: progress, started: first.timestamp, timeline: RunTimeline(records), issues: [])
    let titles = titles(project, configuration)
    let state = RepositoryState(try Journal.read(project.state))
    record.issues = record.ids.map { id in
      var issue = record.issue(id, title: titles[id] ?? "")
      // Of what did not come to a landing, the journal alone knows why.
      if issue.reason == nil, let entry = state.ended[id], entry.run == run {
        issue.reason = entry.reason
      }
      if let log = logs.find(id, run: run) { issue.readLog(log.file, lines: logLines) }
      return issue
    }
    try await record.measure(project)
    return record
  }

  private var ids: [String] {
    let earlier = progress.ended.map(\.issue).filter { !progress.issues.contains($0) }
    return earlier + progress.issues
  }

  private func issue(_ id: String, title: String) -> Issue {
    let ended = progress.ended.first { $0.issue == id }
    let spans = timeline.spans.filter { $0.issue == id }
    let seconds = spans.reduce(0) { $0 + Double($1.end - $1.start) / 1e9 }
    return Issue(
      id: id, title: title, outcome: ended?.outcome, reason: ended?.reason, commit: ended?.commit,
      seconds: seconds)
  }

  private static func titles(
    _ project: Project, _ configuration: Configuration
  ) -> [String: String] {
    let source = FileIssueSource(root: project.root, configuration: configuration.issues)
    let issues = (try? source.scan())?.issues ?? []
    return Dictionary(issues.map { ($0.id.description, $0.title) }, uniquingKeysWith: { $1 })
  }

  /// Finds out what each landing changed.
  private mutating func measure(_ project: Project) async throws {
    let commits = issues.compactMap { issue in issue.commit.flatMap { ObjectID(hex: $0) } }
    let counts = try await project.repository.read { git in
      var counts: [String: [LineCount]] = [:]
      // A commit may be gone by now: somebody rewrote the branch.
      for id in commits {
        guard let commit = try? git.commit(id) else { continue }
        let before = try commit.parents.first.map { try git.tree(of: $0) }
        counts["\(id)"] = try git.lineCounts(from: before, to: commit.tree)
      }
      return counts
    }
    for position in issues.indices {
      issues[position].files = issues[position].commit.flatMap { counts[$0] } ?? []
    }
  }
}

extension RunRecord.Issue {
  fileprivate mutating func readLog(_ file: FilePath, lines limit: Int) {
    var file = FollowedFile(file)
    let lines = file.nextLines().flatMap(AgentLogs.text)
    log = Array(lines.suffix(limit))
    omittedLines = lines.count - log.count
  }
}
