internal import CLibGit2
internal import Synchronization

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

/// Whether files of a repository's checkouts can share blocks: so until the file system first says no.
final class BlockSharing: Sendable {
  fileprivate let isPossible = Atomic(true)
}

/// A checkout whose unchanged files lend their blocks to the same files of a new one.
///
/// Both then have them until one of the files changes; nothing is unpacked, and no space is taken.
final class BlockSource: Sendable {
  private let sharing: BlockSharing
  private let index: IndexFile
  /// The open root of the checkout.
  private let descriptor: Int32

  /// Small files are as quickly written.
  private static let leastSize = 32 << 10

  /// The checkout at `root`; `nil` when it has no index that tells anything, or it is known that
  /// blocks cannot be shared.
  init?(_ sharing: BlockSharing, root: FilePath, gitDirectory: FilePath) {
    guard sharing.isPossible.load(ordering: .relaxed),
      let index = try? IndexFile(reading: gitDirectory.appending("index")), index.stamp != nil
    else { return nil }
    let descriptor = root.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else { return nil }
    self.sharing = sharing
    self.index = index
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// An open file of the checkout that holds a blob as it is.
  struct File: ~Copyable {
    fileprivate let descriptor: Int32
    fileprivate let stamp: FileStamp

    deinit { close(descriptor) }
  }

  /// The file of a path, if its index entry and its times say that it is unchanged and its size
  /// that nothing was converted.
  ///
  /// - Parameters:
  ///   - name: The path again, for C.
  ///   - size: The size of the blob in bytes.
  func file(
    _ path: RepositoryPath, _ name: UnsafePointer<CChar>, _ value: TreeEntry,
    size: () throws(GitError) -> Int
  ) throws(GitError) -> File? {
    guard sharing.isPossible.load(ordering: .relaxed), let entry = index.entry(path),
      index.treeEntry(entry) == value, index.recordedStat(entry).size >= Self.leastSize
    else { return nil }
    // A pipe that somebody put in its place must not keep us waiting.
    let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    let descriptor = openat(self.descriptor, name, flags)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.isRegularFile,
      index.trustedID(path, FileStamp(status)) == value.id, try Int(status.st_size) == size()
    else {
      close(descriptor)
      return nil
    }
    return File(descriptor: descriptor, stamp: FileStamp(status))
  }

  /// What came of a try to share the blocks of a file.
  enum Copy {
    /// An open file that has them.
    case made(Int32)
    /// There is a file of this name.
    case taken
    /// There is none: it cannot be done, or somebody wrote to the file meanwhile.
    case none
  }

  /// Makes a file that shares the blocks of one of the checkout.
  ///
  /// - Parameters:
  ///   - name: The new file's, below the open `directory`.
  ///   - mode: Of the new file, before the umask.
  func copy(
    _ file: borrowing File, to name: UnsafePointer<CChar>, in directory: Int32, mode: mode_t
  ) -> Copy {
    while true {
      let made = cgit2_make_clone(file.descriptor, directory, name, mode)
      if made < 0, errno == EINTR { continue }
      if made < 0, errno == EEXIST { return .taken }
      guard made >= 0 else {
        // Other file systems, quotas, too many owners of one block: it is only a try.
        sharing.isPossible.store(false, ordering: .relaxed)
        return .none
      }
      var status = stat()
      if fstat(file.descriptor, &status) == 0, FileStamp(status) == file.stamp {
        return .made(made)
      }
      unlinkat(directory, name, 0)
      close(made)
      return .none
    }
  }
}
