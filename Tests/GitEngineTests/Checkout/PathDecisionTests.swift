import Testing

@testable import GitEngine

/// The decision table of a landing, for all combinations of small domains, against a second
/// statement of the rules: not in order, but each outcome with all of its conditions.
@Suite struct PathDecisionTests {
  private static func entry(_ mode: FileMode, _ content: UInt64) -> TreeEntry {
    let digits = String(content, radix: 16)
    let hex = String(repeating: "0", count: 40 - digits.count) + digits
    return TreeEntry(mode: mode, id: ObjectID(hex: hex) ?? .zero)
  }

  private static let entries: [TreeEntry] = [
    entry(.regular, 1), entry(.regular, 2), entry(.regular, 3), entry(.executable, 1),
    entry(.executable, 2), entry(.symbolicLink, 1), entry(.symbolicLink, 2), entry(.gitlink, 4),
    entry(.gitlink, 5),
  ]
  private static let versions: [TreeEntry?] = [nil] + entries
  private static let indexes: [IndexState] =
    [.absent, .unmerged, .intentToAdd]
    + entries.flatMap { [.entry($0, skipWorktree: false), .entry($0, skipWorktree: true)] }
  private static let files: [FileState] =
    [.absent, .directory, .other, .behindSymbolicLink, .behindFile]
    + entries.filter { $0.mode != .gitlink }.map { .file($0) }

  private static func forEachSituation(_ body: (PathSituation) -> Void) {
    for old in versions {
      for new in versions where new != old {
        for index in indexes {
          for file in files {
            for flags in 0..<8 {
              body(
                PathSituation(
                  old: old, new: new, index: index, file: file, isIgnored: flags & 1 != 0,
                  untrackedCanBeCarried: flags & 2 != 0, carriesEdits: flags & 4 != 0))
            }
          }
        }
      }
    }
  }

  @Test func everyOutcomeHasItsConditions() {
    var count = 0
    var wrong: [(PathSituation, PathDecision)] = []
    Self.forEachSituation { situation in
      count += 1
      let decision = situation.decision
      let rules = Rules(situation)
      let agrees =
        switch decision {
        case .replace: rules.replaces
        case .leave: rules.leaves
        case .indexOnly: rules.changesIndexOnly
        case .carry: rules.carries
        case .obstacle(let reason):
          !rules.replaces && !rules.leaves && !rules.changesIndexOnly && !rules.carries
            && rules.explains(reason)
        }
      if !agrees { wrong.append((situation, decision)) }
    }
    #expect(count > 100_000)
    #expect(wrong.isEmpty, "\(wrong.count) of \(count), first \(String(describing: wrong.first))")
  }

  /// What the user has and nobody else is never replaced.
  @Test func nothingOfTheUsersIsReplaced() {
    Self.forEachSituation { situation in
      guard situation.decision == .replace else { return }
      if let file = situation.file.entry {
        #expect(file == situation.old)
      } else {
        #expect(situation.file == .absent)
      }
      #expect(situation.index.entry == situation.old)
    }
  }

  /// With edits not carried, an overlap always defers.
  @Test func carryingIsAChoice() {
    Self.forEachSituation { situation in
      if !situation.carriesEdits { #expect(situation.decision != .carry) }
    }
  }

  /// The rules as conditions, each for itself.
  private struct Rules {
    let s: PathSituation
    init(_ situation: PathSituation) { s = situation }

    private var plainEntry: TreeEntry? {
      if case .entry(let entry, skipWorktree: false) = s.index { entry } else { nil }
    }
    private var skippedEntry: TreeEntry? {
      if case .entry(let entry, skipWorktree: true) = s.index { entry } else { nil }
    }
    private var indexIsUsable: Bool { s.index == .absent || plainEntry != nil }
    private var versions: [TreeEntry] { [s.old, s.new].compactMap(\.self) }
    private var hasGitlink: Bool { versions.contains { $0.mode == .gitlink } }
    private var isOnlyGitlinks: Bool { versions.allSatisfy { $0.mode == .gitlink } }

    private func both(are version: TreeEntry?) -> Bool {
      let file: FileState = version.map { .file($0) } ?? .absent
      // A path that is marked "skip worktree" may be there all the same.
      let isUsable = indexIsUsable || skippedEntry != nil
      return isUsable && s.index.entry == version && s.file == file
    }

    var replaces: Bool {
      hasGitlink ? isOnlyGitlinks && s.old == nil && both(are: nil) : both(are: s.old)
    }
    var leaves: Bool { !hasGitlink && both(are: s.new) }
    var changesIndexOnly: Bool {
      guard let old = s.old else { return false }
      if hasGitlink { return s.index.entry == old && isOnlyGitlinks }
      return skippedEntry == old && !replaces && !leaves
    }
    var carries: Bool {
      guard s.carriesEdits, indexIsUsable, !hasGitlink, !replaces, !leaves,
        let new = s.new, case .file(let file) = s.file
      else { return false }
      guard let old = s.old else {
        return s.index == .absent && s.untrackedCanBeCarried && file.mode == new.mode
      }
      guard let entry = plainEntry else { return false }
      return old.mode != .symbolicLink && Set([old, new, entry, file].map(\.mode)).count == 1
    }

    /// Whether a reason is true of the situation.
    func explains(_ reason: CheckoutObstacle.Reason) -> Bool {
      switch reason {
      case .unmerged: s.index == .unmerged
      case .intentToAdd: s.index == .intentToAdd
      case .directoryInTheWay: s.file == .directory
      case .symlinkedParent: s.file == .behindSymbolicLink
      case .fileInTheWay: s.file == .other || s.file == .behindFile
      case .ignored: s.isIgnored && s.old == nil && s.index == .absent
      case .untracked: s.old == nil && s.index == .absent && s.file != .absent
      case .deleted: s.file == .absent || s.index == .absent
      case .modeChanged:
        hasGitlink ? !isOnlyGitlinks : s.old?.mode != s.new?.mode || differsInMode
      case .edited: s.index.entry != s.old || (s.file != s.old.map { .file($0) } ?? .absent)
      default: false
      }
    }
    private var differsInMode: Bool {
      [s.new, s.index.entry, s.file.entry].contains { $0?.mode != s.old?.mode }
        || s.old?.mode == .symbolicLink
    }
  }
}
