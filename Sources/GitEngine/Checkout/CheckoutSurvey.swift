internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Looks at the files of one checkout: what is there, as a tree would hold it.
struct CheckoutSurvey: ~Copyable {
  struct Finding {
    var state: FileState
    /// The file that was looked at; `nil` when there is none.
    var stamp: FileStamp?
    /// Something about the place that no rule can change.
    var obstacle: CheckoutObstacle.Reason?
  }

  private let root: FilePath
  private let directory: OpenDirectory
  private let device: UInt64
  private let ignoresExecutableBit: Bool
  /// Converts what is read.
  let converter: ContentConverter
  /// Paths that are removed themselves: they are in nobody's way.
  var removed: Set<RepositoryPath> = []
  private var directories: [RepositoryPath: Finding] = [:]

  init(_ git: borrowing GitSession<some Any>, root: FilePath) throws(GitError) {
    guard let status = try fileStatus(root) else {
      throw GitError(.notFound, operation: "look at the checkout \(root)", message: "it is gone")
    }
    let directory = try OpenDirectory(root)
    let ignoresExecutableBit = try git.configurationFlag("core.fileMode") == false
    let converter = try git.checkInConverter()
    self.root = root
    self.directory = directory
    self.ignoresExecutableBit = ignoresExecutableBit
    self.converter = converter
    device = FileStamp(status).device
  }

  /// What is at `path`.
  ///
  /// - Parameters:
  ///   - known: What decides the executable bit where the file system has none.
  ///   - index: Tells the content of files whose times it knows.
  ///   - git: Hashes the others, through the checkout's filters.
  mutating func look<Access>(
    at path: RepositoryPath, known: TreeEntry?, index: IndexFile,
    git: borrowing GitSession<Access>
  ) throws(GitError) -> Finding {
    if let parent = path.parent {
      let finding = try findDirectory(parent)
      if finding.obstacle != nil || finding.state != .directory { return finding }
    } else if let why = directory.whyUnwritable("") {
      return Finding(state: .directory, obstacle: .notWritable(why))
    }
    guard let status = try directory.status(of: path) else { return Finding(state: .absent) }
    let stamp = FileStamp(status)
    if status.isDirectory {
      return Finding(state: try isEmptied(path) ? .absent : .directory)
    }
    if status.isSymbolicLink {
      let id = try git.blobID(of: readSymbolicLink(path.absolute(in: root)))
      return Finding(state: .file(TreeEntry(mode: .symbolicLink, id: id)), stamp: stamp)
    }
    guard status.isRegularFile else { return Finding(state: .other, stamp: stamp) }
    var mode: FileMode = status.isExecutable ? .executable : .regular
    if ignoresExecutableBit, let known, known.mode.isFile { mode = known.mode }
    var id = index.trustedID(path, stamp)
    if id == nil { id = try git.hashWorkingFile(path, at: path.absolute(in: root), converter) }
    return Finding(state: .file(TreeEntry(mode: mode, id: id ?? .zero)), stamp: stamp)
  }

  /// A directory on the way to a path: `.directory` if files can be put there, `.absent` if it can
  /// be made, else what is in the way.
  private mutating func findDirectory(_ path: RepositoryPath) throws(GitError) -> Finding {
    if let known = directories[path] { return known }
    let finding = try lookAtDirectory(path)
    directories[path] = finding
    return finding
  }

  private mutating func lookAtDirectory(_ path: RepositoryPath) throws(GitError) -> Finding {
    if let parent = path.parent {
      let finding = try findDirectory(parent)
      if finding.obstacle != nil || finding.state != .directory { return finding }
    }
    guard let status = try directory.status(of: path), !removed.contains(path) else {
      return Finding(state: .absent)
    }
    if status.isSymbolicLink { return Finding(state: .behindSymbolicLink) }
    guard status.isDirectory else { return Finding(state: .behindFile) }
    if FileStamp(status).device != device {
      return Finding(state: .directory, obstacle: .otherFileSystem)
    }
    if let why = directory.whyUnwritable(path) {
      return Finding(state: .directory, obstacle: .notWritable(why))
    }
    return Finding(state: .directory)
  }

  /// Whether all files below a directory are removed.
  private func isEmptied(_ path: RepositoryPath) throws(GitError) -> Bool {
    for name in try directoryNames(path.absolute(in: root)) {
      let child = path.appending(name)
      guard let status = try fileStatus(child.absolute(in: root)) else { continue }
      if status.isDirectory {
        guard try isEmptied(child) else { return false }
      } else if !removed.contains(child) {
        return false
      }
    }
    return true
  }
}
