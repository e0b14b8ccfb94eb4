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
  static func areInside(_ directory: FilePath) -> Bool { !processes(inside: directory).isEmpty }

  /// The processes that have their working directory there.
  static func processes(inside directory: FilePath) -> [Int32] {
    let prefix = FileTree.resolved(directory)
    return FileTree.names(in: "/proc").compactMap { Int32($0.string) }.filter { process in
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
      let count = readlink("/proc/\(process)/cwd", &buffer, buffer.count - 1)
      return count > 0 && FilePath(platformString: buffer).starts(with: prefix)
    }
  }
}
