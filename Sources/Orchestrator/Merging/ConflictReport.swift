internal import GitEngine

/// What an agent is told of a conflict: the files, and the issues on both sides with their texts.
struct ConflictReport: Sendable {
  private var files: [String]
  private var others: [AgentConflict.OtherIssue] = []
  private var issue: Issue?
  private var text: [UInt8] = []

  /// So many commits of the base branch are looked at.
  private static let historyLimit = 500

  init<Access>(
    _ merge: TreeMerge, with base: ObjectID, of work: FinishedWork, parser: IssueParser,
    _ git: borrowing GitSession<Access>
  ) throws {
    var paths = Set(merge.conflicts.map(\.path))
    for conflict in merge.conflicts { paths.formUnion(conflict.otherPaths) }
    files = merge.conflicts.map(\.description)
    // Conflicts about directories have no file of their own.
    if files.isEmpty { files = merge.notes.filter(\.isConflict).map(\.text) }
    let known = try BaseIssues(at: base, parser: parser, git)
    if let entry = try git.entry(at: work.file, in: git.tree(of: work.tip)), entry.mode.isFile {
      text = try git.blob(entry.id)
    } else if let copied = work.copiedIssue {
      text = try git.blob(copied)
    }
    issue = try? parser.parse(text, at: work.file)
    var seen: Set<String> = [work.issue]
    var walk = CommitWalk(from: [base], hiding: [work.tip])
    walk.firstParentOnly = true
    for commit in try git.commits(walk, limit: Self.historyLimit) {
      let trailers = CommitMessage(commit.message).trailers
      guard let id = trailers.last(where: { $0.key == "Issue" })?.value, seen.insert(id).inserted,
        let parent = commit.parents.first,
        try git.changes(from: git.tree(of: parent), to: commit.tree).contains(where: {
          paths.contains($0.path)
        })
      else { continue }
      let other = IssueID(id).flatMap { known[$0] }
      others.append(
        AgentConflict.OtherIssue(
          id: id, title: other?.title ?? commit.summary,
          text: other.map { String(decoding: $0.text, as: UTF8.self) } ?? ""))
    }
  }

  func question(base: ReferenceName) -> AgentConflict {
    AgentConflict(files: files, otherIssues: others, baseBranch: base.shortName)
  }

  func task(for work: FinishedWork, run: String) -> AgentTask {
    AgentTask(
      issueID: work.issue, category: issue?.category.key ?? "",
      action: issue?.category.action ?? "", file: work.file.description, title: work.title,
      body: String(decoding: text, as: UTF8.self), worktree: work.worktree, runID: run)
  }
}
