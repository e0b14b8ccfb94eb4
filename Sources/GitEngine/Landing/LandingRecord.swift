#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// What is about to be published: enough to finish or to undo it after a crash.
///
/// A caller that keeps a journal writes it down in ``LandingRequest/willPublish`` and hands it to
/// ``GitSession/recover(_:)`` when it finds that the process died.
public struct LandingRecord: Hashable, Sendable {
  /// The branch.
  public var branch: ReferenceName
  /// Where the branch is.
  public var old: ObjectID
  /// Where it goes.
  public var new: ObjectID
  /// What changes beside the branch; `nil` when it is checked out nowhere.
  public var checkout: Checkout?

  /// A record.
  public init(
    branch: ReferenceName, old: ObjectID, new: ObjectID, checkout: Checkout? = nil
  ) {
    self.branch = branch
    self.old = old
    self.new = new
    self.checkout = checkout
  }

  /// The part of a landing that is in a checkout.
  public struct Checkout: Hashable, Sendable {
    /// The root of the checkout.
    public var worktree: FilePath
    /// Holds the new files before, and the old ones after they were exchanged.
    public var stagingDirectory: FilePath
    /// The inode of the `index.lock` that the landing holds.
    public var indexLockInode: UInt64
    /// The inode of the index that will be replaced; `nil` when there is none.
    public var indexInode: UInt64?
    /// The files that change, in the order of their numbers in the staging directory.
    public var files: [File]

    /// A part in a checkout.
    public init(
      worktree: FilePath, stagingDirectory: FilePath, indexLockInode: UInt64,
      indexInode: UInt64?, files: [File]
    ) {
      self.worktree = worktree
      self.stagingDirectory = stagingDirectory
      self.indexLockInode = indexLockInode
      self.indexInode = indexInode
      self.files = files
    }
  }

  /// One path of a checkout.
  public struct File: Hashable, Sendable {
    /// The path.
    public var path: RepositoryPath
    /// The inode of the new file; `nil` when there will be none, or when it does not change.
    public var newInode: UInt64?
    /// The inode of the file that goes; `nil` when there is none, or when it does not change.
    public var oldInode: UInt64?

    /// A path.
    public init(path: RepositoryPath, newInode: UInt64?, oldInode: UInt64?) {
      self.path = path
      self.newInode = newInode
      self.oldInode = oldInode
    }
  }
}
