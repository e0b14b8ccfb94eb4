#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession {
  /// Writes the files of a commit into a fresh working tree, and its index.
  ///
  /// Of a sparse checkout only what belongs to it. Filter programs that the commit's attributes name
  /// are run. When the task is cancelled it stops before the next file and kills them; what is
  /// written by then stays, without an index.
  ///
  /// - Parameter sharing: Whether files may have the blocks of those of the main worktree.
  func fillWorkingTree(from commit: ObjectID, _ sharing: BlockSharing) throws(GitError) {
    let operation = "check out \(commit.short)"
    guard let root = workingTree else {
      throw GitError(.bareRepository, operation: operation, message: "there is no working tree")
    }
    let sparse = try sparseCheckout()
    if case .patterns = sparse {
      throw GitError(
        .unsupported, operation: operation,
        message: "the repository is a sparse checkout with patterns; only cone mode is supported: "
          + "run 'git sparse-checkout set --cone …'")
    }
    let listing = try TreeListing(tree(of: commit), self)
    let isConverted = try mayConvertEverywhere()
    let source = mainWorktree.flatMap {
      BlockSource(sharing, root: $0, gitDirectory: commonDirectory)
    }
    let fill = try WorkingTreeFill(
      listing, sparse, root: root, self, mayConvert: isConverted || !listing.attributes.isEmpty,
      source: source)
    try fill.run(self)
    let lock = gitDirectory.appending("index.lock")
    try writeNewFile(lock, fill.index(version: indexVersion()))
    try moveFile(lock, to: gitDirectory.appending("index"))
  }

  /// Whether files may be checked out with other bytes than their blobs have, whatever a commit's
  /// own attributes say.
  ///
  /// That takes an attributes file outside of the tree, or a configured conversion of line ends.
  private func mayConvertEverywhere() throws(GitError) -> Bool {
    if let conversion = try configuration("core.autocrlf"), conversion.lowercased() != "false" {
      return true
    }
    for file in try attributesFilesOutside() where try fileStatus(file) != nil { return true }
    return false
  }

  /// The version of the index file that the configuration asks for.
  func indexVersion() throws(GitError) -> Int {
    if let version = try configurationInteger("index.version") { return version == 4 ? 4 : 2 }
    return try configurationFlag("feature.manyFiles") == true ? 4 : 2
  }
}
