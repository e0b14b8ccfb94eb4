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

/// Reading of small files and of directories whose names need not be UTF-8.
enum FileReading {
  /// What a name in a directory stands for, links not followed.
  enum Kind {
    case file
    case link
    case other
  }

  /// All bytes of a file.
  static func bytes(of file: FilePath) throws(Errno) -> [UInt8] {
    do {
      // Without `nonBlocking` a pipe with the name of a file would stop the program here.
      let descriptor = try FileDescriptor.open(
        file, .readOnly, options: [.closeOnExec, .nonBlocking])
      return try descriptor.closeAfter {
        var bytes: [UInt8] = []
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
        defer { chunk.deallocate() }
        while case let count = try descriptor.read(into: chunk), count > 0 {
          bytes.append(contentsOf: chunk[..<count])
        }
        return bytes
      }
    } catch {
      throw (error as? Errno) ?? .ioError
    }
  }

  /// The names in a directory without `.` and `..`, in the order of their bytes.
  static func names(in directory: FilePath) throws(Errno) -> [[UInt8]] {
    guard let stream = directory.withPlatformString({ opendir($0) }) else {
      throw Errno(rawValue: errno)
    }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name != Array(".".utf8), name != Array("..".utf8) { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw Errno(rawValue: errno) }
    return names.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// What `path` itself is; a link is a link.
  static func kind(of path: FilePath) throws(Errno) -> Kind {
    var information = stat()
    guard path.withPlatformString({ lstat($0, &information) }) == 0 else {
      throw Errno(rawValue: errno)
    }
    switch information.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFLNK: return .link
    default: return .other
    }
  }
}
