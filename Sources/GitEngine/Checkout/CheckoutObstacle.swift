#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// Something in a checkout that keeps a landing, a switch or a stash from it.
public struct CheckoutObstacle: Hashable, Sendable {
  /// The path; `nil` when the whole checkout is meant.
  public var path: RepositoryPath?
  /// Why.
  public var reason: Reason

  /// An obstacle.
  public init(path: RepositoryPath? = nil, reason: Reason) {
    self.path = path
    self.reason = reason
  }

  /// The kinds of obstacle.
  public enum Reason: Hashable, Sendable {
    /// An edit of the user and the new commit change the same lines.
    case editConflicts
    /// The file is edited, and carrying was not asked for.
    case edited
    /// The file cannot be merged line by line: binary, filtered, or with a merge driver.
    case notPlainText
    /// The file was deleted.
    case deleted
    /// The executable bit or the kind of file was changed, by the user or by the new commit.
    case modeChanged
    /// The index holds an unfinished merge of the path.
    case unmerged
    /// The path is marked as intended to be added.
    case intentToAdd
    /// An untracked file has the name of a new file.
    case untracked
    /// An ignored file has the name of a new file.
    case ignored
    /// A directory with other files is where a file must go.
    case directoryInTheWay
    /// A file is where a directory must go.
    case fileInTheWay
    /// A directory on the way to the path is a symbolic link.
    case symlinkedParent
    /// The path is on another file system than the checkout.
    case otherFileSystem
    /// The directory cannot be written.
    case notWritable(String)
    /// The user has begun an operation in the checkout.
    case operationInProgress(OperationInProgress.Kind)
    /// The branch is checked out in more than one worktree.
    case checkedOutTwice
    /// The branch is checked out, or being rebased or bisected, in another worktree.
    case checkedOutElsewhere(FilePath)
    /// The worktree that has the branch is locked and not there.
    case worktreeMissing
    /// Another process holds the index of the checkout.
    case indexLocked
    /// The checkout kept changing while this was prepared.
    case keepsChanging
  }
}

extension CheckoutObstacle: CustomStringConvertible {
  /// "path: reason".
  public var description: String { path.map { "\($0): \(reason)" } ?? "\(reason)" }
}

extension CheckoutObstacle.Reason: CustomStringConvertible {
  /// The reason as a phrase.
  public var description: String {
    switch self {
    case .editConflicts: "your edit and the landing change the same lines"
    case .edited: "it has uncommitted changes"
    case .notPlainText: "it has uncommitted changes and cannot be merged line by line"
    case .deleted: "you deleted it"
    case .modeChanged: "its type or executable bit changed"
    case .unmerged: "it has an unfinished merge"
    case .intentToAdd: "it is marked with 'git add --intent-to-add'"
    case .untracked: "an untracked file is in the way"
    case .ignored: "an ignored file is in the way"
    case .directoryInTheWay: "a directory with other files is in the way"
    case .fileInTheWay: "a file is where a directory must go"
    case .symlinkedParent: "a directory above it is a symbolic link"
    case .otherFileSystem: "it is on another file system than the checkout"
    case .notWritable(let why): "it cannot be written (\(why))"
    case .operationInProgress(let kind): "a \(kind.rawValue) is in progress in the checkout"
    case .checkedOutTwice: "the branch is checked out in more than one worktree"
    case .checkedOutElsewhere(let place): "the branch is checked out in \(place)"
    case .worktreeMissing: "the worktree that has the branch is locked and not there"
    case .indexLocked: "another process holds the index (index.lock)"
    case .keepsChanging: "the checkout kept changing"
    }
  }
}
