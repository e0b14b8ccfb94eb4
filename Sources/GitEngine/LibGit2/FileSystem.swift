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

// The few system calls that swift-system does not offer, with errors that say what was tried.

extension GitError {
  /// A failed system call.
  ///
  /// `ENOENT` and `EEXIST` keep their meaning as codes.
  init(errno number: Int32, operation: String) {
    let code: Code =
      switch number {
      case ENOENT: .notFound
      case EEXIST: .exists
      default: .generic
      }
    self.init(
      code, operation: operation, message: String(cString: strerror(number)), category: .system)
    systemError = number
  }
}

extension GitError {
  /// Whether a system call ended with `ENOTDIR`.
  var isNotDirectory: Bool { systemError == ENOTDIR }
}

/// Runs a system call that answers 0 or -1 and sets `errno`.
func system(_ operation: @autoclosure () -> String, _ call: () -> Int32) throws(GitError) {
  while call() != 0 {
    let number = errno
    if number == EINTR { continue }
    throw GitError(errno: number, operation: operation())
  }
}

/// What `lstat` says of a path; `nil` when nothing is there (or a parent is not a directory).
func fileStatus(_ path: FilePath) throws(GitError) -> stat? {
  var result = stat()
  while path.withPlatformString({ lstat($0, &result) }) != 0 {
    let number = errno
    if number == EINTR { continue }
    if isAbsence(number) { return nil }
    throw GitError(errno: number, operation: "look at \(path)")
  }
  return result
}

/// Whether an `errno` says that nothing is there: a name that the file system cannot hold is a name
/// that nothing has.
func isAbsence(_ number: Int32) -> Bool {
  number == ENOENT || number == ENOTDIR || number == ENAMETOOLONG
}

extension RepositoryPath {
  /// What a checkout has at this path, as git sees it: `nil` when nothing is there, or when a
  /// directory above it is a symbolic link, whose contents are not the checkout's.
  func fileStatus(in root: FilePath) throws(GitError) -> stat? {
    var parent = self.parent
    while let directory = parent {
      let status = try GitEngine.fileStatus(directory.absolute(in: root))
      guard status?.isDirectory ?? false else { return nil }
      parent = directory.parent
    }
    return try GitEngine.fileStatus(absolute(in: root))
  }
}

extension stat {
  var kind: mode_t { st_mode & S_IFMT }
  var isDirectory: Bool { kind == S_IFDIR }
  var isRegularFile: Bool { kind == S_IFREG }
  var isSymbolicLink: Bool { kind == S_IFLNK }
  var isExecutable: Bool { st_mode & S_IXUSR != 0 }
}

func readWholeFile(_ path: FilePath) throws(GitError) -> [UInt8] {
  do {
    let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
    return try file.closeAfter {
      var bytes: [UInt8] = []
      var size = stat()
      if fstat(file.rawValue, &size) == 0 { bytes.reserveCapacity(Int(size.st_size)) }
      try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
        while case let count = try file.read(into: buffer), count > 0 {
          bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
      }
      return bytes
    }
  } catch {
    throw GitError(errno: (error as? Errno)?.rawValue ?? EIO, operation: "read \(path)")
  }
}

/// Writes a new file; fails with the code `exists` when the path is taken.
///
/// - Returns: The file as it is then.
@discardableResult
func writeNewFile(
  _ path: FilePath, _ bytes: some Sequence<UInt8>, executable: Bool = false
) throws(GitError) -> FileStamp {
  do {
    let all = FilePermissions(rawValue: executable ? 0o777 : 0o666)
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec], permissions: all)
    do {
      return try file.closeAfter {
        try file.writeAll(bytes)
        var status = stat()
        guard fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
        return FileStamp(status)
      }
    } catch {
      // Half of a file is worse than none.
      _ = path.withPlatformString { unlink($0) }
      throw error
    }
  } catch {
    throw GitError(errno: (error as? Errno)?.rawValue ?? EIO, operation: "write \(path)")
  }
}

/// Writes all bytes to an open file; false, with `errno`, when that fails.
func writeAll(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Bool {
  var rest = bytes
  while !rest.isEmpty {
    let count = write(file, rest.baseAddress, rest.count)
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { return false }
    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
  }
  return true
}

func readSymbolicLink(_ path: FilePath) throws(GitError) -> [UInt8] {
  var count = 0
  var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
  try system("read the symbolic link \(path)") {
    count = path.withPlatformString { readlink($0, &buffer, buffer.count) }
    return count < 0 ? -1 : 0
  }
  return buffer[..<count].map { UInt8(bitPattern: $0) }
}

func makeSymbolicLink(_ path: FilePath, to target: [UInt8]) throws(GitError) {
  let text = target.map { CChar(bitPattern: $0) } + [0]
  try system("make the symbolic link \(path)") { path.withPlatformString { symlink(text, $0) } }
}

func makeDirectory(_ path: FilePath) throws(GitError) {
  try system("make the directory \(path)") { path.withPlatformString { mkdir($0, 0o777) } }
}

/// Makes a directory and the missing ones above it; returns those it made, outermost first.
@discardableResult
func makeDirectories(_ path: FilePath) throws(GitError) -> [FilePath] {
  var missing: [FilePath] = []
  var current = path
  while try fileStatus(current) == nil, !current.isEmpty {
    missing.append(current)
    current.removeLastComponent()
  }
  for directory in missing.reversed() {
    do throws(GitError) { try makeDirectory(directory) } catch {
      guard error.code == .exists else { throw error }
    }
  }
  return missing.reversed()
}

func moveFile(_ source: FilePath, to target: FilePath) throws(GitError) {
  try system("move \(source) to \(target)") {
    source.withPlatformString { from in target.withPlatformString { rename(from, $0) } }
  }
}

func removeFile(_ path: FilePath) throws(GitError) {
  try system("remove \(path)") { path.withPlatformString { unlink($0) } }
}

func removeEmptyDirectory(_ path: FilePath) throws(GitError) {
  try system("remove the directory \(path)") { path.withPlatformString { rmdir($0) } }
}

/// The names in a directory, without `.` and `..`, in no order.
func directoryNames(_ path: FilePath) throws(GitError) -> [[UInt8]] {
  try directoryEntries(path).map(\.name)
}

/// The names in a directory, without `.` and `..`, in no order, each with its `d_type`.
private func directoryEntries(
  _ path: FilePath
) throws(GitError) -> [(name: [UInt8], kind: Int)] {
  guard let directory = path.withPlatformString({ opendir($0) }) else {
    throw GitError(errno: errno, operation: "list \(path)")
  }
  defer { closedir(directory) }
  var names: [(name: [UInt8], kind: Int)] = []
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
    if name != Array(".".utf8), name != Array("..".utf8) {
      names.append((name, Int(entry.pointee.d_type)))
    }
  }
  return names
}

/// Removes a directory with all that is in it, never following a symbolic link.
///
/// A directory that its owner may not read or write, as build tools leave them, is made so first.
func removeTree(_ path: FilePath) throws(GitError) {
  guard let status = try fileStatus(path) else { return }
  guard status.isDirectory else { return try removeFile(path) }
  let owner = mode_t(S_IRWXU)
  if status.st_mode & owner != owner {
    let mode = status.st_mode & 0o7777 | owner
    try system("make \(path) writable") { path.withPlatformString { chmod($0, mode) } }
  }
  for (name, kind) in try directoryEntries(path) {
    let entry = RepositoryPath(bytes: name).absolute(in: path)
    if kind == DT_DIR || kind == DT_UNKNOWN { try removeTree(entry) } else { try removeFile(entry) }
  }
  try removeEmptyDirectory(path)
}
