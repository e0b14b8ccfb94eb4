/// What the index says of a path.
enum IndexState: Hashable {
  case absent
  case entry(TreeEntry, skipWorktree: Bool)
  case unmerged
  case intentToAdd

  var entry: TreeEntry? {
    if case .entry(let entry, _) = self { entry } else { nil }
  }
}

/// What the working tree has at a path.
enum FileState: Hashable {
  /// Nothing, or only what is removed itself.
  case absent
  /// A file or a symbolic link, as a tree would hold it.
  case file(TreeEntry)
  /// A directory that stays.
  case directory
  /// A socket, a device, a named pipe.
  case other
  /// A parent is a symbolic link.
  case behindSymbolicLink
  /// A parent is a file that stays.
  case behindFile

  var entry: TreeEntry? {
    if case .file(let entry) = self { entry } else { nil }
  }
}

/// What a landing, or the like, does with one path of a checkout.
enum PathDecision: Hashable {
  /// File and index entry become the new version.
  case replace
  /// Both are the new version already.
  case leave
  /// Only the index entry changes.
  case indexOnly
  /// The user's versions are merged with the new one, each in its own place.
  case carry
  /// The path keeps all from being done.
  case obstacle(CheckoutObstacle.Reason)
}

/// One path that changes and what the checkout has there; the decision is a function of this.
struct PathSituation: Hashable {
  /// What the path was at the old commit of the branch.
  var old: TreeEntry?
  /// What it is at the new one.
  var new: TreeEntry?
  var index: IndexState
  var file: FileState
  /// Whether an ignore rule covers the path; asked only for untracked files.
  var isIgnored = false
  /// Whether an untracked copy can be merged, since it is known what it started from.
  var untrackedCanBeCarried = false
  var carriesEdits = true

  /// The rules, first one that fits.
  var decision: PathDecision {
    switch index {
    case .unmerged: return .obstacle(.unmerged)
    case .intentToAdd: return .obstacle(.intentToAdd)
    case .absent, .entry: break
    }
    if old?.mode == .gitlink || new?.mode == .gitlink { return gitlinkDecision }
    if index.entry == old && fileIs(old) { return .replace }
    if index.entry == new && fileIs(new) { return .leave }
    if case .entry(let entry, skipWorktree: true) = index {
      return entry == old ? .indexOnly : .obstacle(.edited)
    }
    return carryDecision
  }

  func fileIs(_ version: TreeEntry?) -> Bool {
    if let version { file.entry == version } else { file == .absent }
  }

  var gitlinkDecision: PathDecision {
    let others = [old, new].compactMap { $0?.mode }.filter { $0 != .gitlink }
    guard others.isEmpty else { return .obstacle(.modeChanged) }
    guard index.entry == old else { return .obstacle(.edited) }
    if old == nil { return file == .absent ? .replace : .obstacle(fileObstacle ?? .untracked) }
    return .indexOnly
  }

  private var carryDecision: PathDecision {
    if let fileObstacle { return .obstacle(fileObstacle) }
    guard let file = file.entry else { return .obstacle(.deleted) }
    guard let new else { return .obstacle(.edited) }
    guard let old else {
      // The new commit brings a file that the user has made too.
      guard index == .absent else { return .obstacle(.edited) }
      let carries = untrackedCanBeCarried && carriesEdits && file.mode == new.mode
      return carries ? .carry : .obstacle(isIgnored ? .ignored : .untracked)
    }
    guard let entry = index.entry else { return .obstacle(.deleted) }
    let modes = [old.mode, new.mode, entry.mode, file.mode]
    guard modes.allSatisfy({ $0 == old.mode }), old.mode.isFile else {
      return .obstacle(.modeChanged)
    }
    return carriesEdits ? .carry : .obstacle(.edited)
  }

  var fileObstacle: CheckoutObstacle.Reason? {
    switch file {
    case .directory: .directoryInTheWay
    case .other: .fileInTheWay
    case .behindSymbolicLink: .symlinkedParent
    case .behindFile: .fileInTheWay
    case .absent, .file: nil
    }
  }
}
