internal import GitEngine

/// The issues as the base branch's tip has them: what agents see, and what counts as done.
struct BaseIssues: Sendable {
  private var issues: [IssueID: Issue] = [:]

  init<Access>(
    at commit: ObjectID, parser: IssueParser, _ git: borrowing GitSession<Access>
  ) throws {
    let tree = try git.tree(of: commit)
    for directory in parser.directoryPaths {
      guard let entry = try git.entry(at: directory, in: tree), entry.mode == .tree else {
        continue
      }
      for (name, file) in try git.entries(of: entry.id) where file.mode.isFile {
        let path = directory.appending(name)
        // A file that is no issue, or a broken one, is the scan's to report.
        guard parser.id(of: path) != nil,
          let issue = try? parser.parse(git.blob(file.id), at: path)
        else { continue }
        issues[issue.id] = issue
      }
    }
  }

  subscript(_ id: IssueID) -> Issue? { issues[id] }

  /// The issues that are done or cancelled there.
  var finished: Set<IssueID> { Set(issues.filter { $0.value.status.isFinished }.keys) }
}
