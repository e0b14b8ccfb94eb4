#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Converts content between the working tree and the object database as the attributes of its path
/// say: line ends, keywords, filter programs.
///
/// For one operation of one session, in which no attributes file changes.
final class ContentConverter {
  private let lookup: AttributeLookup
  private let places: AttributePlaces
  private let lineEnds: LineEnds.Configuration
  private var lastAttributes: (path: RepositoryPath, attributes: ContentAttributes)?
  /// What is stored at present, for line ends that are left as they are.
  private let index: IndexFile

  fileprivate init(
    _ lookup: AttributeLookup, _ places: AttributePlaces, _ lineEnds: LineEnds.Configuration,
    _ index: IndexFile
  ) {
    self.lookup = lookup
    self.places = places
    self.lineEnds = lineEnds
    self.index = index
  }

  func attributes(
    of path: RepositoryPath, _ git: borrowing GitSession<some Any>
  ) throws(GitError) -> ContentAttributes {
    if let lastAttributes, lastAttributes.path == path { return lastAttributes.attributes }
    let states = try lookup.states(of: ContentAttributes.names, for: path) {
      (directory) throws(GitError) in try git.attributesFile(in: directory, places)
    }
    let attributes = ContentAttributes(states)
    lastAttributes = (path, attributes)
    return attributes
  }

  /// What has to be done with the content of a path.
  private struct Steps {
    var lineEnds: LineEnds
    var replacesKeywords: Bool
    var filter: FilterDriver?
  }

  private func steps(
    _ path: RepositoryPath, _ direction: FilterDirection, _ git: borrowing GitSession<some Any>
  ) throws(GitError) -> Steps {
    let attributes = try attributes(of: path, git)
    if let encoding = attributes.encoding {
      throw GitError(
        .unsupported, operation: "\(direction.rawValue) '\(path)'",
        message: "its attributes say 'working-tree-encoding=\(encoding)', which the engine cannot "
          + "convert; take the attribute out, or work on this file with git")
    }
    return Steps(
      lineEnds: LineEnds(attributes.kind, eol: attributes.eol, lineEnds),
      replacesKeywords: attributes.replacesKeywords,
      filter: try attributes.filter.flatMap { (name) throws(GitError) in
        try git.filters.driver(named: name)
      })
  }

  /// Whether a file of the working tree may have other bytes than its blob.
  func changesFile(
    _ path: RepositoryPath, _ git: borrowing GitSession<some Any>
  ) throws(GitError) -> Bool {
    let steps = try steps(path, .smudge, git)
    return steps.lineEnds.changesFiles || steps.replacesKeywords || steps.filter != nil
  }

  /// Whether a configured program takes the content of a path.
  func hasProgram(
    _ path: RepositoryPath, _ git: borrowing GitSession<some Any>
  ) throws(GitError) -> Bool {
    try steps(path, .smudge, git).filter != nil
  }

  /// The content of a file of the working tree for a blob.
  func fileContent(
    _ content: [UInt8], of blob: ObjectID, at path: RepositoryPath,
    _ git: borrowing GitSession<some Any>
  ) throws(GitError) -> [UInt8] {
    let steps = try steps(path, .smudge, git)
    var content = content
    if steps.replacesKeywords {
      content =
        try IdentKeyword.expanded(content) { () throws(GitError) in
          try ObjectID(ofBlob: content)
        } ?? content
    }
    content = steps.lineEnds.expanded(content) ?? content
    guard let filter = steps.filter else { return content }
    return try git.filters.apply(filter, .smudge, path, blob: blob, content) ?? content
  }

  /// The content of a blob for a file of the working tree.
  ///
  /// - Parameter isStored: Whether it will be stored, so that `core.safecrlf` counts.
  func blobContent(
    _ content: [UInt8], at path: RepositoryPath, isStored: Bool,
    _ git: borrowing GitSession<some Any>
  ) throws(GitError) -> [UInt8] {
    let steps = try steps(path, .clean, git)
    var content = content
    if let filter = steps.filter {
      content = try git.filters.apply(filter, .clean, path, blob: nil, content) ?? content
    }
    let collapsed = try steps.lineEnds.collapsed(
      content, refusesLoss: isStored && lineEnds.refusesLoss
    ) { () throws(GitError) in
      guard let entry = index.oursOrMerged(path), entry.mode.isFile else { return nil }
      return try git.blob(entry.id)
    }
    switch collapsed {
    case .success(let changed): content = changed ?? content
    case .failure(let loss):
      let (from, to) = loss == .pairs ? ("CRLF", "LF") : ("LF", "CRLF")
      throw GitError(
        .lineEnds, operation: "store '\(path)'",
        message: "\(from) would be replaced by \(to) and not come back (core.safecrlf)")
    }
    return steps.replacesKeywords ? IdentKeyword.collapsed(content) ?? content : content
  }
}

extension GitError.Code {
  /// Content was not stored, since its line ends would not come back (`core.safecrlf`).
  public static let lineEnds = GitError.Code(rawValue: -1012)
}

extension GitSession {
  /// A converter for files that are stored.
  func checkInConverter() throws(GitError) -> ContentConverter {
    let index = try indexFile()
    return try converter(.checkIn(index), index)
  }

  /// A converter for files that are written.
  ///
  /// - Parameters:
  ///   - given: Attributes files to go by instead of those of the checkout, by directory.
  ///   - index: The checkout's index, if it was read before.
  ///   - readsFiles: Whether the working tree may have some that the index does not have.
  func checkOutConverter(
    _ given: [RepositoryPath: TreeEntry?] = [:], index: IndexFile? = nil, readsFiles: Bool = true
  ) throws(GitError) -> ContentConverter {
    let index = if let index { index } else { try indexFile() }
    if !given.isEmpty { return try converter(.given(given, index), index) }
    return try converter(readsFiles ? .checkOut(index) : .index(index), index)
  }

  func converter(
    _ places: AttributePlaces, _ index: IndexFile
  ) throws(GitError) -> ContentConverter {
    var lineEnds = LineEnds.Configuration()
    let automatic = try configuration("core.autocrlf")
    if automatic?.lowercased() == "input" {
      lineEnds.automatic = .input
    } else if automatic != nil, try configurationFlag("core.autocrlf") == true {
      lineEnds.automatic = .on
    }
    switch try configuration("core.eol")?.lowercased() {
    case "lf": lineEnds.style = .lf
    case "crlf": lineEnds.style = .crlf
    default: break
    }
    let safe = try configuration("core.safecrlf")
    if safe?.lowercased() != "warn", safe != nil {
      lineEnds.refusesLoss = try configurationFlag("core.safecrlf") == true
    }
    return ContentConverter(try attributeLookup(), places, lineEnds, index)
  }

  /// The id that a file of the working tree has as a blob.
  func hashWorkingFile(
    _ path: RepositoryPath, at file: FilePath, _ converter: ContentConverter
  ) throws(GitError) -> ObjectID {
    try ObjectID(
      ofBlob: converter.blobContent(readWholeFile(file), at: path, isStored: false, self))
  }

  /// Stores a file of the working tree as a blob.
  func storeWorkingFile(
    _ path: RepositoryPath, in root: FilePath, _ converter: ContentConverter
  ) throws(GitError) -> ObjectID {
    let content = try readWholeFile(path.absolute(in: root))
    return try writeBlob(converter.blobContent(content, at: path, isStored: true, self))
  }
}
