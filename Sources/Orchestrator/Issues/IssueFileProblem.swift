public import GitEngine

/// Why a file is not taken as an issue.
public struct IssueFileProblem: Error, Hashable, Sendable {
  /// What is wrong.
  public enum Reason: Hashable, Sendable {
    /// The file or directory cannot be read.
    case unreadable(String)
    /// The name has no number.
    case noID
    /// The file is a symbolic link.
    case link
    /// The frontmatter cannot be read; the line is one of the file.
    case brokenFields(String, line: Int)
    /// Another file has the same id; none of them is taken.
    case duplicate([RepositoryPath])
  }

  /// What is wrong.
  public let reason: Reason
  /// The file or directory; of files with one id, the first.
  public let file: RepositoryPath
  /// The id that the file has by its name, if it has one.
  public let id: IssueID?

  /// A problem with a file.
  public init(_ reason: Reason, file: RepositoryPath, id: IssueID? = nil) {
    self.reason = reason
    self.file = file
    self.id = id
  }

  /// Whether a run must not start: it could not tell which file is meant.
  ///
  /// Other problems only mean that their files are skipped.
  public var isError: Bool {
    if case .duplicate = reason { true } else { false }
  }
}

extension IssueFileProblem: CustomStringConvertible {
  /// One sentence for a person.
  public var description: String {
    switch reason {
    case .unreadable(let why): "\(file): cannot be read: \(why)"
    case .noID: "\(file): no issue id, since its name has no number; skipped"
    case .link: "\(file): a symbolic link is not taken as an issue file; skipped"
    case .brokenFields(let why, let line): "\(file):\(line): \(why); skipped"
    case .duplicate(let others):
      "\(id.map(\.description) ?? "one id") is the id of \(others.count + 1) files: "
        + ([file] + others).map(\.description).joined(separator: ", ")
        + "; rename all but one"
    }
  }
}
