internal import GitEngine

/// The status change of a landed issue's file, made in the tree that is about to land.
///
/// It is a part of the merge commit, so the base branch never shows an issue as open whose work it
/// has, and the user's checkout never becomes dirty from it.
struct IssueFileEdit: Sendable {
  /// The change of the tree; empty when there is nothing to change.
  var updates: [TreeUpdate] = []
  /// How a copy of the file in the user's checkout takes the change.
  var adaptations: [RepositoryPath: LandingAdaptation] = [:]
  /// The file of the user to edit after the landing, since git ignores it.
  var ignoredFile: RepositoryPath?

  /// Makes the edit for some work.
  ///
  /// - Parameters:
  ///   - work: What is landed.
  ///   - tree: The merged tree.
  ///   - edit: The change of the text.
  init<Access>(
    of work: FinishedWork, in tree: ObjectID, parser: IssueParser,
    edit: @escaping @Sendable ([UInt8]) -> [UInt8], _ git: borrowing GitSession<Access>
  ) throws {
    let copied = try work.copiedIssue.map { try git.blob($0) }
    if let (path, entry) = try Self.find(work, in: tree, parser, git) {
      let text = try git.blob(entry.id)
      let edited = edit(text)
      guard edited != text else { return }
      let new = TreeEntry(mode: entry.mode, id: try git.writeBlob(edited))
      updates = [.set(path, new)]
      adaptations[path] = LandingAdaptation(untrackedBase: copied, unedited: text, edit: edit)
    } else if let copied {
      // The base never had the file: it lands with the work, unless git is to ignore it.
      guard try !git.isIgnored(work.file) else {
        ignoredFile = work.file
        return
      }
      let id = try git.writeBlob(edit(copied))
      updates = [.set(work.file, TreeEntry(mode: .regular, id: id))]
      adaptations[work.file] = LandingAdaptation(
        untrackedBase: copied, unedited: copied, edit: edit)
    }
    // Else the agent deleted it, and deleted it stays.
  }

  /// The file that carries the issue's id in the merged tree: where it was, or where the agent or
  /// somebody else moved it.
  private static func find<Access>(
    _ work: FinishedWork, in tree: ObjectID, _ parser: IssueParser,
    _ git: borrowing GitSession<Access>
  ) throws -> (RepositoryPath, TreeEntry)? {
    func entry(_ path: RepositoryPath) throws -> (RepositoryPath, TreeEntry)? {
      guard let entry = try git.entry(at: path, in: tree), entry.mode.isFile else { return nil }
      return (path, entry)
    }
    if let found = try entry(work.file) { return found }
    for directory in parser.directoryPaths {
      guard let subtree = try git.entry(at: directory, in: tree), subtree.mode == .tree else {
        continue
      }
      for (name, item) in try git.entries(of: subtree.id) where item.mode.isFile {
        let path = directory.appending(name)
        if parser.id(of: path)?.description == work.issue { return (path, item) }
      }
    }
    // Moved out of these directories since the work began, by the agent or on the base branch.
    let start = try git.tree(of: work.start)
    let added = try git.changes(from: start, to: tree).filter { $0.old == nil }.map(\.path)
    let carriers = added.filter { path in
      guard path.isInside(parser.base) || path.lastComponent.elementsEqual(work.file.lastComponent)
      else { return false }
      return parser.idInName(of: path)?.description == work.issue
    }
    return try carriers.first.flatMap(entry)
  }
}
