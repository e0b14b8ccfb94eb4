internal import CLibGit2

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Where `.gitattributes` files are read, in the order of precedence.
enum AttributePlaces {
  /// What is stored: the working tree, then the index.
  case checkIn(IndexFile)
  /// What is written: the index, then the working tree.
  case checkOut(IndexFile)
  /// The index alone.
  case index(IndexFile)
  /// One tree.
  case tree(ObjectID)
  /// Some files that are given, by directory; of the others those of the checkout.
  case given([RepositoryPath: TreeEntry?], IndexFile)
}

extension GitSession {
  /// The text of the `.gitattributes` in a directory.
  func attributesFile(
    in directory: RepositoryPath, _ places: AttributePlaces
  ) throws(GitError) -> [UInt8]? {
    let path = directory.appending(".gitattributes".utf8)
    switch places {
    case .checkIn(let index):
      if let text = try workingTreeText(path) { return text }
      return try indexText(path, index)
    case .checkOut(let index): return try writtenText(path, index)
    case .index(let index): return try indexText(path, index)
    case .tree(let tree):
      guard let entry = try entry(at: path, in: tree), entry.mode.isFile else { return nil }
      return try blob(entry.id)
    case .given(let files, let index):
      guard let given = files[directory] else { return try writtenText(path, index) }
      guard let entry = given, entry.mode.isFile else { return nil }
      return try blob(entry.id)
    }
  }

  /// What counts while files are written.
  private func writtenText(_ path: RepositoryPath, _ index: IndexFile) throws(GitError) -> [UInt8]?
  {
    if let text = try indexText(path, index) { return text }
    return try workingTreeText(path)
  }

  private func workingTreeText(_ path: RepositoryPath) throws(GitError) -> [UInt8]? {
    guard let root = workingTree else { return nil }
    return try attributesText(path, in: root)
  }

  private func indexText(_ path: RepositoryPath, _ index: IndexFile) throws(GitError) -> [UInt8]? {
    guard let entry = index.oursOrMerged(path), entry.mode.isFile else { return nil }
    return try blob(entry.id)
  }

  /// The attributes files of the repository and of the machine.
  func machineAttributes() throws(GitError) -> MachineAttributes {
    func lines(_ file: FilePath?) throws(GitError) -> [AttributeLine] {
      guard let file, let bytes = try? readWholeFile(file) else { return [] }
      return AttributeLine.parse(bytes, allowsMacros: true)
    }
    return MachineAttributes(
      local: try lines(commonDirectory.pushing("info/attributes")),
      user: try lines(userAttributesFile()),
      system: GitRuntime.readsUserConfiguration ? try lines("/etc/gitattributes") : [])
  }

  private func userAttributesFile() throws(GitError) -> FilePath? {
    if let configured = try configurationPath("core.attributesFile") { return configured }
    guard GitRuntime.readsUserConfiguration else { return nil }
    if let place = environmentVariable("XDG_CONFIG_HOME"), !place.isEmpty {
      return FilePath(place).pushing("git/attributes")
    }
    return environmentVariable("HOME").map { FilePath($0).pushing(".config/git/attributes") }
  }

  /// A lookup for one operation.
  func attributeLookup() throws(GitError) -> AttributeLookup {
    AttributeLookup(
      try machineAttributes(), ignoresCase: try configurationFlag("core.ignoreCase") ?? false)
  }
}

/// The text of an attributes file of a working tree; as git, not through a symbolic link.
func attributesText(_ path: RepositoryPath, in root: FilePath) throws(GitError) -> [UInt8]? {
  let file = path.absolute(in: root)
  // Mostly there is none: then it does not matter what is above it.
  guard let status = try fileStatus(file), status.isRegularFile,
    status.st_size < largestAttributesFile, try path.fileStatus(in: root) != nil
  else { return nil }
  return try readWholeFile(file)
}

/// git leaves out files that are larger.
private let largestAttributesFile = 100 << 20

extension IndexFile {
  /// A path's entry, in an unfinished merge that of "ours".
  func oursOrMerged(_ path: RepositoryPath) -> TreeEntry? {
    let found = positions(of: path).map { entries[$0] }
    return found.first { $0.stage == 0 || $0.stage == 2 }.map { treeEntry($0) }
  }
}
