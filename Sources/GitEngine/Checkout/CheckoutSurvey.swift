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
  private let device: UInt64
  private let ignoresExecutableBit: Bool
  /// Paths that are removed themselves: they are in nobody's way.
  var removed: Set<RepositoryPath> = []
  private var directories: [RepositoryPath: Finding] = [:]

  init(root: FilePath, ignoresExecutableBit: Bool) throws(GitError) {
    guard let status = try fileStatus(root) else {
      throw GitError(.notFound, operation: "look at the checkout \(root)", message: "it is gone")
    }
    self.root = root
    self.ignoresExecutableBit = ignoresExecutableBit
    device = FileStamp(status).device
  }

  /// What is at `path`.
  ///
  /// - Parameters:
  ///   - known: What decides the executable bit where the file system has none.
  ///   - index: Tells the content of files whose times it knows.
  ///   - git: Hashes the others, through the checkout's filters.
  mutating func look<Access>(
    at path: RepositoryPath, known: TreeEntry?, index: borrowing CheckoutIndex,
    git: borrowing GitSession<Access>
  ) throws(GitError) -> Finding {
    if let parent = path.parent {
      let finding = try directory(parent)
      if finding.obstacle != nil || finding.state != .directory { return finding }
    } else if let why = unwritable(root) {
      return Finding(state: .directory, obstacle: .notWritable(why))
    }
    let target = path.absolute(in: root)
    guard let status = try fileStatus(target) else { return Finding(state: .absent) }
    let stamp = FileStamp(status)
    if status.isDirectory {
      return Finding(state: try isEmptied(path) ? .absent : .directory)
    }
    if status.isSymbolicLink {
      let id = try git.blobID(of: readSymbolicLink(target))
      return Finding(state: .file(TreeEntry(mode: .symbolicLink, id: id)), stamp: stamp)
    }
    guard status.isRegularFile else { return Finding(state: .other, stamp: stamp) }
    var mode: FileMode = status.isExecutable ? .executable : .regular
    if ignoresExecutableBit, let known, known.mode.isFile { mode = known.mode }
    var id = index.trustedID(path, stamp)
    if id == nil { id = try git.hashWorkingFile(path, at: target) }
    return Finding(state: .file(TreeEntry(mode: mode, id: id ?? .zero)), stamp: stamp)
  }

  /// A directory on the way to a path: `.directory` if files can be put there, `.absent` if it can
  /// be made, else what is in the way.
  private mutating func directory(_ path: RepositoryPath) throws(GitError) -> Finding {
    if let known = directories[path] { return known }
    let finding = try lookAtDirectory(path)
    directories[path] = finding
    return finding
  }

  private mutating func lookAtDirectory(_ path: RepositoryPath) throws(GitError) -> Finding {
    if let parent = path.parent {
      let finding = try directory(parent)
      if finding.obstacle != nil || finding.state != .directory { return finding }
    }
    let target = path.absolute(in: root)
    guard let status = try fileStatus(target), !removed.contains(path) else {
      return Finding(state: .absent)
    }
    if status.isSymbolicLink { return Finding(state: .behindSymbolicLink) }
    guard status.isDirectory else { return Finding(state: .behindFile) }
    if FileStamp(status).device != device {
      return Finding(state: .directory, obstacle: .otherFileSystem)
    }
    if let why = unwritable(target) {
      return Finding(state: .directory, obstacle: .notWritable(why))
    }
    return Finding(state: .directory)
  }

  private func unwritable(_ directory: FilePath) -> String? {
    guard directory.withPlatformString({ access($0, W_OK | X_OK) }) != 0 else { return nil }
    return String(cString: strerror(errno))
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

extension GitSession {
  /// The id that a file of the working tree has as a blob, through the filters for its path.
  func hashWorkingFile(_ path: RepositoryPath, at file: FilePath) throws(GitError) -> ObjectID {
    var oid = git_oid()
    let status = file.withPlatformString { file in
      path.withCString { git_repository_hashfile(&oid, raw, file, GIT_OBJECT_BLOB, $0) }
    }
    try check(status, "hash \(file)")
    return ObjectID(oid)
  }

  /// A blob as it is written into the working tree at `path`: through the filters for the path.
  ///
  /// - Parameter attributes: Those to go by, if not the present ones.
  func workingFileContent(
    of id: ObjectID, at path: RepositoryPath, _ attributes: AttributesToCome? = nil
  ) throws(GitError) -> [UInt8] {
    let operation = "prepare the file '\(path)'"
    let blob = try Owned<BlobHandle>(operation) { out in
      id.withRaw { git_blob_lookup(&out, raw, $0) }
    }
    var list: OpaquePointer?
    try check(
      path.withCString {
        git_filter_list_load(
          &list, attributes?.raw ?? raw, blob.pointer, $0, GIT_FILTER_TO_WORKTREE, GIT_FILTER_DEFAULT.rawValue)
      }, operation)
    // No list means that no filter applies.
    guard let list else { return try self.blob(id) }
    defer { git_filter_list_free(list) }
    var buffer = git_buf()
    try check(git_filter_list_apply_to_blob(&buffer, list, blob.pointer), operation)
    defer { git_buf_dispose(&buffer) }
    return Array(UnsafeRawBufferPointer(start: buffer.ptr, count: buffer.size))
  }

  /// Whether a configured filter program takes the content of a path.
  func hasFilterProgram(_ path: RepositoryPath) throws(GitError) -> Bool {
    try path.withCString { text in
      Result { () throws(GitError) in try filters.driver(for: text, .smudge, in: raw) != nil }
    }.get()
  }

  /// Whether the attributes of a path leave merging it to git's line merge.
  func mergesByLines(_ path: RepositoryPath) throws(GitError) -> Bool {
    var value: UnsafePointer<CChar>?
    let status = path.withCString {
      git_attr_get(&value, raw, GIT_ATTR_CHECK_FILE_THEN_INDEX.asFlags, $0, "merge")
    }
    try check(status, "read the attributes of '\(path)'")
    switch git_attr_value(value) {
    case GIT_ATTR_VALUE_UNSPECIFIED, GIT_ATTR_VALUE_TRUE: return true
    case GIT_ATTR_VALUE_STRING: return value.map { String(cString: $0) } == "text"
    default: return false
    }
  }
}

extension Int32 {
  fileprivate var asFlags: UInt32 { UInt32(bitPattern: self) }
}
