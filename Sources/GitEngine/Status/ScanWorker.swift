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

/// One thread of a scan.
final class ScanWorker {
  let scan: WorkingTreeScan
  private(set) var findings: [(directory: Int, findings: ScanFindings)] = []
  private(set) var missing: [Int] = []
  /// What was found in the directory that is looked at now.
  var found = ScanFindings()
  let reader = DirectoryReader()
  private var ownSession: (session: ThreadSession, converter: ContentConverter)?

  init(_ scan: WorkingTreeScan) { self.scan = scan }

  /// A session on a handle of this thread's own, and what converts the files that it reads.
  func session() throws(GitError) -> (session: ThreadSession, converter: ContentConverter) {
    if let ownSession { return ownSession }
    let session = try ThreadSession(scan.places)
    let converter = try session.git.converter(.checkIn(scan.index), scan.index)
    ownSession = (session, converter)
    return (session, converter)
  }

  private var listsUntracked: Bool { scan.options.untracked != .no }

  /// Looks at one directory of the index.
  func scan(_ directory: Int) throws(GitError) {
    let path = scan.directories.path(directory, in: scan.index)
    let scope = scan.filter?.scope(of: path) ?? .below
    guard scope != .nothing else { return }
    let files = scan.directories.files(of: directory)
    found = ScanFindings()
    if listsUntracked || files.count > Self.fewFiles || directory == 0 {
      guard let descriptor = open(directory, path) else {
        missing.append(directory)
        return
      }
      defer { if descriptor != scan.descriptor { close(descriptor) } }
      let prefix = path.isEmpty ? 0 : path.count + 1
      try compare(files, descriptor, from: prefix, isPartial: scope == .part)
      if listsUntracked { try list(directory, path, descriptor) }
    } else {
      guard try isDirectory(path) else {
        missing.append(directory)
        return
      }
      try compare(files, scan.descriptor, from: 0, isPartial: scope == .part)
    }
    if !found.files.isEmpty || !found.untracked.isEmpty || !found.ignored.isEmpty {
      findings.append((directory, found))
    }
  }

  /// Opens a directory unless it is a symbolic link or missing.
  private func open(_ directory: Int, _ path: UnsafeBufferPointer<UInt8>) -> Int32? {
    if directory == 0 { return scan.descriptor }
    let flags = listsUntracked ? O_RDONLY : cgit2_flag_path_only()
    return withTerminated(path) { name in
      openFile(name, in: scan.descriptor, flags | O_DIRECTORY | O_NOFOLLOW)
    }
  }

  /// Below this it is cheaper not to open a directory.
  private static let fewFiles = 3

  private func isDirectory(_ path: UnsafeBufferPointer<UInt8>) throws(GitError) -> Bool {
    let found = withTerminated(path) { name -> Result<Bool, GitError> in
      do throws(GitError) {
        return .success(try fileStatus(name, in: scan.descriptor)?.isDirectory ?? false)
      } catch {
        return .failure(error)
      }
    }
    return try found.get()
  }

  private func withTerminated<Result>(
    _ path: UnsafeBufferPointer<UInt8>, _ body: (UnsafePointer<UInt8>) -> Result
  ) -> Result {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: path.count + 1) { buffer in
      _ = buffer.initialize(from: path)
      buffer[path.count] = 0
      return body(UnsafePointer(buffer.baseAddress.unsafelyUnwrapped))
    }
  }

  // MARK: Tracked files

  /// - Parameter prefix: How much of the paths the open directory stands for.
  private func compare(
    _ files: Slice<ContiguousArray<Int32>>, _ descriptor: Int32, from prefix: Int, isPartial: Bool
  ) throws(GitError) {
    let index = scan.index
    var last: IndexFile.Entry?
    for position in files {
      let entry = index.entries[Int(position)]
      if isPartial, let filter = scan.filter, !filter.contains(index.pathBytes(entry)) { continue }
      // The stages of one path are one finding.
      if entry.stage != 0, let last, index.isSamePath(last, entry) { continue }
      last = entry
      if entry.isSkipWorktree, !scan.settings.findsSkippedFiles { continue }
      let name = index.paths + entry.path + prefix
      let verdict = try settle(
        index.compare(entry, fileStatus(name, in: descriptor), scan.settings), entry)
      if case .same = verdict { continue }
      found.files.append(.init(entry: Int(position), verdict: verdict))
    }
  }

  /// Decides what a file's facts leave open.
  private func settle(
    _ verdict: FileVerdict, _ entry: IndexFile.Entry
  ) throws(GitError) -> FileVerdict {
    switch verdict {
    case .doubtful(let mode):
      try scan.checkStopped()
      return try hasContent(of: entry, mode) ? .same : .changed(mode)
    case .directory:
      guard try NestedRepository.head(scan.index.path(entry).absolute(in: scan.root)) != nil else {
        return entry.stage == 0 ? .deleted : .unmerged(nil)
      }
      if entry.stage != 0 { return .unmerged(.gitlink) }
      return entry.isIntentToAdd ? .added(.gitlink) : .changed(.gitlink)
    default: return verdict
    }
  }

  private func hasContent(of entry: IndexFile.Entry, _ mode: FileMode) throws(GitError) -> Bool {
    let path = scan.index.path(entry)
    let file = path.absolute(in: scan.root)
    let (session, converter) = try session()
    do throws(GitError) {
      if mode == .symbolicLink, scan.settings.hasSymbolicLinks {
        return try session.git.blobID(of: readSymbolicLink(file)) == scan.index.id(entry)
      }
      return try session.git.hashWorkingFile(path, at: file, converter) == scan.index.id(entry)
    } catch {
      // It went away meanwhile.
      guard error.code == .notFound else { throw error }
      return false
    }
  }

  // MARK: Other names

  private func list(
    _ directory: Int, _ path: UnsafeBufferPointer<UInt8>, _ descriptor: Int32
  ) throws(GitError) {
    let (index, directories) = (scan.index, scan.directories)
    var unknown: [UnknownName] = []
    try reader.list(descriptor) { (name, length, kind) throws(GitError) in
      if isGitDirectory(name, length) { return }
      let child = directories.child(name, length, of: directory, in: index)
      if child != nil, kind == .directory { return }
      if let file = directories.file(name, length, in: directory, of: index) {
        guard kind == .directory || kind == .unknown else { return }
        if index.rawMode(index.entries[file]) & 0o170000 == FileMode.gitlink.rawValue { return }
      }
      unknown.append(UnknownName(name, length, kind))
    }
    guard !unknown.isEmpty else { return }
    var walk = UntrackedWalk(self, path)
    for name in unknown {
      guard let kind = try name.resolvedKind(in: descriptor) else { continue }
      if name.kind == .unknown {
        let isKnown =
          kind == .directory
          ? name.isChild(of: directory, in: scan) : name.isFile(in: directory, in: scan)
        if isKnown { continue }
      }
      try walk.take(name, kind, descriptor) { () throws(GitError) in try rules(of: directory) }
    }
  }

  func isGitDirectory(_ name: UnsafePointer<UInt8>, _ length: Int) -> Bool {
    guard length == 4, name[0] == UInt8(ascii: ".") else { return false }
    if memcmp(name, ".git", 4) == 0 { return true }
    return scan.settings.ignoresCase && strncasecmp(String(cString: name), ".git", 4) == 0
  }

  /// The ignore rules in a directory of the index.
  func rules(of directory: Int) throws(GitError) -> IgnoreRules {
    if let known = scan.rules[directory] { return known }
    let parent = scan.directories.directories[directory].parent
    let made: IgnoreRules
    if parent < 0 {
      made = IgnoreRules(
        root: try ruleFile(RepositoryPath(bytes: []), in: scan.descriptor, fromRoot: true),
        local: scan.settings.localRules, user: scan.settings.userRules,
        ignoresCase: scan.settings.ignoresCase)
    } else {
      let path = scan.directories.path(directory, in: scan.index)
      made = try rules(of: parent).entering(path) { () throws(GitError) in
        try ruleFile(RepositoryPath(bytes: path), in: scan.descriptor, fromRoot: true)
      }
    }
    scan.rules[directory] = made
    return made
  }

  /// The bytes of a `.gitignore`; where the file is not checked out, those of the index.
  ///
  /// - Parameter fromRoot: Whether `descriptor` is the root, else it is the directory itself.
  func ruleFile(
    _ directory: RepositoryPath, in descriptor: Int32, fromRoot: Bool
  ) throws(GitError) -> [UInt8] {
    let path = directory.appending(Array(".gitignore".utf8))
    let name = fromRoot ? path.bytes : Array(".gitignore".utf8)
    let bytes = (name + [0]).withUnsafeBufferPointer { text in
      text.baseAddress.flatMap { readFile($0, in: descriptor) }
    }
    if let bytes { return bytes }
    guard let position = scan.index.positions(of: path).first else { return [] }
    let entry = scan.index.entries[position]
    guard entry.isSkipWorktree, entry.stage == 0 else { return [] }
    return try session().session.git.blob(scan.index.id(entry))
  }
}

extension IndexFile {
  func isSamePath(_ left: Entry, _ right: Entry) -> Bool {
    left.pathLength == right.pathLength
      && memcmp(paths + left.path, paths + right.path, left.pathLength) == 0
  }
}
