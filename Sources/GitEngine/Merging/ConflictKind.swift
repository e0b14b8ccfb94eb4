/// A kind of conflict, or of event, in a merge.
///
/// An open set: git adds some from time to time.
public struct ConflictKind: RawRepresentable, Hashable, Sendable {
  /// A stable name, for logs and interfaces: "modify/delete".
  public let rawValue: String
  /// A kind from its name.
  public init(rawValue: String) { self.rawValue = rawValue }

  private init(_ name: String) { rawValue = name }

  /// Both sides changed the same lines, or modes, or symbolic links.
  public static let content = ConflictKind("content")
  /// Both sides changed a file that cannot be merged line by line.
  public static let binary = ConflictKind("binary")
  /// Both sides added different files of one name.
  public static let addAdd = ConflictKind("add/add")
  /// One side changed what the other deleted.
  public static let modifyDelete = ConflictKind("modify/delete")
  /// One side has a file where the other has a directory.
  public static let fileDirectory = ConflictKind("file/directory")
  /// A file on one side, a symbolic link or a submodule on the other.
  public static let distinctTypes = ConflictKind("distinct types")
  /// Both sides renamed a file, each to another name.
  public static let renameRename = ConflictKind("rename/rename")
  /// Files were renamed to a name that something else has, and their contents conflict too.
  public static let renameCollision = ConflictKind("rename involved in collision")
  /// One side renamed what the other deleted.
  public static let renameDelete = ConflictKind("rename/delete")
  /// A file was added to, or moved into, a directory that the other side moved.
  public static let directoryRenameSuggested = ConflictKind("directory rename suggested")
  /// A directory was moved to several places, none of which got most of its files.
  public static let directoryRenameSplit = ConflictKind("directory rename unclear split")
  /// Something is where a file would go along with its directory.
  public static let directoryRenameInWay = ConflictKind("file in way of directory rename")
  /// Several files would go to one place along with their directories.
  public static let directoryRenameCollision = ConflictKind("directory rename collision")
  /// Both sides moved a submodule on, and neither contains the other.
  public static let submodule = ConflictKind("submodule")
  /// A submodule must be merged and is not checked out.
  public static let submoduleNotInitialized = ConflictKind("submodule not initialized")
  /// A submodule must be merged and does not have the commits.
  public static let submoduleHistoryMissing = ConflictKind("submodule history not available")
  /// A side set a submodule back.
  public static let submoduleRewound = ConflictKind("submodule may have rewinds")
  /// Both sides added the same submodule with different commits.
  public static let submoduleWithoutBase = ConflictKind("submodule lacks merge base")

  /// A file was moved along with its directory.
  public static let directoryRenameApplied = ConflictKind("path updated due to directory rename")
  /// A file was not moved along, since its new directory was itself moved.
  public static let directoryRenameSkipped = ConflictKind("directory rename skipped")
  /// A submodule's commit was moved on to the side that contains the other.
  public static let submoduleFastForward = ConflictKind("fast forwarding submodule")

  /// Whether a merge with this is not clean.
  public var isConflict: Bool {
    ![.directoryRenameApplied, .directoryRenameSkipped, .submoduleFastForward].contains(self)
  }
}

extension ConflictKind: CustomStringConvertible {
  /// The name.
  public var description: String { rawValue }
}
