/// A merge of three versions of a text, line by line.
struct LineMerge {
  /// What the conflict markers call the versions.
  struct Labels {
    var ancestor: String
    var ours: String
    var theirs: String
  }

  /// What stands between conflict markers.
  enum Style {
    /// Both sides.
    case merge
    /// Both sides and the ancestor.
    case diff3
    /// Both sides and the ancestor, without the lines that both sides begin or end with.
    case zdiff3
  }

  /// Which side a conflict is decided for.
  enum Favor {
    case none
    case ours
    case theirs
    /// Both, ours first.
    case union
  }

  /// What came of it.
  struct Result {
    var bytes: [UInt8]
    /// How many conflicts are marked in `bytes`.
    var conflicts: Int
  }

  /// How hard to look for lines that are no conflict.
  enum Level {
    /// As merges and rebases do.
    case zealous
    /// As `git merge-file` does: lines without a letter or digit between conflicts are theirs, too.
    case zealousAboutWords
  }

  /// Merges what `ours` and `theirs` made of `base`, as git does it, byte for byte.
  ///
  /// The memory goes with the length of the texts. A conflict marker is `markerSize` long; where a
  /// label is empty only the marker is written.
  ///
  /// - Throws: A ``GitError`` when the task was cancelled.
  static func merge(
    base: [UInt8], ours: [UInt8], theirs: [UInt8], favor: Favor = .none, style: Style = .merge,
    markerSize: Int = 7, labels: Labels, algorithm: LineDiffAlgorithm = .histogram,
    level: Level = .zealous
  ) throws(GitError) -> Result {
    let texts = MergeTexts(base: base, ours: ours, theirs: theirs)
    let ourChanges = try LineDiff.changes(
      old: texts.base.numbers, new: texts.ours.numbers, numbers: texts.numbers,
      algorithm: algorithm)
    let theirChanges = try LineDiff.changes(
      old: texts.base.numbers, new: texts.theirs.numbers, numbers: texts.numbers,
      algorithm: algorithm)
    if ourChanges.isEmpty { return Result(bytes: theirs, conflicts: 0) }
    if theirChanges.isEmpty { return Result(bytes: ours, conflicts: 0) }

    var builder = HunkBuilder(texts)
    builder.add(ours: ourChanges, theirs: theirChanges)
    var hunks = builder.hunks
    switch style {
    case .merge:
      try hunks.refineConflicts(texts, algorithm)
      hunks.joinConflicts { level == .zealousAboutWords && !texts.ours.text($0).hasWords }
    // The ancestor is shown, and knows nothing of what both sides have come to share.
    case .diff3: break
    case .zdiff3: hunks.trimConflicts(texts)
    }
    hunks.decide(favor)
    var writer = MergeWriter(
      texts, showsAncestor: style != .merge, markerSize: markerSize > 0 ? markerSize : 7,
      labels: labels)
    writer.write(hunks)
    return Result(bytes: writer.bytes, conflicts: writer.conflicts)
  }
}

extension [MergeHunk] {
  fileprivate mutating func decide(_ favor: LineMerge.Favor) {
    let resolution: MergeHunk.Resolution
    switch favor {
    case .none: return
    case .ours: resolution = .ours
    case .theirs: resolution = .theirs
    case .union: resolution = .both
    }
    for index in indices where self[index].resolution == .conflict {
      self[index].resolution = resolution
    }
  }
}

extension ArraySlice<UInt8> {
  /// Whether there is a letter or digit of ASCII.
  fileprivate var hasWords: Bool {
    contains { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        true
      default: false
      }
    }
  }
}
