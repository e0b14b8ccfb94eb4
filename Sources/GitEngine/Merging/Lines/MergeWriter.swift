/// Writes the outcome of a merge of lines.
struct MergeWriter {
  let texts: MergeTexts
  let showsAncestor: Bool
  let markerSize: Int
  let labels: LineMerge.Labels
  private(set) var bytes: [UInt8] = []
  private(set) var conflicts = 0

  init(
    _ texts: MergeTexts, showsAncestor: Bool, markerSize: Int, labels: LineMerge.Labels
  ) {
    self.texts = texts
    self.showsAncestor = showsAncestor
    self.markerSize = markerSize
    self.labels = labels
  }

  /// Writes all of it: the hunks, and what is between them.
  mutating func write(_ hunks: [MergeHunk]) {
    bytes.reserveCapacity(texts.ours.bytes.count + texts.theirs.bytes.count / 2)
    // What neither side changed is taken from ours.
    var written = 0
    for hunk in hunks where hunk.resolution != .same {
      bytes += texts.ours.text(LineSpan(start: written, end: hunk.ours.start))
      let needsCarriageReturn = needsCarriageReturn(hunk)
      switch hunk.resolution {
      case .ours: bytes += texts.ours.text(hunk.ours)
      case .theirs: bytes += texts.theirs.text(hunk.theirs)
      case .both:
        writeTerminated(texts.ours, hunk.ours, needsCarriageReturn)
        bytes += texts.theirs.text(hunk.theirs)
      case .conflict: writeConflict(hunk, needsCarriageReturn)
      case .same: break
      }
      written = hunk.ours.end
    }
    bytes += texts.ours.text(LineSpan(start: written, end: texts.ours.count))
  }

  private mutating func writeConflict(_ hunk: MergeHunk, _ needsCarriageReturn: Bool) {
    conflicts += 1
    writeMarker("<", labels.ours, needsCarriageReturn)
    writeTerminated(texts.ours, hunk.ours, needsCarriageReturn)
    if showsAncestor {
      writeMarker("|", labels.ancestor, needsCarriageReturn)
      writeTerminated(texts.base, hunk.base, needsCarriageReturn)
    }
    writeMarker("=", "", needsCarriageReturn)
    writeTerminated(texts.theirs, hunk.theirs, needsCarriageReturn)
    writeMarker(">", labels.theirs, needsCarriageReturn)
  }

  private mutating func writeMarker(
    _ character: Unicode.Scalar, _ label: String, _ needsCarriageReturn: Bool
  ) {
    bytes += repeatElement(UInt8(ascii: character), count: markerSize)
    if !label.isEmpty { bytes += Array(" \(label)".utf8) }
    writeLineEnd(needsCarriageReturn)
  }

  /// Writes lines and ends the last one if it has no end.
  private mutating func writeTerminated(
    _ text: TextLines, _ span: LineSpan, _ needsCarriageReturn: Bool
  ) {
    guard span.count > 0 else { return }
    bytes += text.text(span)
    if !text.isTerminated(span.end - 1) { writeLineEnd(needsCarriageReturn) }
  }

  private mutating func writeLineEnd(_ needsCarriageReturn: Bool) {
    if needsCarriageReturn { bytes.append(UInt8(ascii: "\r")) }
    bytes.append(UInt8(ascii: "\n"))
  }

  /// Whether line ends around a hunk are written with a carriage return: if both sides have it
  /// before the hunk, as far as can be told, and so has the first line of the base.
  private func needsCarriageReturn(_ hunk: MergeHunk) -> Bool {
    guard texts.ours.usesCarriageReturn(at: max(0, hunk.ours.start - 1)) != false,
      texts.theirs.usesCarriageReturn(at: max(0, hunk.theirs.start - 1)) != false
    else { return false }
    return texts.base.usesCarriageReturn(at: 0) ?? false
  }
}
