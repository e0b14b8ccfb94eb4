internal import GitEngine

/// The issues of a checkout and the files that are none.
public struct IssueScan: Hashable, Sendable {
  /// The issues of every status, by priority, then by id.
  public let issues: [Issue]
  /// What was not taken, in the order of the files.
  public let problems: [IssueFileProblem]

  /// Sorts out files of one id: none of them is an issue, and one problem names them all.
  public init(issues: [Issue], problems: [IssueFileProblem] = []) {
    var files: [IssueID: [RepositoryPath]] = [:]
    for issue in issues { files[issue.id, default: []].append(issue.file) }
    for problem in problems {
      if let id = problem.id { files[id, default: []].append(problem.file) }
    }
    let duplicates = files.filter { $0.value.count > 1 }.map { id, files in
      let sorted = files.sorted()
      return IssueFileProblem(.duplicate(Array(sorted.dropFirst())), file: sorted[0], id: id)
    }
    self.issues = issues.filter { files[$0.id]?.count == 1 }.sorted(by: Issue.isBefore)
    self.problems = (problems + duplicates).sorted { $0.file < $1.file }
  }

  /// Every id that a file has, those with problems included.
  public var knownIDs: Set<IssueID> {
    Set(issues.map(\.id)).union(problems.compactMap(\.id))
  }

  /// The issue with this id.
  public subscript(_ id: IssueID) -> Issue? { issues.first { $0.id == id } }
}
