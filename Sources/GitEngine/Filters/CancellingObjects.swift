internal import CLibGit2

/// An object database that has nothing, and fails once its session's task is cancelled.
///
/// Nothing else stops libgit2 while it writes the files of a checkout that has no filters: it has to
/// read each file's blob, and asks here first.
struct CancellingObjects {
  private var backend = git_odb_backend()
  private var programs: Unmanaged<FilterPrograms>

  private init(_ programs: FilterPrograms) { self.programs = Unmanaged.passUnretained(programs) }

  /// Makes the reading of any object fail with the code `cancelled` once the task is cancelled.
  ///
  /// It lasts as long as the session, and is for one whose work may stop anywhere.
  static func watch<Access>(over session: borrowing GitSession<Access>) throws(GitError) {
    let operation = "watch for the cancellation of a task"
    let database = try Owned<ObjectDatabaseHandle>(operation) {
      git_repository_odb(&$0, session.raw)
    }
    let objects = UnsafeMutablePointer<CancellingObjects>.allocate(capacity: 1)
    objects.initialize(to: CancellingObjects(session.filters))
    objects.pointee.backend.version = UInt32(GIT_ODB_BACKEND_VERSION)
    objects.pointee.backend.read = { _, _, _, backend, _ in CancellingObjects.read(backend) }
    objects.pointee.backend.free = { backend in CancellingObjects.free(backend) }
    let raw = UnsafeMutableRawPointer(objects).assumingMemoryBound(to: git_odb_backend.self)
    let status = git_odb_add_backend(database.pointer, raw, 1000)
    if status < 0 { objects.deallocate() }
    try check(status, operation)
  }

  private static func read(_ backend: UnsafeMutablePointer<git_odb_backend>?) -> Int32 {
    guard let backend else { return GIT_PASSTHROUGH.rawValue }
    let programs = UnsafeMutableRawPointer(backend)
      .assumingMemoryBound(to: CancellingObjects.self).pointee.programs
    guard programs._withUnsafeGuaranteedRef({ $0.isCancelled }) else {
      return GIT_PASSTHROUGH.rawValue
    }
    return FilterRegistry.fail(GitError.cancelled("read an object"))
  }

  private static func free(_ backend: UnsafeMutablePointer<git_odb_backend>?) {
    guard let backend else { return }
    UnsafeMutableRawPointer(backend).assumingMemoryBound(to: CancellingObjects.self).deallocate()
  }
}
