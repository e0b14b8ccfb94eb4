/// The classic comparison: Myers' shortest edit script, found from both ends, with the short cuts
/// that git takes in large texts.
struct MyersDiff {
  var diff: LineDiff

  init(_ diff: LineDiff) { self.diff = diff }

  /// Marks what is not common.
  mutating func run() throws(GitError) {
    let (old, new) = MyersCandidates.pick(&diff)
    let search = MyersSearch(
      old: old.map { diff.old[$0] }, new: new.map { diff.new[$0] })
    var left = [
      MyersSearch.Box(old: LineSpan(0..<old.count), new: LineSpan(0..<new.count), isMinimal: false)
    ]
    while var box = left.popLast() {
      try checkCancellation("compare texts")
      search.shrink(&box)
      if box.old.count == 0 {
        for line in box.new.start..<box.new.end { diff.newMarks[new[line]] = true }
      } else if box.new.count == 0 {
        for line in box.old.start..<box.old.end { diff.oldMarks[old[line]] = true }
      } else {
        let split = try search.split(box)
        left.append(
          MyersSearch.Box(
            old: LineSpan(start: split.old, end: box.old.end),
            new: LineSpan(start: split.new, end: box.new.end), isMinimal: split.isEndMinimal))
        left.append(
          MyersSearch.Box(
            old: LineSpan(start: box.old.start, end: split.old),
            new: LineSpan(start: box.new.start, end: split.new), isMinimal: split.isStartMinimal))
      }
    }
  }
}

extension LineSpan {
  init(_ range: Range<Int>) { self.init(start: range.lowerBound, end: range.upperBound) }
}

/// The root of a number, roughly: a power of two.
func roughSquareRoot(_ number: Int) -> Int {
  var (root, rest) = (1, number)
  while rest > 0 {
    root <<= 1
    rest >>= 2
  }
  return root
}

/// Leaves out, before the search, lines that cannot or need not be matched.
///
/// What both texts begin and end with is common. A line that the other text does not have is
/// marked; so is one that is frequent there, if nearly all around it is without a match.
enum MyersCandidates {
  private static let mostOccurrences = 1024
  private static let window = 100
  private static let weight = 4

  private enum Prospect: UInt8 {
    case none
    case good
    case frequent
  }

  /// The lines, in either text, to be searched for common ones; marks those left out.
  static func pick(_ diff: inout LineDiff) -> (old: [Int], new: [Int]) {
    let (old, new) = (diff.old, diff.new)
    var start = 0
    while start < min(old.count, new.count), old[start] == new[start] { start += 1 }
    var tail = 0
    while tail < min(old.count, new.count) - start,
      old[old.count - 1 - tail] == new[new.count - 1 - tail]
    {
      tail += 1
    }
    let newCounts = counts(new, diff.numbers)
    let oldCounts = counts(old, diff.numbers)
    return (
      pick(old, start..<old.count - tail, occurrences: newCounts, &diff.oldMarks),
      pick(new, start..<new.count - tail, occurrences: oldCounts, &diff.newMarks)
    )
  }

  private static func counts(_ lines: [Int32], _ numbers: Int) -> [Int32] {
    var counts = [Int32](repeating: 0, count: numbers)
    for number in lines { counts[Int(number)] += 1 }
    return counts
  }

  private static func pick(
    _ lines: [Int32], _ range: Range<Int>, occurrences: [Int32], _ marks: inout LineMarks
  ) -> [Int] {
    let limit = min(roughSquareRoot(lines.count), mostOccurrences)
    let prospects = lines[range].map { number -> Prospect in
      let count = occurrences[Int(number)]
      return count == 0 ? .none : count >= limit ? .frequent : .good
    }
    var picked: [Int] = []
    for (position, prospect) in prospects.enumerated() {
      let isPicked =
        switch prospect {
        case .none: false
        case .good: true
        case .frequent: !isAmongUnmatched(position, prospects)
        }
      if isPicked {
        picked.append(range.lowerBound + position)
      } else {
        marks[range.lowerBound + position] = true
      }
    }
    return picked
  }

  /// Whether a frequent line stands between lines without a match, with few others like itself.
  private static func isAmongUnmatched(_ position: Int, _ prospects: [Prospect]) -> Bool {
    var unmatched = 0
    // Itself, once for each direction.
    var frequent = 2
    let before = prospects[max(0, position - window)..<position].reversed()
    let after = prospects[position + 1..<min(prospects.count, position + 1 + window)]
    var found = 0
    for prospect in before {
      if prospect == .good { break }
      if prospect == .none { found += 1 } else { frequent += 1 }
    }
    guard found > 0 else { return false }
    unmatched = found
    found = 0
    for prospect in after {
      if prospect == .good { break }
      if prospect == .none { found += 1 } else { frequent += 1 }
    }
    guard found > 0 else { return false }
    unmatched += found
    return frequent * weight < frequent + unmatched
  }
}
