#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

public import GitEngine

/// The names in a directory as bytes, in no order.
public func rawDirectoryNames(_ path: FilePath) throws -> [[UInt8]] {
  guard let directory = path.withPlatformString({ opendir($0) }) else {
    throw Errno(rawValue: errno)
  }
  defer { closedir(directory) }
  var names: [[UInt8]] = []
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
    if name != Array(".".utf8), name != Array("..".utf8) { names.append(name) }
  }
  return names
}

private func kind(_ path: FilePath) -> mode_t? {
  var status = stat()
  return path.withPlatformString { lstat($0, &status) } == 0 ? status.st_mode & S_IFMT : nil
}

/// Whether a directory, not a symbolic link to one, is at a path.
public func isDirectory(_ path: FilePath) -> Bool { kind(path) == S_IFDIR }

/// Whether a file is at a path: no link, no pipe, which would keep waiting whoever opens it.
public func isRegularFile(_ path: FilePath) -> Bool { kind(path) == S_IFREG }

/// Whether a symbolic link is at a path.
public func isSymbolicLink(_ path: FilePath) -> Bool { kind(path) == S_IFLNK }

/// Removes whatever is at a path.
public func removeAll(_ path: FilePath) {
  if isDirectory(path) {
    for name in (try? rawDirectoryNames(path)) ?? [] {
      removeAll(FilePath(bytes: path.bytes + [UInt8(ascii: "/")] + name))
    }
    _ = path.withPlatformString { rmdir($0) }
  } else {
    _ = path.withPlatformString { unlink($0) }
  }
}

extension FilePath {
  /// A path from its bytes.
  public init(bytes: [UInt8]) {
    let text = bytes.map { CChar(bitPattern: $0) } + [0]
    self = text.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { FilePath(platformString: $0) } ?? FilePath()
    }
  }

  /// The bytes of the path.
  public var bytes: [UInt8] {
    withPlatformString { start in
      UnsafeBufferPointer(start: start, count: strlen(start)).map { UInt8(bitPattern: $0) }
    }
  }
}

/// The files and symbolic links of a working tree without `.git`: mode and content of each.
public func workingFiles(below root: FilePath) throws -> [RepositoryPath: [UInt8]] {
  var found: [RepositoryPath: [UInt8]] = [:]
  func visit(_ directory: RepositoryPath) throws {
    for name in try rawDirectoryNames(directory.absolute(in: root)) {
      let path = directory.appending(name)
      if path == ".git" { continue }
      let place = path.absolute(in: root)
      var status = stat()
      guard place.withPlatformString({ lstat($0, &status) }) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: try visit(path)
      case S_IFLNK:
        var target = [CChar](repeating: 0, count: 4096)
        let count = place.withPlatformString { readlink($0, &target, target.count) }
        found[path] = Array("link ".utf8) + target[..<max(0, count)].map { UInt8(bitPattern: $0) }
      case S_IFREG:
        let mode = Array("\(String(status.st_mode & 0o777, radix: 8)) ".utf8)
        found[path] = mode + (try readFile(place))
      default:
        // Reading a pipe would wait for a writer.
        found[path] = Array("special".utf8)
      }
    }
  }
  try visit(RepositoryPath(bytes: []))
  return found
}
