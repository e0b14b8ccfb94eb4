#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// What a landing, a switch or a stash will change in one checkout, decided before anything is touched.
struct CheckoutPlan {
  struct Step {
    var path: RepositoryPath
    /// The file that was there when this was decided; `nil` for none.
    var seen: FileStamp?
    var file: FileChange = .none
    var index: IndexChange = .none
    /// Whether the file will be what the index entry says, so that its times go into the entry.
    var fileMatchesIndex = true
    /// Whether a new entry is marked as one whose file is not in the working tree.
    var skipsWorktree = false
  }

  enum FileChange {
    case none
    /// A file or a symbolic link with the content of a blob, through the checkout's filters.
    case blob(TreeEntry)
    /// A file with these very bytes.
    case bytes([UInt8], FileMode)
    /// The empty directory of a submodule.
    case directory
    case remove
  }

  enum IndexChange {
    case none
    case set(TreeEntry)
    case remove
    case conflict(ConflictedPath)
  }

  /// The user's versions of a carried file, to be saved.
  struct Carried {
    var path: RepositoryPath
    var file: TreeEntry
    var index: TreeEntry?
  }

  /// The index that this was decided on.
  let index: IndexFile
  var steps: [Step] = []
  var carried: [Carried] = []
  /// Whether the checkout is known to hold nothing but unchanged tracked files: then what the index
  /// has of attributes files is all there is.
  var isClean = false

  init(_ index: IndexFile) { self.index = index }
}
