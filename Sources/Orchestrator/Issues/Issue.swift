public import GitEngine

/// One issue, as its file says.
public struct Issue: Hashable, Sendable, Identifiable {
  /// The id, from the name of the file.
  public var id: IssueID
  /// The category of the id's prefix; else that of the directory.
  public var category: IssueCategory
  /// The file, relative to the top of the checkout.
  public var file: RepositoryPath
  /// The priority that the file's name starts with; else the least urgent one.
  public var priority: Priority
  /// One line that says what the issue is about; never empty.
  public var title: String
  /// The status; `open` when the field is missing or means nothing known.
  public var status: IssueStatus
  /// The `status` field as written; `nil` without one.
  public var statusText: String?
  /// The labels as written.
  public var labels: [String]
  /// The issues that must be finished first: `blocked_by`, then `depends_on`.
  public var blockedBy: [IssueReference]
  /// Whether the file asks for a decision before the work.
  public var decisionNeeded: Bool
  /// The bytes of the file as they were read.
  public var text: [UInt8]

  /// An issue from its parts.
  public init(
    id: IssueID, category: IssueCategory, file: RepositoryPath, priority: Priority, title: String,
    status: IssueStatus = .open, statusText: String? = nil, labels: [String] = [],
    blockedBy: [IssueReference] = [], decisionNeeded: Bool = false, text: [UInt8] = []
  ) {
    self.id = id
    self.category = category
    self.file = file
    self.priority = priority
    self.title = title
    self.status = status
    self.statusText = statusText
    self.labels = labels
    self.blockedBy = blockedBy
    self.decisionNeeded = decisionNeeded
    self.text = text
  }

  /// The text behind the frontmatter; bytes that are not UTF-8 are replaced.
  public var body: String { String(decoding: IssueDocument(text).body, as: UTF8.self) }

  /// Whether this is an epic: a file that groups other issues and is not worked on itself.
  public var isEpic: Bool { id.prefix == "EPIC" }

  /// The order of work: by priority, then by id.
  public static func isBefore(_ left: Issue, _ right: Issue) -> Bool {
    (left.priority, left.id) < (right.priority, right.id)
  }
}
