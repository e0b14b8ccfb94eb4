internal import CLibGit2
internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
  internal import Dispatch
#else
  @preconcurrency internal import Dispatch
  internal import Glibc
#endif
#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Writes the files of a tree into a working tree that has none yet.
///
/// The directories come first; then the files are shared among one thread per core, each with an
/// object database of its own. What a filter program converts is left to the session that began this.
final class WorkingTreeFill: @unchecked Sendable {  // Each element of `stats` has one writer.
  let listing: TreeListing
  /// Whether a file is a part of a sparse checkout, by its number.
  private let isWanted: [Bool]?
  private let root: FilePath
  /// The open root.
  private let descriptor: Int32
  private let places: ThreadSession.Places
  private let hasSymbolicLinks: Bool
  /// Whether any file may be converted.
  private let mayConvert: Bool
  private let stats: UnsafeMutablePointer<IndexedStat>
  private let cancellation = CancellationProbe()
  private let next = Atomic(0)
  private let isStopped = Atomic(false)
  private let shared = Mutex(Shared())

  private struct Shared {
    var error: GitError?
    /// The numbers of files that a program converts.
    var forPrograms: [Int] = []
  }

  init(
    _ listing: TreeListing, _ sparse: SparseCheckout?, root: FilePath,
    _ git: borrowing GitSession<some Any>, mayConvert: Bool
  ) throws(GitError) {
    self.listing = listing
    self.root = root
    self.mayConvert = mayConvert
    isWanted = sparse.map { sparse in listing.files.map { sparse.contains(listing.path($0)) } }
    hasSymbolicLinks = try git.configurationFlag("core.symlinks") ?? true
    places = ThreadSession.Places(git, root: root)
    descriptor = root.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else {
      throw GitError(errno: errno, operation: "write files into \(root)")
    }
    stats = .allocate(capacity: max(listing.files.count, 1))
    stats.initialize(repeating: .none, count: listing.files.count)
  }

  deinit {
    close(descriptor)
    stats.deallocate()
  }

  /// Neighbours stay with one thread, so that two seldom write into one directory.
  private static let chunk = 64

  /// Writes everything.
  ///
  /// - Throws: The first error, or one with the code `cancelled`; what is written stays.
  func run(_ session: borrowing GitSession<some Any>) throws(GitError) {
    try makeDirectories()
    let count = listing.files.count
    let cores = max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
    DispatchQueue.concurrentPerform(iterations: min(cores, count / Self.chunk + 1)) { _ in work() }
    let (error, forPrograms) = shared.withLock { ($0.error, $0.forPrograms) }
    if let error { throw error }
    guard !forPrograms.isEmpty else { return }
    let converter = try session.checkOutConverter(listing.attributes)
    for number in forPrograms.sorted() {
      try checkStopped()
      let file = listing.files[number]
      let content = try converter.fileContent(
        session.blob(file.value.id), of: file.value.id, at: listing.path(file), session)
      try write(content, number)
    }
  }

  private func checkStopped() throws(GitError) {
    if isStopped.load(ordering: .relaxed) || cancellation.isCancelled {
      throw .cancelled("write files into \(root)")
    }
  }

  private func work() {
    do throws(GitError) {
      var worker: Worker?
      let count = listing.files.count
      while true {
        let first = next.add(Self.chunk, ordering: .relaxed).oldValue
        guard first < count else { return }
        for number in first..<min(first + Self.chunk, count) where isWanted?[number] ?? true {
          try checkStopped()
          if worker == nil { worker = try Worker(self) }
          try worker?.write(number)
        }
      }
    } catch {
      isStopped.store(true, ordering: .relaxed)
      shared.withLock { shared in
        // Being cancelled is what the other threads then say.
        if shared.error == nil { shared.error = error }
      }
    }
  }

  /// One thread's part.
  private struct Worker: ~Copyable {
    let fill: WorkingTreeFill
    let session: ThreadSession
    let objects: Owned<ObjectDatabaseHandle>
    let converter: ContentConverter?

    init(_ fill: WorkingTreeFill) throws(GitError) {
      let session = try ThreadSession(fill.places)
      let converter =
        fill.mayConvert ? try session.git.checkOutConverter(fill.listing.attributes) : nil
      let objects = try Owned<ObjectDatabaseHandle>("open the object database") {
        git_repository_odb(&$0, session.git.raw)
      }
      self.fill = fill
      self.session = session
      self.converter = converter
      self.objects = objects
    }

    mutating func write(_ number: Int) throws(GitError) {
      let file = fill.listing.files[number]
      switch file.value.mode {
      case .gitlink, .tree: try fill.makeSubmodule(number)
      case .symbolicLink: try writeBlob(number)
      case .regular, .executable:
        if let converter {
          let path = fill.listing.path(file)
          if try converter.hasProgram(path, session.git) {
            return fill.shared.withLock { $0.forPrograms.append(number) }
          }
          if try converter.changesFile(path, session.git) {
            let content = try converter.fileContent(
              session.git.blob(file.value.id), of: file.value.id, at: path, session.git)
            return try fill.write(content, number)
          }
        }
        try writeBlob(number)
      }
    }

    private func writeBlob(_ number: Int) throws(GitError) {
      let id = fill.listing.files[number].value.id
      var object: OpaquePointer?
      try check(
        id.withRaw { git_odb_read(&object, objects.pointer, $0) }, "read the blob \(id)")
      defer { git_odb_object_free(object) }
      try fill.write(
        UnsafeRawBufferPointer(
          start: git_odb_object_data(object), count: git_odb_object_size(object)), number)
    }
  }

  // MARK: Files

  /// Calls `body` with the path of a file from the root, for C.
  private func withPath<Value>(
    _ number: Int, _ body: (UnsafePointer<CChar>) throws(GitError) -> Value
  ) throws(GitError) -> Value {
    try listing.text.withUnsafeBufferPointer { text in
      Result { () throws(GitError) in
        let start = UnsafeRawPointer(text.baseAddress.unsafelyUnwrapped)
        return try body(
          (start + listing.files[number].start).assumingMemoryBound(to: CChar.self))
      }
    }.get()
  }

  private func failure(_ number: Int) -> GitError {
    GitError(errno: errno, operation: "write '\(listing.path(listing.files[number]))' in \(root)")
  }

  private func makeDirectories() throws(GitError) {
    var last: [UInt8] = []
    for (number, file) in listing.files.enumerated() where isWanted?[number] ?? true {
      let path = listing.text[file.start..<(file.start + file.length)]
      guard let end = path.lastIndex(of: UInt8(ascii: "/")) else { continue }
      let directory = Array(path[..<end])
      guard directory != last else { continue }
      let shared = zip(directory, last).prefix { $0 == $1 }.count
      last = directory
      // From the first component on that the directory before does not have.
      for cut in shared...directory.count
      where cut == directory.count || directory[cut] == UInt8(ascii: "/") {
        let name = directory[..<cut].map { CChar(bitPattern: $0) } + [0]
        guard mkdirat(descriptor, name, 0o777) != 0, errno != EEXIST else { continue }
        throw failure(number)
      }
    }
  }

  private func makeSubmodule(_ number: Int) throws(GitError) {
    try withPath(number) { (path) throws(GitError) in
      guard mkdirat(descriptor, path, 0o777) == 0 || errno == EEXIST else { throw failure(number) }
    }
  }

  private func write(_ content: [UInt8], _ number: Int) throws(GitError) {
    try content.withUnsafeBytes { bytes in
      Result { () throws(GitError) in try write(bytes, number) }
    }.get()
  }

  /// Writes a file, or a symbolic link to where the bytes say.
  ///
  /// A name that is taken is another one to git and the same one to the file system: the first
  /// file stays, and the second will be seen as changed.
  private func write(_ bytes: UnsafeRawBufferPointer, _ number: Int) throws(GitError) {
    let mode = listing.files[number].value.mode
    try withPath(number) { (path) throws(GitError) in
      var status = stat()
      if mode == .symbolicLink, hasSymbolicLinks {
        let target = bytes.map { CChar(bitPattern: $0) } + [0]
        guard symlinkat(target, descriptor, path) == 0 else {
          if errno == EEXIST { return }
          throw failure(number)
        }
        guard fstatat(descriptor, path, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
          throw failure(number)
        }
      } else {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let file = openat(descriptor, path, flags, mode == .executable ? 0o777 : 0o666)
        guard file >= 0 else {
          if errno == EEXIST { return }
          throw failure(number)
        }
        defer { close(file) }
        guard writeAll(bytes, to: file), fstat(file, &status) == 0 else { throw failure(number) }
      }
      stats[number] = IndexedStat(FileStamp(status))
    }
  }

  // MARK: Index

  /// The index that describes what was written.
  func index(version: Int) -> [UInt8] {
    var writer = IndexWriter(
      version: version, capacity: listing.text.count + 80 * listing.files.count)
    listing.text.withUnsafeBufferPointer { text in
      for (number, file) in listing.files.enumerated() {
        let isSkipped = !(isWanted?[number] ?? true)
        writer.append(
          UnsafeBufferPointer(rebasing: text[file.start..<(file.start + file.length)]),
          IndexWriter.Entry(
            stat: stats[number], mode: file.value.mode.rawValue, id: file.value.id,
            extendedFlags: isSkipped ? UInt16(GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue) : 0))
      }
    }
    return writer.finish(trees: listing.cachedTrees)
  }
}
