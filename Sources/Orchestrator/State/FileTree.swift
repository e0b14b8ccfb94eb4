internal import GitEngine

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

/// The few file operations that the orchestrator needs outside of the repository.
enum FileTree {
  static func read(_ path: FilePath) throws(Errno) -> [UInt8] {
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
      return try file.closeAfter {
        var bytes: [UInt8] = []
        try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
          while case let count = try file.read(into: buffer), count > 0 {
            bytes += UnsafeRawBufferPointer(rebasing: buffer[..<count])
          }
        }
        return bytes
      }
    } catch {
      throw (error as? Errno) ?? .ioError
    }
  }

  /// Makes a directory and the missing ones above it.
  static func makeDirectories(_ path: FilePath) throws(Errno) {
    guard path.withPlatformString({ mkdir($0, 0o777) }) != 0 else { return }
    let error = Errno(rawValue: errno)
    if error == .noSuchFileOrDirectory, path.removingLastComponent() != path {
      try makeDirectories(path.removingLastComponent())
      guard path.withPlatformString({ mkdir($0, 0o777) }) != 0 else { return }
      throw Errno(rawValue: errno)
    }
    guard error == .fileExists, kind(of: path, following: true) == .directory else { throw error }
  }

  /// A path without symbolic links and dots, as git writes it down.
  ///
  /// The end of it that is not there yet stays as it is.
  static func resolved(_ path: FilePath) -> FilePath {
    if let real = path.withPlatformString({ realpath($0, nil) }) {
      defer { free(real) }
      return FilePath(platformString: real)
    }
    guard let name = path.lastComponent, path.removingLastComponent() != path else { return path }
    return resolved(path.removingLastComponent()).appending(name)
  }

  enum Kind { case file, directory, symbolicLink, other }

  static func kind(of path: FilePath, following: Bool = false) -> Kind? {
    var status = stat()
    let result = path.withPlatformString { following ? stat($0, &status) : lstat($0, &status) }
    guard result == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .directory
    case S_IFLNK: return .symbolicLink
    default: return .other
    }
  }

  /// Replaces a file so that a crash leaves either the old or the new content, keeping its mode.
  ///
  /// What a crash leaves beside it goes when the file is replaced again. One process at a time does
  /// that: the one with the run lock.
  static func replace(_ path: FilePath, with bytes: [UInt8]) throws(Errno) {
    let directory = path.removingLastComponent()
    let temporary = directory.appending(".\(path.lastComponent?.string ?? "file").ll-parallel.tmp")
    var status = stat()
    let mode =
      path.withPlatformString({ stat($0, &status) }) == 0 ? status.st_mode & 0o777 : 0o644
    do {
      let file = try FileDescriptor.open(
        temporary, .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: FilePermissions(rawValue: CInterop.Mode(mode)))
      try file.closeAfter {
        try file.writeAll(bytes)
        guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
      }
      let moved = temporary.withPlatformString { from in
        path.withPlatformString { rename(from, $0) }
      }
      guard moved == 0 else { throw Errno(rawValue: errno) }
      try flush(directory)
    } catch {
      _ = temporary.withPlatformString { unlink($0) }
      throw (error as? Errno) ?? .ioError
    }
  }

  /// Removes a file or symbolic link below `root`, if it is there, with the directories that it leaves
  /// empty.
  static func remove(_ path: RepositoryPath, in root: FilePath) {
    guard path.absolute(in: root).withPlatformString({ unlink($0) }) == 0 else { return }
    var parent = path.parent
    while let directory = parent {
      guard directory.absolute(in: root).withPlatformString({ rmdir($0) }) == 0 else { return }
      parent = directory.parent
    }
  }

  /// Makes the names in a directory durable.
  static func flush(_ directory: FilePath) throws {
    let folder = try FileDescriptor.open(directory, .readOnly, options: [.directory, .closeOnExec])
    try folder.closeAfter {
      guard fsync(folder.rawValue) == 0 else { throw Errno(rawValue: errno) }
    }
  }

  /// Copies a file with its permissions to a path that must be free; a symbolic link as a link.
  static func copy(_ source: FilePath, to target: FilePath) throws(Errno) {
    try makeDirectories(target.removingLastComponent())
    do {
      if kind(of: source) == .symbolicLink {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = source.withPlatformString { readlink($0, &buffer, buffer.count - 1) }
        guard count >= 0, target.withPlatformString({ symlink(buffer, $0) }) == 0 else {
          throw Errno(rawValue: errno)
        }
        return
      }
      var status = stat()
      guard source.withPlatformString({ stat($0, &status) }) == 0 else {
        throw Errno(rawValue: errno)
      }
      let file = try FileDescriptor.open(
        target, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: FilePermissions(rawValue: CInterop.Mode(status.st_mode & 0o777)))
      try file.closeAfter {
        let original = try FileDescriptor.open(source, .readOnly, options: [.closeOnExec])
        let isCopied = try original.closeAfter {
          try copySharingBlocks(from: original.rawValue, to: file.rawValue)
        }
        if !isCopied { _ = try file.writeAll(read(source)) }
      }
    } catch {
      throw (error as? Errno) ?? .ioError
    }
  }

  /// All files and symbolic links below a directory, relative to it, in order of name.
  static func files(below directory: FilePath) -> [FilePath] {
    names(in: directory).flatMap { name -> [FilePath] in
      let path = directory.appending(name)
      guard kind(of: path) == .directory else { return [FilePath(root: nil, [name])] }
      return files(below: path).map { FilePath(root: nil, [name]).pushing($0) }
    }
  }

  static func names(in directory: FilePath) -> [FilePath.Component] {
    guard let stream = directory.withPlatformString({ opendir($0) }) else { return [] }
    defer { closedir(stream) }
    var names: [FilePath.Component] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { FilePath(platformString: $0) }
      }
      if let component = name.lastComponent, component.kind == .regular { names.append(component) }
    }
    return names.sorted { $0.string < $1.string }
  }
}
