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

/// Writes the files of a tree into a working tree that has none yet.
///
/// The directories come first; then the files are shared among one thread per core, each with an
/// object database of its own. What a filter program converts is left to the session that began this;
/// what a file of another checkout holds already shares its blocks, where the file system can.
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
  private let source: BlockSource?
  private let stats: UnsafeMutablePointer<IndexedStat>
  private let work: SharedWork
  /// The numbers of files that a program converts.
  private let forPrograms = Mutex<[Int]>([])

  init(
    _ listing: TreeListing, _ sparse: SparseCheckout?, root: FilePath,
    _ git: borrowing GitSession<some Any>, mayConvert: Bool, source: BlockSource?
  ) throws(GitError) {
    self.listing = listing
    self.source = source
    self.root = root
    self.mayConvert = mayConvert
    work = SharedWork("write files into \(root)")
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
    try work.run(listing.files.count, chunk: Self.chunk, enough: Self.chunk) {
      () throws(GitError) in
      try Worker(self)
    } each: { (worker: inout Worker, number: Int) throws(GitError) in
      if isWanted?[number] ?? true { try worker.write(number) }
    }
    let forPrograms = forPrograms.withLock { $0 }
    guard !forPrograms.isEmpty else { return }
    let converter = try session.checkOutConverter(listing.attributes)
    for number in forPrograms.sorted() {
      try work.checkStopped()
      let file = listing.files[number]
      let content = try converter.fileContent(
        session.blob(file.value.id), of: file.value.id, at: listing.path(file), session)
      try write(content, number)
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
      let objects = try session.git.objectDatabase()
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
            return fill.forPrograms.withLock { $0.append(number) }
          }
          if try converter.changesFile(path, session.git) {
            let content = try converter.fileContent(
              session.git.blob(file.value.id), of: file.value.id, at: path, session.git)
            return try fill.write(content, number)
          }
        }
        if try !shareBlocks(number) { try writeBlob(number) }
      }
    }

    /// False, with nothing there, when the source has no such file or cannot lend its blocks.
    private func shareBlocks(_ number: Int) throws(GitError) -> Bool {
      guard let source = fill.source else { return false }
      let file = fill.listing.files[number]
      return try fill.withPath(number) { (name) throws(GitError) in
        let found = try source.file(fill.listing.path(file), name, file.value) {
          () throws(GitError) in try size(of: file.value.id)
        }
        guard let found else { return false }
        switch source.copy(found, to: name, in: fill.descriptor, mode: fill.mode(number)) {
        case .made(let made):
          defer { close(made) }
          try fill.note(made, number)
          return true
        // Another name to git and the same one to the file system: see `create`.
        case .taken: return true
        case .none: return false
        }
      }
    }

    private func size(of blob: ObjectID) throws(GitError) -> Int {
      var (size, kind) = (0, GIT_OBJECT_INVALID)
      try check(
        blob.withRaw { git_odb_read_header(&size, &kind, objects.pointer, $0) },
        "read the size of the blob \(blob)")
      return size
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
  private func write(_ bytes: UnsafeRawBufferPointer, _ number: Int) throws(GitError) {
    let mode = listing.files[number].value.mode
    try withPath(number) { (path) throws(GitError) in
      guard mode == .symbolicLink, hasSymbolicLinks else {
        return try create(number, path, bytes)
      }
      let target = bytes.map { CChar(bitPattern: $0) } + [0]
      guard symlinkat(target, descriptor, path) == 0 else {
        if errno == EEXIST { return }
        throw failure(number)
      }
      var status = stat()
      guard fstatat(descriptor, path, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
        throw failure(number)
      }
      stats[number] = IndexedStat(FileStamp(status))
    }
  }

  /// Makes a file, and notes what it is for the index.
  ///
  /// A name that is taken is another one to git and the same one to the file system: the first
  /// file stays, and the second will be seen as changed.
  private func create(
    _ number: Int, _ path: UnsafePointer<CChar>, _ bytes: UnsafeRawBufferPointer
  ) throws(GitError) {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
    let file = openat(descriptor, path, flags, mode(number))
    guard file >= 0 else {
      if errno == EEXIST { return }
      throw failure(number)
    }
    defer { close(file) }
    guard writeAll(bytes, to: file) else {
      let error = failure(number)
      unlinkat(descriptor, path, 0)
      throw error
    }
    try note(file, number)
  }

  /// Of a new file, before the umask.
  private func mode(_ number: Int) -> mode_t {
    listing.files[number].value.mode == .executable ? 0o777 : 0o666
  }

  /// Notes what an open file is for the index.
  private func note(_ file: Int32, _ number: Int) throws(GitError) {
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure(number) }
    stats[number] = IndexedStat(FileStamp(status))
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
