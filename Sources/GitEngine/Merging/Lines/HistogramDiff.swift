/// Finds common lines from the rarest ones on: the longest run of common lines around a line that
/// is rare in the old text splits the texts, and each half is treated alike.
///
/// A line that is frequent everywhere says nothing; where there is no other, the classic
/// algorithm takes over.
struct HistogramDiff {
  var diff: LineDiff

  /// Lines that occur more often than this in a region of the old text start no run.
  private static let mostOccurrences: Int32 = 64

  // Of the region at hand in the old text, by a line's number …
  private var occurrences: [Int32]
  private var first: [Int32]
  /// … and by line: the next one of the same content; -1 behind the last.
  private var next: [Int32]
  private var renumbering: LineRenumbering?

  private struct Region {
    var old: Range<Int>
    var new: Range<Int>
  }

  private enum Split {
    case nothingInCommon
    case onlyFrequentLines
    case run(Region)
  }

  init(_ diff: LineDiff) {
    self.diff = diff
    occurrences = Array(repeating: 0, count: diff.numbers)
    first = Array(repeating: -1, count: diff.numbers)
    next = Array(repeating: -1, count: diff.old.count)
  }

  /// Marks what is not common.
  mutating func run() throws(GitError) {
    // Not by recursion: each line may be a level of its own.
    var left = [Region(old: diff.old.indices, new: diff.new.indices)]
    while let region = left.popLast() {
      try checkCancellation("compare texts")
      guard !region.old.isEmpty, !region.new.isEmpty else {
        diff.oldMarks.mark(region.old)
        diff.newMarks.mark(region.new)
        continue
      }
      switch try split(region) {
      case .nothingInCommon:
        diff.oldMarks.mark(region.old)
        diff.newMarks.mark(region.new)
      case .onlyFrequentLines:
        try compareClassically(region)
      case .run(let run):
        left.append(
          Region(
            old: run.old.upperBound..<region.old.upperBound,
            new: run.new.upperBound..<region.new.upperBound))
        left.append(
          Region(
            old: region.old.lowerBound..<run.old.lowerBound,
            new: region.new.lowerBound..<run.new.lowerBound))
      }
    }
  }

  private mutating func split(_ region: Region) throws(GitError) -> Split {
    for line in region.old.reversed() {
      let number = Int(diff.old[line])
      next[line] = occurrences[number] == 0 ? -1 : first[number]
      first[number] = Int32(line)
      occurrences[number] += 1
    }
    defer { for line in region.old { occurrences[Int(diff.old[line])] = 0 } }
    var search = Search(rarest: Self.mostOccurrences + 1)
    var line = region.new.lowerBound
    var steps = 0
    while line < region.new.upperBound {
      line = look(from: line, in: region, &search)
      steps += 1
      if steps & 0xfff == 0 { try checkCancellation("compare texts") }
    }
    if search.hasCommonLine, search.rarest > Self.mostOccurrences { return .onlyFrequentLines }
    return search.best.map { .run($0) } ?? .nothingInCommon
  }

  private struct Search {
    /// How often the rarest line of the best run occurs.
    var rarest: Int32
    var best: Region?
    var hasCommonLine = false
  }

  /// Looks at the runs of common lines through one line of the new text; returns the first line
  /// behind them.
  private func look(from line: Int, in region: Region, _ search: inout Search) -> Int {
    let number = Int(diff.new[line])
    var following = line + 1
    guard occurrences[number] > 0 else { return following }
    search.hasCommonLine = true
    guard occurrences[number] <= search.rarest else { return following }
    var candidate = first[number]
    while candidate >= 0 {
      let (run, rarest) = run(through: Int(candidate), line, in: region)
      following = max(following, run.new.upperBound)
      // A run of one line only counts if it is a rarer one.
      let length = search.best?.old.count ?? 1
      if run.old.count > length || rarest < search.rarest {
        search.best = run
        search.rarest = rarest
      }
      let end = Int32(run.old.upperBound)
      repeat { candidate = next[Int(candidate)] } while candidate >= 0 && candidate < end
    }
    return following
  }

  /// The longest run of common lines through a pair of them, and how often its rarest line occurs.
  private func run(
    through oldLine: Int, _ newLine: Int, in region: Region
  ) -> (run: Region, rarest: Int32) {
    let (old, new) = (diff.old, diff.new)
    var rarest = occurrences[Int(old[oldLine])]
    var (oldStart, newStart) = (oldLine, newLine)
    while oldStart > region.old.lowerBound, newStart > region.new.lowerBound,
      old[oldStart - 1] == new[newStart - 1]
    {
      oldStart -= 1
      newStart -= 1
      rarest = min(rarest, occurrences[Int(old[oldStart])])
    }
    var (oldEnd, newEnd) = (oldLine + 1, newLine + 1)
    while oldEnd < region.old.upperBound, newEnd < region.new.upperBound,
      old[oldEnd] == new[newEnd]
    {
      rarest = min(rarest, occurrences[Int(old[oldEnd])])
      oldEnd += 1
      newEnd += 1
    }
    return (Region(old: oldStart..<oldEnd, new: newStart..<newEnd), rarest)
  }

  private mutating func compareClassically(_ region: Region) throws(GitError) {
    var renumbering = self.renumbering ?? LineRenumbering(numbers: diff.numbers)
    let part = renumbering.part(diff.old[region.old], diff.new[region.new])
    self.renumbering = renumbering
    var myers = MyersDiff(LineDiff(old: part.old, new: part.new, numbers: part.numbers))
    try myers.run()
    for line in region.old {
      diff.oldMarks[line] = myers.diff.oldMarks[line - region.old.lowerBound]
    }
    for line in region.new {
      diff.newMarks[line] = myers.diff.newMarks[line - region.new.lowerBound]
    }
  }
}
