extension [MergeHunk] {
  /// Compares the two sides of each conflict, so that only what differs is left of it.
  mutating func refineConflicts(
    _ texts: MergeTexts, _ algorithm: LineDiffAlgorithm
  ) throws(GitError) {
    var refined: [MergeHunk] = []
    refined.reserveCapacity(count)
    var renumbering = LineRenumbering(numbers: contains(where: \.isRefinable) ? texts.numbers : 0)
    for var hunk in self {
      guard hunk.isRefinable else {
        refined.append(hunk)
        continue
      }
      let part = renumbering.part(
        texts.ours.numbers[hunk.ours.start..<hunk.ours.end],
        texts.theirs.numbers[hunk.theirs.start..<hunk.theirs.end])
      let changes = try LineDiff.changes(
        old: part.old, new: part.new, numbers: part.numbers, algorithm: algorithm)
      if changes.isEmpty {
        hunk.resolution = .same
        refined.append(hunk)
      }
      let (ourStart, theirStart) = (hunk.ours.start, hunk.theirs.start)
      for change in changes {
        hunk.ours = LineSpan(start: ourStart + change.old.start, end: ourStart + change.old.end)
        hunk.theirs = LineSpan(
          start: theirStart + change.new.start, end: theirStart + change.new.end)
        refined.append(hunk)
      }
    }
    self = refined
  }

  /// Takes from each conflict the lines that both sides begin or end with.
  mutating func trimConflicts(_ texts: MergeTexts) {
    let (ours, theirs) = (texts.ours.numbers, texts.theirs.numbers)
    for index in indices where self[index].resolution == .conflict {
      var hunk = self[index]
      while hunk.isRefinable, ours[hunk.ours.start] == theirs[hunk.theirs.start] {
        hunk.ours.start += 1
        hunk.theirs.start += 1
      }
      while hunk.isRefinable, ours[hunk.ours.end - 1] == theirs[hunk.theirs.end - 1] {
        hunk.ours.end -= 1
        hunk.theirs.end -= 1
      }
      self[index] = hunk
    }
  }

  /// Joins conflicts with so few lines between them that markers would take up as many.
  ///
  /// - Parameter isUnimportant: Whether lines between two conflicts are to be taken in, however
  ///   many they are.
  mutating func joinConflicts(_ isUnimportant: (LineSpan) -> Bool) {
    var joined: [MergeHunk] = []
    joined.reserveCapacity(count)
    for hunk in self {
      if let last = joined.indices.last, joined[last].resolution == .conflict,
        hunk.resolution == .conflict
      {
        let between = LineSpan(start: joined[last].ours.end, end: hunk.ours.start)
        if between.count <= 3 || isUnimportant(between) {
          joined[last].ours.end = hunk.ours.end
          joined[last].theirs.end = hunk.theirs.end
          continue
        }
      }
      joined.append(hunk)
    }
    self = joined
  }
}

extension MergeHunk {
  fileprivate var isRefinable: Bool {
    resolution == .conflict && ours.count > 0 && theirs.count > 0
  }
}
