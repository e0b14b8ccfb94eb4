/// The ignore rules that hold in one directory: its own, those of the directories above it, and the
/// repository's.
final class IgnoreRules: Sendable {
  private struct List {
    var patterns: [IgnorePattern]
    /// The length of the directory the patterns lie in, with its slash.
    var base: Int
  }

  /// The first list is asked first.
  private let lists: [List]
  /// Whether a rule covers the directory itself: then all in it is ignored, whatever the rules say.
  let isWholeIgnored: Bool
  private let ignoresCase: Bool

  private init(lists: [List], isWholeIgnored: Bool, ignoresCase: Bool) {
    self.lists = lists
    self.isWholeIgnored = isWholeIgnored
    self.ignoresCase = ignoresCase
  }

  /// The rules at the root of a checkout.
  ///
  /// - Parameters:
  ///   - own: The `.gitignore` there.
  ///   - local: `info/exclude`.
  ///   - user: The file named by `core.excludesFile`.
  convenience init(root own: [UInt8], local: [UInt8], user: [UInt8], ignoresCase: Bool) {
    let lists = [own, local, user].map { List(patterns: IgnorePattern.parse($0), base: 0) }
    self.init(
      lists: lists.filter { !$0.patterns.isEmpty }, isWholeIgnored: false, ignoresCase: ignoresCase)
  }

  /// The rules in the directory `path`, which lies directly in the one that these are for.
  ///
  /// - Parameter own: Gives the `.gitignore` there; not asked when it does not matter.
  func entering(
    _ path: UnsafeBufferPointer<UInt8>, _ own: () throws(GitError) -> [UInt8]
  ) throws(GitError) -> IgnoreRules {
    if isIgnored(path, isDirectory: true) {
      return IgnoreRules(lists: [], isWholeIgnored: true, ignoresCase: ignoresCase)
    }
    let patterns = IgnorePattern.parse(try own())
    guard !patterns.isEmpty else { return self }
    return IgnoreRules(
      lists: [List(patterns: patterns, base: path.count + 1)] + lists, isWholeIgnored: false,
      ignoresCase: ignoresCase)
  }

  /// Whether something in this directory is ignored.
  func isIgnored(_ path: UnsafeBufferPointer<UInt8>, isDirectory: Bool) -> Bool {
    if isWholeIgnored { return true }
    let nameStart = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    for list in lists {
      // The last rule of a file decides.
      for pattern in list.patterns.reversed() {
        if pattern.needsDirectory, !isDirectory { continue }
        if pattern.matches(
          path, base: list.base, nameStart: nameStart, ignoresCase: ignoresCase)
        {
          return !pattern.isNegative
        }
      }
    }
    return false
  }
}
