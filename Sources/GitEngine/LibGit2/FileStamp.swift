internal import CLibGit2

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

/// What tells whether a file is still the one that was looked at: identity, size and times.
struct FileStamp: Hashable {
  var device: UInt64
  var inode: UInt64
  var mode: UInt32
  var size: Int64
  var modified: Moment
  /// Set by the system on every change, renaming included.
  var changed: Moment
  var owner: UInt32
  var group: UInt32

  struct Moment: Hashable, Comparable {
    var seconds: Int64
    var nanoseconds: Int64

    init(_ time: timespec) {
      seconds = Int64(time.tv_sec)
      nanoseconds = Int64(time.tv_nsec)
    }

    static func < (left: Self, right: Self) -> Bool {
      (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    var raw: git_index_time {
      git_index_time(
        seconds: Int32(truncatingIfNeeded: seconds),
        nanoseconds: UInt32(truncatingIfNeeded: nanoseconds))
    }
  }

  init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(status.st_ino)
    mode = UInt32(status.st_mode)
    size = Int64(status.st_size)
    #if canImport(Darwin)
      modified = Moment(status.st_mtimespec)
      changed = Moment(status.st_ctimespec)
    #else
      modified = Moment(status.st_mtim)
      changed = Moment(status.st_ctim)
    #endif
    owner = UInt32(status.st_uid)
    group = UInt32(status.st_gid)
  }

  /// Whether both are one file with one content, wherever it was moved to.
  func isSameContent(as other: FileStamp) -> Bool {
    device == other.device && inode == other.inode && size == other.size
      && modified == other.modified
  }
}

/// Sets when a file was written.
func setModificationTime(
  of file: FilePath, to moment: FileStamp.Moment
) throws(GitError) {
  let time = timespec(tv_sec: Int(moment.seconds), tv_nsec: Int(moment.nanoseconds))
  let times = [time, time]
  try system("set the time of \(file)") {
    file.withPlatformString { utimensat(AT_FDCWD, $0, times, 0) }
  }
}
