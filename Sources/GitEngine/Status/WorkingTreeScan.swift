internal import CLibGit2
internal import Synchronization

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

/// What a scan of a working tree found.
struct ScanFindings: Sendable {
  struct File: Sendable {
    /// The position of its entry in the index.
    var entry: Int
    var verdict: FileVerdict
  }

  /// The entries that differ, in no order.
  var files: [File] = []
  /// Paths that the index does not have, directories with a slash behind.
  var untracked: [RepositoryPath] = []
  /// Likewise, covered by an ignore rule.
  var ignored: [RepositoryPath] = []

  mutating func append(_ other: ScanFindings) {
    files += other.files
    untracked += other.untracked
    ignored += other.ignored
  }
}

/// Compares a working tree with its index: each directory is opened once, its tracked names are
/// looked at relative to it, and it is listed for those that are not tracked.
///
/// The directories are shared among one thread per core.
final class WorkingTreeScan: Sendable {
  let root: FilePath
  let places: ThreadSession.Places
  let index: IndexFile
  let directories: IndexDirectories
  let settings: WorkingTreeSettings
  let options: StatusOptions
  let filter: PathFilter?
  /// The open root.
  let descriptor: Int32
  let rules: IgnoreRuleCache
  let trackedNames: FoldedNames?
  private let work: SharedWork
  private let shared = Mutex(Shared())

  private struct Shared {
    var findings: [(directory: Int, findings: ScanFindings)] = []
    /// Directories of the index that are none in the working tree.
    var missing: [Int] = []
  }

  init<Access>(
    _ git: borrowing GitSession<Access>, root: FilePath, index: IndexFile,
    directories: IndexDirectories, options: StatusOptions
  ) throws(GitError) {
    self.root = root
    self.index = index
    self.directories = directories
    self.options = options
    places = ThreadSession.Places(git, root: root)
    settings = try git.workingTreeSettings()
    work = SharedWork("read the status of \(root)")
    filter = options.paths.map { PathFilter($0) }
    descriptor = root.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else {
      throw GitError(errno: errno, operation: "look at the checkout \(root)")
    }
    rules = IgnoreRuleCache(count: directories.directories.count)
    trackedNames = settings.ignoresCase ? FoldedNames(index) : nil
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Throws when the task was cancelled, or another thread met an error.
  func checkStopped() throws(GitError) { try work.checkStopped() }

  func run() throws(GitError) -> ScanFindings {
    try work.run(directories.directories.count, chunk: 16, enough: 64) {
      ScanWorker(self)
    } each: { (worker: inout ScanWorker, directory: Int) throws(GitError) in
      try worker.scan(directory)
    } end: { worker in
      let (missing, findings) = (worker.missing, worker.findings)
      shared.withLock {
        $0.missing += missing
        $0.findings += findings
      }
    }
    return shared.withLock { assemble($0) }
  }

  /// Takes out what was found through a symbolic link in the place of a directory.
  private func assemble(_ shared: Shared) -> ScanFindings {
    var all = ScanFindings()
    guard !shared.missing.isEmpty else {
      for item in shared.findings { all.append(item.findings) }
      return all
    }
    var isGone = [Bool](repeating: false, count: directories.directories.count)
    for directory in shared.missing { isGone[directory] = true }
    // Parents come before their children.
    for (number, directory) in directories.directories.enumerated() where directory.parent >= 0 {
      if isGone[directory.parent] { isGone[number] = true }
    }
    for item in shared.findings where !isGone[item.directory] { all.append(item.findings) }
    for number in isGone.indices where isGone[number] { addAbsent(number, to: &all) }
    return all
  }

  private func addAbsent(_ directory: Int, to findings: inout ScanFindings) {
    var last: IndexFile.Entry?
    for position in directories.files(of: directory) {
      let entry = index.entries[Int(position)]
      if let last, index.isSamePath(last, entry) { continue }
      last = entry
      if let filter, !filter.contains(index.pathBytes(entry)) { continue }
      let verdict = index.compare(entry, nil, settings)
      if case .same = verdict {
        // To git a file behind a link is there, and so its entry counts.
        guard entry.isSkipWorktree, settings.findsSkippedFiles,
          (try? fileStatus(index.path(entry).absolute(in: root))) ?? nil != nil
        else { continue }
        findings.files.append(.init(entry: Int(position), verdict: .deleted))
      } else {
        findings.files.append(.init(entry: Int(position), verdict: verdict))
      }
    }
  }
}

/// The ignore rules of the index's directories, found when they are first needed.
final class IgnoreRuleCache: Sendable {
  private let rules: Mutex<[IgnoreRules?]>

  init(count: Int) { rules = Mutex(Array(repeating: nil, count: count)) }

  subscript(directory: Int) -> IgnoreRules? {
    get { rules.withLock { $0[directory] } }
    set { rules.withLock { $0[directory] = newValue } }
  }
}

/// The names of an index without regard to case, for file systems that have none.
struct FoldedNames: Sendable {
  private var files: [[UInt8]: FileMode] = [:]
  private var directories: Set<[UInt8]> = []

  init(_ index: IndexFile) {
    for entry in index.entries {
      let path = Self.fold(index.pathBytes(entry))
      files[path] = FileMode(raw: index.rawMode(entry))
      var end = path.lastIndex(of: UInt8(ascii: "/"))
      while let cut = end, directories.insert(Array(path[..<cut])).inserted {
        end = path[..<cut].lastIndex(of: UInt8(ascii: "/"))
      }
    }
  }

  private static func fold(_ path: some Sequence<UInt8>) -> [UInt8] { path.map(\.lowercased) }

  func file(_ path: some Sequence<UInt8>) -> FileMode? { files[Self.fold(path)] }

  func hasDirectory(_ path: some Sequence<UInt8>) -> Bool {
    directories.contains(Self.fold(path))
  }
}
