/// What makes two commits the same change, wherever they were made: git's patch id.
///
/// Line numbers and white space do not count. What stands here is not git's id, but two of these are
/// equal where git's are.
struct PatchIdentity {
  private let changes: [TreeChange]

  /// The change of a commit; `nil` for a merge, which has none of its own.
  init?(_ git: borrowing GitSession<some Any>, _ commit: ObjectID) throws(GitError) {
    let stored = try git.storedCommit(commit)
    guard stored.parents.count <= 1 else { return nil }
    let old: ObjectID? =
      if let parent = stored.parents.first { try git.tree(of: parent) } else { nil }
    changes = try git.changes(from: old, to: stored.tree)
  }

  /// What can be said without reading files: equal changes have equal outlines.
  var outline: [UInt8] { changes.flatMap { Self.header($0) } }

  /// All of it, as the id of a blob.
  func identity(_ git: borrowing GitSession<some Any>) throws(GitError) -> ObjectID {
    var bytes: [UInt8] = []
    for change in changes {
      try checkCancellation("compare changes")
      bytes += Self.header(change)
      let old = try Self.content(change.old, git)
      let new = try Self.content(change.new, git)
      if Self.isBinary(old) || Self.isBinary(new) {
        bytes += Array("\(change.old?.id ?? .zero)\(change.new?.id ?? .zero)".utf8)
      } else {
        let path = change.path.bytes.filter { !$0.isBlank }
        bytes += Array("---".utf8) + (change.old == nil ? Array("/dev/null".utf8) : path)
        bytes += Array("+++".utf8) + (change.new == nil ? Array("/dev/null".utf8) : path)
        bytes += try Self.lines(old, new)
      }
    }
    return try git.blobID(of: bytes)
  }

  private static func header(_ change: TreeChange) -> [UInt8] {
    let path = change.path.bytes.filter { !$0.isBlank }
    var bytes = Array("diff--git".utf8) + path + path
    switch (change.old, change.new) {
    case (nil, .some(let new)): bytes += Array("new\(new.mode.rawValue)".utf8)
    case (.some(let old), nil): bytes += Array("deleted\(old.mode.rawValue)".utf8)
    default: break
    }
    return bytes
  }

  private static func content(
    _ entry: TreeEntry?, _ git: borrowing GitSession<some Any>
  ) throws(GitError) -> [UInt8] {
    guard let entry else { return [] }
    if entry.mode == .gitlink { return Array("Subproject commit \(entry.id)\n".utf8) }
    return try git.blob(entry.id)
  }

  private static func isBinary(_ bytes: [UInt8]) -> Bool { bytes.prefix(8000).contains(0) }

  /// The changed lines with three lines of context, without white space.
  private static func lines(_ old: [UInt8], _ new: [UInt8]) throws(GitError) -> [UInt8] {
    let numbering = LineNumbering([old, new])
    let (old, new) = (numbering.texts[0], numbering.texts[1])
    let changes = try LineDiff.changes(
      old: old.numbers, new: new.numbers, numbers: numbering.count, algorithm: .myers)
    var bytes: [UInt8] = []
    func add(_ sign: [UInt8], _ text: TextLines, _ span: LineSpan) {
      for line in span.start..<max(span.start, span.end) {
        bytes += sign
        for byte in text.text(LineSpan(start: line, end: line + 1)) where !byte.isBlank {
          bytes.append(byte)
        }
      }
    }
    var shown = 0
    for (number, change) in changes.enumerated() {
      add([], old, LineSpan(start: max(shown, change.old.start - 3), end: change.old.start))
      add([UInt8(ascii: "-")], old, change.old)
      add([UInt8(ascii: "+")], new, change.new)
      let following = number + 1 < changes.count ? changes[number + 1].old.start : old.count
      shown = min(change.old.end + 3, following)
      add([], old, LineSpan(start: change.old.end, end: shown))
    }
    return bytes
  }
}
