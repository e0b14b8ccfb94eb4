/// Moves groups of marked lines to where git shows them.
///
/// A group with the same line before it and at its end may as well stand one line higher. Each is
/// moved up and down as far as it goes, which joins those that meet; then it stays as far down as it
/// can, or where the other text has a group beside it.
struct ChangeCompaction {
  private var marks: LineMarks
  private let numbers: [Int32]
  private var group: LineSpan
  private var beside: Beside

  /// The groups of the other text: one, maybe empty, for each line that is not marked.
  private struct Beside {
    let marks: LineMarks
    var group: LineSpan

    init(_ marks: LineMarks) {
      self.marks = marks
      group = marks.group(from: 0)
    }

    mutating func moveUp() {
      guard group.start > 0 else { return }
      group = marks.group(to: group.start - 1)
    }

    mutating func moveDown() {
      guard group.end < marks.count else { return }
      group = marks.group(from: group.end + 1)
    }
  }

  static func compact(
    _ marks: LineMarks, _ numbers: [Int32], beside other: LineMarks
  ) -> LineMarks {
    var compaction = ChangeCompaction(
      marks: marks, numbers: numbers, group: marks.group(from: 0), beside: Beside(other))
    while true {
      if compaction.group.count > 0 { compaction.settle() }
      guard compaction.group.end < marks.count else { return compaction.marks }
      compaction.group = compaction.marks.group(from: compaction.group.end + 1)
      compaction.beside.moveDown()
    }
  }

  private mutating func settle() {
    var highestEnd = 0
    var isBesideGroup = false
    var count = 0
    repeat {
      count = group.count
      while slideUp() { beside.moveUp() }
      highestEnd = group.end
      isBesideGroup = beside.group.count > 0
      while slideDown() {
        beside.moveDown()
        if beside.group.count > 0 { isBesideGroup = true }
      }
    } while group.count != count
    guard group.end != highestEnd, isBesideGroup else { return }
    while beside.group.count == 0, slideUp() { beside.moveUp() }
  }

  private mutating func slideUp() -> Bool {
    guard group.start > 0, numbers[group.start - 1] == numbers[group.end - 1] else { return false }
    group.start -= 1
    group.end -= 1
    marks[group.start] = true
    marks[group.end] = false
    while marks[group.start - 1] { group.start -= 1 }
    return true
  }

  private mutating func slideDown() -> Bool {
    guard group.end < marks.count, numbers[group.start] == numbers[group.end] else { return false }
    marks[group.start] = false
    marks[group.end] = true
    group.start += 1
    group.end += 1
    while marks[group.end] { group.end += 1 }
    return true
  }
}

extension LineMarks {
  /// The marked lines from a line on.
  fileprivate func group(from start: Int) -> LineSpan {
    var end = start
    while self[end] { end += 1 }
    return LineSpan(start: start, end: end)
  }

  /// The marked lines up to a line.
  fileprivate func group(to end: Int) -> LineSpan {
    var start = end
    while self[start - 1] { start -= 1 }
    return LineSpan(start: start, end: end)
  }
}
