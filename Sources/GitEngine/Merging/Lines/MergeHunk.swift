/// A part of a merge that at least one side changed, with the lines it is in each version.
struct MergeHunk {
  enum Resolution {
    case conflict
    case ours
    case theirs
    case both
    /// Both sides made the same of it.
    case same
  }

  var resolution: Resolution
  var base: LineSpan
  var ours: LineSpan
  var theirs: LineSpan
}

/// The texts of a merge, cut into lines.
struct MergeTexts {
  let base: TextLines
  let ours: TextLines
  let theirs: TextLines
  /// How many different lines there are.
  let numbers: Int

  init(base: [UInt8], ours: [UInt8], theirs: [UInt8]) {
    let numbering = LineNumbering([base, ours, theirs])
    self.base = numbering.texts[0]
    self.ours = numbering.texts[1]
    self.theirs = numbering.texts[2]
    numbers = numbering.count
  }
}

/// Lays the changes of two sides over each other.
struct HunkBuilder {
  private let texts: MergeTexts
  private(set) var hunks: [MergeHunk] = []

  init(_ texts: MergeTexts) { self.texts = texts }

  /// Takes the changes of both sides; those that overlap or touch make conflicts unless they are
  /// one and the same.
  mutating func add(ours: [LineChange], theirs: [LineChange]) {
    var (i, j) = (0, 0)
    // How much longer each side is than the base, up to here.
    var (ourShift, theirShift) = (0, 0)
    while i < ours.count || j < theirs.count {
      let our = i < ours.count ? ours[i] : nil
      let their = j < theirs.count ? theirs[j] : nil
      if let our, let their, our.old.end >= their.old.start, their.old.end >= our.old.start {
        if !isSame(our, their) { append(overlapping(our, their)) }
        // The change that reaches further may meet the other side's next one.
        if our.old.end <= their.old.end {
          i += 1
          ourShift = our.shift
        }
        if their.old.end <= our.old.end {
          j += 1
          theirShift = their.shift
        }
      } else if let our, their.map({ our.old.end < $0.old.start }) ?? true {
        append(
          MergeHunk(
            resolution: .ours, base: our.old, ours: our.new, theirs: our.old.moved(theirShift)))
        i += 1
        ourShift = our.shift
      } else if let their {
        append(
          MergeHunk(
            resolution: .theirs, base: their.old, ours: their.old.moved(ourShift),
            theirs: their.new))
        j += 1
        theirShift = their.shift
      }
    }
  }

  private func isSame(_ our: LineChange, _ their: LineChange) -> Bool {
    our.old == their.old && our.new.count == their.new.count
      && texts.ours.numbers[our.new.start..<our.new.end]
        == texts.theirs.numbers[their.new.start..<their.new.end]
  }

  /// A conflict of two changes, each widened by what only the other changed.
  private func overlapping(_ our: LineChange, _ their: LineChange) -> MergeHunk {
    let start = min(our.old.start, their.old.start)
    let end = max(our.old.end, their.old.end)
    func widened(_ change: LineChange) -> LineSpan {
      LineSpan(
        start: change.new.start - (change.old.start - start),
        end: change.new.end + (end - change.old.end))
    }
    return MergeHunk(
      resolution: .conflict, base: LineSpan(start: start, end: end), ours: widened(our),
      theirs: widened(their))
  }

  /// Appends a hunk, or joins it with the last one if they touch.
  private mutating func append(_ hunk: MergeHunk) {
    guard let last = hunks.indices.last,
      hunk.ours.start <= hunks[last].ours.end || hunk.theirs.start <= hunks[last].theirs.end
    else {
      hunks.append(hunk)
      return
    }
    if hunk.resolution != hunks[last].resolution { hunks[last].resolution = .conflict }
    hunks[last].base.end = hunk.base.end
    hunks[last].ours.end = hunk.ours.end
    hunks[last].theirs.end = hunk.theirs.end
  }
}

extension LineChange {
  /// How much further down a line behind it is in the new text.
  fileprivate var shift: Int { new.end - old.end }
}

extension LineSpan {
  fileprivate func moved(_ shift: Int) -> LineSpan {
    LineSpan(start: start + shift, end: end + shift)
  }
}
