/// One difference between two texts: some lines of the old one became some lines of the new one.
struct LineChange: Equatable {
  var old: LineSpan
  var new: LineSpan
}

/// Marks on the lines of a text; around them none is marked.
struct LineMarks {
  private var flags: [Bool]

  init(count: Int) { flags = Array(repeating: false, count: count + 2) }

  var count: Int { flags.count - 2 }

  subscript(line: Int) -> Bool {
    get { flags[line + 1] }
    set { flags[line + 1] = newValue }
  }

  mutating func mark(_ lines: Range<Int>) {
    for line in lines { self[line] = true }
  }
}

/// How lines are matched.
enum LineDiffAlgorithm {
  /// What git merges by.
  case histogram
  /// What git shows differences by, unless told otherwise.
  case myers
}

/// The lines, given by their numbers, that two texts do not have in common.
struct LineDiff {
  let old: [Int32]
  let new: [Int32]
  /// All numbers are below this.
  let numbers: Int
  var oldMarks: LineMarks
  var newMarks: LineMarks

  init(old: [Int32], new: [Int32], numbers: Int) {
    self.old = old
    self.new = new
    self.numbers = numbers
    oldMarks = LineMarks(count: old.count)
    newMarks = LineMarks(count: new.count)
  }

  /// The differences in order, moved to where git shows them.
  static func changes(
    old: [Int32], new: [Int32], numbers: Int, algorithm: LineDiffAlgorithm
  ) throws(GitError) -> [LineChange] {
    var diff = LineDiff(old: old, new: new, numbers: numbers)
    switch algorithm {
    case .histogram:
      var histogram = HistogramDiff(diff)
      try histogram.run()
      diff = histogram.diff
    case .myers:
      var myers = MyersDiff(diff)
      try myers.run()
      diff = myers.diff
    }
    diff.oldMarks = ChangeCompaction.compact(diff.oldMarks, old, beside: diff.newMarks)
    diff.newMarks = ChangeCompaction.compact(diff.newMarks, new, beside: diff.oldMarks)
    return diff.changes
  }

  /// What is marked, as pairs: between two of them as many lines are left in either text.
  private var changes: [LineChange] {
    var changes: [LineChange] = []
    var (i, j) = (0, 0)
    while i < old.count || j < new.count {
      let change = (i, j)
      while oldMarks[i] { i += 1 }
      while newMarks[j] { j += 1 }
      if (i, j) == change {
        i += 1
        j += 1
      } else {
        changes.append(
          LineChange(
            old: LineSpan(start: change.0, end: i), new: LineSpan(start: change.1, end: j)))
      }
    }
    return changes
  }
}

/// Gives parts of numbered texts numbers of their own, without gaps, in the order of appearance.
struct LineRenumbering {
  private var known: [Int32]

  init(numbers: Int) { known = Array(repeating: -1, count: numbers) }

  /// Two parts, renumbered; the work and memory go with their length.
  mutating func part(
    _ old: ArraySlice<Int32>, _ new: ArraySlice<Int32>
  ) -> (old: [Int32], new: [Int32], numbers: Int) {
    var count: Int32 = 0
    func renumbered(_ lines: ArraySlice<Int32>) -> [Int32] {
      lines.map { number in
        if known[Int(number)] < 0 {
          known[Int(number)] = count
          count += 1
        }
        return known[Int(number)]
      }
    }
    let result = (renumbered(old), renumbered(new))
    for number in old { known[Int(number)] = -1 }
    for number in new { known[Int(number)] = -1 }
    return (result.0, result.1, Int(count))
  }
}
