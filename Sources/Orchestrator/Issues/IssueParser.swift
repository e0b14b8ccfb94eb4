public import GitEngine

/// Makes issues of the names and bytes of files; reads nothing itself.
public struct IssueParser: Hashable, Sendable {
  /// A directory of issue files.
  struct Directory: Hashable {
    let path: RepositoryPath
    let category: IssueCategory
  }

  /// The directory that holds the categories' directories, relative to the top of the checkout.
  public let base: RepositoryPath
  /// The categories' directories, relative to the top of the checkout, each once.
  public var directoryPaths: [RepositoryPath] { directories.map(\.path) }

  let directories: [Directory]
  private let categories: [IssueCategory]
  private let priorities: [String]

  /// A parser for a project's categories and priorities.
  public init(_ configuration: IssuesConfiguration) {
    let base = RepositoryPath(configured: configuration.baseDirectory)
    var directories: [Directory] = []
    for category in configuration.categories {
      let name = RepositoryPath(configured: category.directory)
      let path = name.bytes.isEmpty ? base : base.appending(name.bytes)
      if !directories.contains(where: { $0.path == path }) {
        directories.append(Directory(path: path, category: category))
      }
    }
    self.base = base
    self.directories = directories
    categories = configuration.categories
    priorities = configuration.priorities
  }

  /// The id that a file has by its name and directory; `nil` when it is no issue file.
  ///
  /// An issue file lies directly in a category's directory, ends in `.md`, does not start with a
  /// dot, and has a number in its name.
  public func id(of file: RepositoryPath) -> IssueID? {
    guard let category = directory(of: file)?.category else { return nil }
    return id(of: file, in: category)
  }

  /// The id that the name of a Markdown file holds, in whatever directory it lies.
  func idInName(of file: RepositoryPath) -> IssueID? {
    guard file.lastComponent.suffix(3).elementsEqual(".md".utf8) else { return nil }
    return IssueNameScanner.id(
      inName: Array(file.lastComponent.dropLast(3)), prefixes: Set(categories.map(\.prefix)))
  }

  /// The issue that a file with these bytes is.
  /// - Throws: `IssueFileProblem` when the file is not an issue file or its fields are broken.
  public func parse(_ bytes: [UInt8], at file: RepositoryPath) throws(IssueFileProblem) -> Issue {
    guard let directory = directory(of: file) else {
      throw IssueFileProblem(.noID, file: file)
    }
    guard let id = id(of: file, in: directory.category) else {
      throw IssueFileProblem(.noID, file: file)
    }
    let document = IssueDocument(bytes)
    let fields: FrontmatterFields
    switch document.header {
    case .none: fields = FrontmatterFields(node: nil)
    case .fields(let read): fields = read
    case .broken(let why, let line):
      throw IssueFileProblem(.brokenFields(why, line: line), file: file, id: id)
    }
    let category = directory.category.prefix == id.prefix ? nil : category(of: id)
    return Issue(
      id: id, category: category ?? directory.category, file: file,
      priority: priority(of: file),
      title: IssueTitle.of(document, fields: fields, file: file),
      status: status(in: fields), statusText: fields.text("status"),
      labels: fields.list("labels"),
      blockedBy: references(in: fields),
      decisionNeeded: fields.isTrue("decision_needed"), text: bytes)
  }

  func directory(of file: RepositoryPath) -> Directory? {
    let name = file.lastComponent
    guard name.count > 3, name.suffix(3).elementsEqual(".md".utf8), name.first != UInt8(ascii: ".")
    else { return nil }
    let parent = file.parent ?? RepositoryPath("")
    return directories.first { $0.path == parent }
  }

  private func id(of file: RepositoryPath, in category: IssueCategory) -> IssueID? {
    IssueNameScanner.id(
      ofFileNamed: Array(file.lastComponent.dropLast(3)),
      prefixes: Set(categories.map(\.prefix)), category: category)
  }

  private func category(of id: IssueID) -> IssueCategory? {
    categories.first { $0.prefix == id.prefix }
  }

  /// The longest configured name that the file's name starts with; else the last one.
  private func priority(of file: RepositoryPath) -> Priority {
    let name = String(decoding: file.lastComponent, as: UTF8.self).uppercased()
    let all = priorities.enumerated().map { Priority(name: $0.element, rank: $0.offset) }
    let fitting = all.filter { name.hasPrefix("\($0.name.uppercased())-") }
    return fitting.max { $0.name.count < $1.name.count } ?? all.last
      ?? Priority(name: "P5", rank: 5)
  }

  /// A time of completion settles what a missing, unknown or open status leaves open.
  private func status(in fields: FrontmatterFields) -> IssueStatus {
    let status = fields.text("status").flatMap(IssueStatus.init(text:)) ?? .open
    return status == .open && fields.text("completed_at") != nil ? .done : status
  }

  private func references(in fields: FrontmatterFields) -> [IssueReference] {
    var references: [IssueReference] = []
    for text in fields.list("blocked_by") + fields.list("depends_on") {
      let reference = IssueReference(text)
      if !references.contains(reference) { references.append(reference) }
    }
    return references
  }
}

extension RepositoryPath {
  /// A relative path as people write it: empty components and dots are left out.
  init(configured path: String) {
    let slash = UInt8(ascii: "/")
    let components = path.utf8.split(separator: slash).filter { !$0.elementsEqual(".".utf8) }
    self.init(bytes: Array(components.joined(separator: [slash])))
  }
}

/// The title of an issue file.
enum IssueTitle {
  /// The field `title`, else a heading `# BUG-001: Title`, else the first `# Heading`, else the
  /// file's name; on one line and never empty.
  static func of(
    _ document: IssueDocument, fields: FrontmatterFields, file: RepositoryPath
  ) -> String {
    if let title = fields.text("title").map(line), !title.isEmpty { return title }
    let headings = MarkdownHeading.all(in: document.bytes, from: document.bodyStart)
      .filter { $0.level == 1 }.map { line($0.text) }
    let titles = headings.compactMap { heading -> String? in
      guard let colon = heading.firstIndex(of: ":"), IssueID(heading[..<colon].trimmed) != nil
      else { return nil }
      return String(heading[heading.index(after: colon)...].trimmed)
    }
    let stem = String(decoding: file.lastComponent.dropLast(3), as: UTF8.self)
    return (titles + headings).first { !$0.isEmpty } ?? line(stem)
  }

  /// The text with every run of white space and control characters as one space.
  private static func line(_ text: String) -> String {
    text.unicodeScalars.split { $0.properties.isWhitespace || $0.value < 0x20 || $0.value == 0x7F }
      .map(String.init).joined(separator: " ")
  }
}
