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

/// Where the processes of this machine are.
enum WorkingDirectories {
  /// Whether a process has its working directory in a directory, or below it.
  ///
  /// As far as `/proc` tells: of one's own processes, and where there is no `/proc`, of none.
  static func areInside(_ directory: FilePath) -> Bool {
    let prefix = FileTree.resolved(directory)
    return FileTree.names(in: "/proc").contains { name in
      guard name.string.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
      else { return false }
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
      let link = FilePath("/proc").appending(name).appending("cwd")
      let count = link.withPlatformString { readlink($0, &buffer, buffer.count - 1) }
      return count > 0 && FilePath(platformString: buffer).starts(with: prefix)
    }
  }
}
