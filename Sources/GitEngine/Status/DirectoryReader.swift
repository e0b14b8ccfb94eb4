internal import CLibGit2

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// What a directory says of a name in it.
enum NameKind {
  case file, symbolicLink, directory, other
  /// The file system does not tell.
  case unknown
}

/// Lists open directories, with one buffer for all of them.
final class DirectoryReader {
  #if os(Linux)
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)

    deinit { buffer.deallocate() }

    /// Calls `body` with each name, which a zero byte ends, but `.` and `..`.
    ///
    /// An error ends the list, as in git.
    func list(
      _ directory: Int32,
      _ body: (UnsafePointer<UInt8>, Int, NameKind) throws(GitError) -> Void
    ) throws(GitError) {
      while true {
        let count = cgit2_read_directory(directory, buffer.baseAddress, buffer.count)
        guard count > 0, let base = buffer.baseAddress else { return }
        var record = UnsafeRawPointer(base)
        let end = record + count
        while record < end {
          // Inode and offset take 8 bytes each, then come length (2), kind (1) and name.
          let length = Int(record.loadUnaligned(fromByteOffset: 16, as: UInt16.self))
          let kind = record.load(fromByteOffset: 18, as: UInt8.self)
          let name = (record + 19).assumingMemoryBound(to: UInt8.self)
          record += length
          if !isDots(name) { try body(name, strlength(name), NameKind(Int32(kind))) }
        }
      }
    }
  #else
    /// Calls `body` with each name, which a zero byte ends, but `.` and `..`.
    ///
    /// An error ends the list, as in git.
    func list(
      _ directory: Int32,
      _ body: (UnsafePointer<UInt8>, Int, NameKind) throws(GitError) -> Void
    ) throws(GitError) {
      let copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard copy >= 0 else { return }
      guard let stream = fdopendir(copy) else {
        close(copy)
        return
      }
      defer { closedir(stream) }
      while let entry = readdir(stream) {
        let kind = NameKind(Int32(entry.pointee.d_type))
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) + [0] }
        let result = name.withUnsafeBufferPointer { name -> Result<Void, GitError> in
          guard let start = name.baseAddress, !isDots(start) else { return .success(()) }
          do throws(GitError) {
            return .success(try body(start, name.count - 1, kind))
          } catch {
            return .failure(error)
          }
        }
        try result.get()
      }
    }
  #endif

  private func isDots(_ name: UnsafePointer<UInt8>) -> Bool {
    name[0] == UInt8(ascii: ".")
      && (name[1] == 0 || name[1] == UInt8(ascii: ".") && name[2] == 0)
  }
}

/// The length of a text that a zero byte ends.
func strlength(_ text: UnsafePointer<UInt8>) -> Int {
  strlen(UnsafeRawPointer(text).assumingMemoryBound(to: CChar.self))
}

extension NameKind {
  fileprivate init(_ type: Int32) {
    switch type {
    case Int32(DT_REG): self = .file
    case Int32(DT_LNK): self = .symbolicLink
    case Int32(DT_DIR): self = .directory
    case Int32(DT_UNKNOWN): self = .unknown
    default: self = .other
    }
  }

  init(_ status: stat) {
    self =
      status.isRegularFile
      ? .file : status.isSymbolicLink ? .symbolicLink : status.isDirectory ? .directory : .other
  }
}

/// Looks at a name in an open directory without following a link; `nil` when it is not there.
func fileStatus(
  _ name: UnsafePointer<UInt8>, in directory: Int32
) throws(GitError) -> stat? {
  var result = stat()
  let text = UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self)
  while fstatat(directory, text, &result, AT_SYMLINK_NOFOLLOW) != 0 {
    let number = errno
    if number == EINTR { continue }
    if number == ENOENT || number == ENOTDIR || number == ENAMETOOLONG { return nil }
    throw GitError(errno: number, operation: "look at \(String(cString: name))")
  }
  return result
}

/// Opens a name in an open directory; `nil` when that fails.
func openFile(_ name: UnsafePointer<UInt8>, in directory: Int32, _ flags: Int32) -> Int32? {
  let text = UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self)
  while true {
    let file = openat(directory, text, flags | O_CLOEXEC)
    if file >= 0 { return file }
    if errno != EINTR { return nil }
  }
}

/// All bytes of a file in an open directory that is no link; `nil` when it cannot be read.
func readFile(_ name: UnsafePointer<UInt8>, in directory: Int32) -> [UInt8]? {
  guard let file = openFile(name, in: directory, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else {
    return nil
  }
  defer { close(file) }
  var bytes: [UInt8] = []
  var failed = false
  withUnsafeTemporaryAllocation(byteCount: 1 << 13, alignment: 16) { buffer in
    while true {
      let count = read(file, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      failed = count < 0
      guard count > 0 else { return }
      bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
  return failed ? nil : bytes
}
