internal import CLibGit2

/// The kinds of entry that a tree can hold.
public enum FileMode: UInt32, Hashable, Sendable {
  /// A file.
  case regular = 0o100644
  /// A file that can be executed.
  case executable = 0o100755
  /// A symbolic link; the blob is its target.
  case symbolicLink = 0o120000
  /// A commit of another repository (a submodule).
  case gitlink = 0o160000
  /// A directory.
  case tree = 0o040000

  /// Old repositories hold modes that git no longer writes; they are read as git reads them.
  init(raw: UInt32) {
    switch raw & 0o170000 {
    case 0o120000: self = .symbolicLink
    case 0o160000: self = .gitlink
    case 0o040000: self = .tree
    default: self = raw & 0o100 == 0 ? .regular : .executable
    }
  }

  var raw: git_filemode_t { git_filemode_t(rawValue) }

  /// Whether this is a file with lines or bytes of its own.
  public var isFile: Bool { self == .regular || self == .executable }
}

/// One entry of a tree: what a path is at a commit.
public struct TreeEntry: Hashable, Sendable {
  /// What kind of entry.
  public var mode: FileMode
  /// The blob, tree or commit.
  public var id: ObjectID

  /// An entry.
  public init(mode: FileMode, id: ObjectID) {
    self.mode = mode
    self.id = id
  }
}

/// A path that differs between two trees.
public struct TreeChange: Hashable, Sendable {
  /// The path; never a directory.
  public var path: RepositoryPath
  /// What it was; `nil` when it was added.
  public var old: TreeEntry?
  /// What it is; `nil` when it was deleted.
  public var new: TreeEntry?
}

/// What to do with one path of a tree.
public enum TreeUpdate: Hashable, Sendable {
  /// Put a blob or a gitlink there.
  case set(RepositoryPath, TreeEntry)
  /// Remove the path.
  case remove(RepositoryPath)
}
