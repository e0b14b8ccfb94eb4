internal import CLibGit2
internal import Synchronization

/// Connects libgit2 with the filter programs of sessions.
///
/// libgit2 knows filters for the whole process. The one that is registered here is asked for every
/// file that is written into a working tree or hashed from one; it finds the session by its
/// repository handle. This is also where such calls notice that their task was cancelled.
enum FilterRegistry {
  private struct Weak { weak var programs: FilterPrograms? }
  private static let sessions = Mutex<[UInt: Weak]>([:])

  static func add(_ programs: FilterPrograms, for repository: OpaquePointer) {
    let key = UInt(bitPattern: repository)
    sessions.withLock { $0[key] = Weak(programs: programs) }
  }

  static func remove(_ programs: FilterPrograms, for repository: OpaquePointer) {
    let key = UInt(bitPattern: repository)
    sessions.withLock { known in
      // A new session may have a handle at the same place by now.
      guard known[key]?.programs == nil || known[key]?.programs === programs else { return }
      known[key] = nil
    }
  }

  fileprivate static func programs(for repository: OpaquePointer) -> FilterPrograms? {
    let key = UInt(bitPattern: repository)
    return sessions.withLock { $0[key]?.programs }
  }

  /// Makes libgit2 use it, once per process.
  static func register() throws(GitError) {
    let operation = "register the filter programs"
    let filter = UnsafeMutablePointer<git_filter>.allocate(capacity: 1)
    filter.initialize(to: git_filter())
    try check(git_filter_init(filter, UInt32(GIT_FILTER_VERSION)), operation)
    filter.pointee.check = { _, payload, source, _ in FilterRegistry.choose(payload, source) }
    filter.pointee.stream = { out, _, payload, _, next in FilterRegistry.open(out, payload, next) }
    filter.pointee.cleanup = { _, payload in
      if let payload { Unmanaged<FilterUse>.fromOpaque(payload).release() }
    }
    // It lives as long as the process.
    try check(
      git_filter_register("gitengine", filter, Int32(GIT_FILTER_DRIVER_PRIORITY)), operation)
  }

  /// Hands an error to the caller of libgit2, which reads the text on the same thread.
  static func fail(_ error: GitError) -> Int32 {
    git_error_set_str(Int32(GIT_ERROR_FILTER.rawValue), "\(error)")
    return error.code.rawValue
  }

  private static func choose(
    _ payload: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ source: OpaquePointer?
  ) -> Int32 {
    guard let source, let repository = git_filter_source_repo(source),
      let path = git_filter_source_path(source), let programs = programs(for: repository)
    else { return GIT_PASSTHROUGH.rawValue }
    let direction: FilterDirection =
      git_filter_source_mode(source) == GIT_FILTER_TO_WORKTREE ? .smudge : .clean
    do throws(GitError) {
      if programs.isCancelled { throw GitError.cancelled("go on at '\(String(cString: path))'") }
      guard let driver = try programs.driver(for: path, direction, in: repository) else {
        return GIT_PASSTHROUGH.rawValue
      }
      let id = git_filter_source_id(source).map { ObjectID($0) }
      let use = FilterUse(
        programs: programs, driver: driver, direction: direction,
        path: RepositoryPath(cString: path), blob: id == .zero ? nil : id)
      payload?.pointee = Unmanaged.passRetained(use).toOpaque()
      return 0
    } catch {
      return fail(error)
    }
  }

  private static func open(
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_writestream>?>?,
    _ payload: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _ next: UnsafeMutablePointer<git_writestream>?
  ) -> Int32 {
    guard let out, let choice = payload?.pointee else { return GIT_ERROR.rawValue }
    let use = Unmanaged<FilterUse>.fromOpaque(choice).takeUnretainedValue()
    let stream = UnsafeMutablePointer<cgit2_filter_stream>.allocate(capacity: 1)
    stream.initialize(to: cgit2_filter_stream())
    stream.pointee.parent.write = { FilterStream.write($0, $1, $2) }
    stream.pointee.parent.close = { FilterStream.close($0) }
    stream.pointee.parent.free = { FilterStream.free($0) }
    stream.pointee.next = next
    stream.pointee.context = Unmanaged.passRetained(FilterStream(use)).toOpaque()
    out.pointee = UnsafeMutableRawPointer(stream).assumingMemoryBound(to: git_writestream.self)
    return 0
  }
}

/// One file that goes through a filter program.
private final class FilterUse {
  let programs: FilterPrograms
  let driver: FilterDriver
  let direction: FilterDirection
  let path: RepositoryPath
  let blob: ObjectID?

  init(
    programs: FilterPrograms, driver: FilterDriver, direction: FilterDirection,
    path: RepositoryPath, blob: ObjectID?
  ) {
    self.programs = programs
    self.driver = driver
    self.direction = direction
    self.path = path
    self.blob = blob
  }
}

/// Collects what libgit2 writes; at the end the program gets it, and the next stream its answer.
private final class FilterStream {
  private let use: FilterUse
  private var content: [UInt8] = []

  init(_ use: FilterUse) { self.use = use }

  private typealias Raw = UnsafeMutablePointer<cgit2_filter_stream>

  /// The stream that a pointer to its first member belongs to.
  private static func raw(_ stream: UnsafeMutablePointer<git_writestream>?) -> Raw? {
    stream.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: cgit2_filter_stream.self) }
  }

  private static func context(_ raw: Raw) -> FilterStream {
    Unmanaged<FilterStream>.fromOpaque(raw.pointee.context).takeUnretainedValue()
  }

  static func write(
    _ stream: UnsafeMutablePointer<git_writestream>?, _ bytes: UnsafePointer<CChar>?, _ count: Int
  ) -> Int32 {
    guard let raw = raw(stream) else { return GIT_ERROR.rawValue }
    context(raw).content.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
  }

  static func close(_ stream: UnsafeMutablePointer<git_writestream>?) -> Int32 {
    guard let raw = raw(stream), let next = raw.pointee.next else { return GIT_ERROR.rawValue }
    let (use, content) = (context(raw).use, context(raw).content)
    do throws(GitError) {
      let result = try use.programs.apply(
        use.driver, use.direction, use.path, blob: use.blob, content)
      let status = (result ?? content).withUnsafeBytes {
        next.pointee.write(next, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
      }
      return status < 0 ? status : next.pointee.close(next)
    } catch {
      return FilterRegistry.fail(error)
    }
  }

  static func free(_ stream: UnsafeMutablePointer<git_writestream>?) {
    guard let raw = raw(stream) else { return }
    Unmanaged<FilterStream>.fromOpaque(raw.pointee.context).release()
    raw.deinitialize(count: 1)
    raw.deallocate()
  }
}
