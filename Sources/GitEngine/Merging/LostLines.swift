/// What one side of a merge gained in a file and the merge's result does not have.
public struct LostLines: Hashable, Sendable {
  /// A line of the side's version.
  public struct Line: Hashable, Sendable {
    /// Its number, from 1.
    public var number: Int
    /// Its bytes, without the line end.
    public var bytes: [UInt8]

    /// The line as text; bytes that are not UTF-8 are replaced.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  /// The path, as the side has it.
  public var path: RepositoryPath
  /// The lines; none when all that the side did to the file is gone, or the file is no text.
  public var lines: [Line]
}

extension GitSession {
  /// What a side gained since `base` and `result` does not have: changes that a resolution of
  /// conflicts reverted.
  ///
  /// A line counts as kept when it stands anywhere in the result's file, or when the lines in its
  /// place have all the words that it brought, as when both sides' edits of one line were combined.
  /// Renames are followed. Blank lines and lines without words do not count.
  ///
  /// - Parameters:
  ///   - side: The side's tree.
  ///   - base: The tree that both sides began with.
  ///   - result: The merged tree.
  /// - Throws: A ``GitError``, with the code `cancelled` between two files.
  public func lostLines(
    of side: ObjectID, since base: ObjectID, in result: ObjectID
  ) throws(GitError) -> [LostLines] {
    let changed = Dictionary(
      try changes(from: side, to: result).map { ($0.path, $0) }, uniquingKeysWith: { $1 })
    let gains = try changes(from: base, to: side).filter {
      $0.new != nil && changed[$0.path] != nil
    }
    // Files are compared with all others only where it matters.
    let isMoved = gains.contains { changed[$0.path]?.new == nil }
    let isNew = gains.contains { $0.old == nil }
    let targets = isMoved ? try renames(from: side, to: result) : []
    let sources = isNew ? try renames(from: base, to: side) : []
    var lost: [LostLines] = []
    for gain in gains {
      guard let gained = gain.new else { continue }
      try checkCancellation("look for lost lines")
      let origin = gain.old ?? sources.first { $0.target.path == gain.path }?.source.entry
      let fate =
        changed[gain.path]?.new ?? targets.first { $0.source.path == gain.path }?.target.entry
      if let lines = try lostLines(gained, since: origin, in: fate) {
        lost.append(LostLines(path: gain.path, lines: lines))
      }
    }
    return lost.sorted { $0.path < $1.path }
  }

  /// The lines of `gained` that `result` lacks; none for all of it, `nil` when nothing is lost.
  private func lostLines(
    _ gained: TreeEntry, since origin: TreeEntry?, in result: TreeEntry?
  ) throws(GitError) -> [LostLines.Line]? {
    guard let result else { return [] }
    // Only the mode is another one.
    if result.id == gained.id { return nil }
    guard gained.mode != .gitlink else { return result == origin ? [] : nil }
    guard gained.mode.isFile, result.mode.isFile else { return [] }
    var old: [UInt8] = []
    if let origin, origin.mode.isFile { old = try blob(origin.id) }
    let (side, merged) = (try blob(gained.id), try blob(result.id))
    guard ![old, side, merged].contains(where: Similarity.isBinary) else { return [] }
    let lines = try LostLineSearch(old: old, side: side, result: merged).run()
    return lines.isEmpty ? nil : lines
  }

  /// New paths with the files that they were before.
  private func renames(
    from old: ObjectID, to new: ObjectID
  ) throws(GitError) -> [RenameFinder.Pair] {
    var finder = RenameFinder(limit: 1000)
    for change in try changes(from: old, to: new) {
      if let old = change.old, change.new == nil, old.mode.isFile {
        finder.sources.append(RenameFinder.File(path: change.path, entry: old))
      } else if let new = change.new, change.old == nil, new.mode.isFile {
        finder.targets.append(RenameFinder.File(path: change.path, entry: new))
      }
    }
    finder.sources.sort { $0.path < $1.path }
    finder.targets.sort { $0.path < $1.path }
    return try finder.find { (file) throws(GitError) in try blob(file.entry.id) }
  }
}

/// Compares a side's text with the one it began with and with the merge's result.
private struct LostLineSearch {
  private let old: TextLines
  private let side: TextLines
  private let result: TextLines
  private let numbers: Int

  init(old: [UInt8], side: [UInt8], result: [UInt8]) {
    let numbering = LineNumbering([old, side, result])
    (self.old, self.side, self.result) =
      (numbering.texts[0], numbering.texts[1], numbering.texts[2])
    numbers = numbering.count
  }

  func run() throws(GitError) -> [LostLines.Line] {
    let gains = try changes(from: old, to: side).filter { $0.new.count > 0 }
    let losses = try changes(from: side, to: result).filter { $0.old.count > 0 }
    let kept = Set((0..<result.count).map { content(result, $0) })
    var lost: [LostLines.Line] = []
    for gain in gains {
      let known = words(old, gain.old)
      for loss in losses {
        let lines =
          max(
            gain.new.start, loss.old.start)..<max(
            max(gain.new.start, loss.old.start), min(gain.new.end, loss.old.end))
        guard !lines.isEmpty else { continue }
        let replacement = words(result, loss.new)
        for line in lines where !kept.contains(content(side, line)) {
          let all = words(side, LineSpan(start: line, end: line + 1))
          let brought = all.subtracting(known)
          guard !all.isEmpty, !(brought.isEmpty ? all : brought).isSubset(of: replacement) else {
            continue
          }
          lost.append(LostLines.Line(number: line + 1, bytes: Array(content(side, line))))
        }
      }
    }
    return lost.sorted { $0.number < $1.number }
  }

  private func changes(
    from old: TextLines, to new: TextLines
  ) throws(GitError) -> [LineChange] {
    try LineDiff.changes(
      old: old.numbers, new: new.numbers, numbers: numbers, algorithm: .histogram)
  }

  /// A line without what is blank at either end.
  private func content(_ text: TextLines, _ line: Int) -> ArraySlice<UInt8> {
    var bytes = text.text(LineSpan(start: line, end: line + 1))
    while let last = bytes.last, Self.isBlank(last) { bytes.removeLast() }
    return bytes.drop(while: Self.isBlank)
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  /// The words of some lines: letters and digits, joined by what stands in names and numbers.
  private func words(_ text: TextLines, _ span: LineSpan) -> Set<ArraySlice<UInt8>> {
    func joins(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") }
    func isPart(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), 0x80...:
        true
      default: joins(byte)
      }
    }
    var words: Set<ArraySlice<UInt8>> = []
    for piece in text.text(span).split(whereSeparator: { !isPart($0) }) {
      var word = piece.drop(while: joins)
      while let last = word.last, joins(last) { word.removeLast() }
      if !word.isEmpty { words.insert(word) }
    }
    return words
  }
}
