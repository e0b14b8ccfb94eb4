extension IssueDocument {
  /// The file with its issue marked as done.
  ///
  /// `status` becomes `done` unless it already says done or cancelled, `completed_at` and a
  /// section `## Resolution` at the end are added where they are missing. Every other byte stays,
  /// and a file that already says all this is returned as it is.
  /// - Parameters:
  ///   - time: The moment in UTC, such as `2026-01-02T03:04:05Z`.
  ///   - resolution: The text of the section, in Markdown.
  public func completing(at time: String, resolution: String) -> [UInt8] {
    IssueDocument(finishingFields(at: time)).addingResolution(resolution, evenIfPresent: false)
  }

  /// The file with its issue marked as done for a reason, without work.
  ///
  /// Like `completing(at:resolution:)`, but the reason also goes to the end of a section
  /// `## Resolution` that exists, unless it is there.
  public func closing(at time: String, reason: String) -> [UInt8] {
    IssueDocument(finishingFields(at: time)).addingResolution(reason, evenIfPresent: true)
  }

  private func addingResolution(_ text: String, evenIfPresent: Bool) -> [UInt8] {
    let headings = MarkdownHeading.all(in: bytes, from: bodyStart)
    guard let index = headings.firstIndex(where: { $0.text.lowercased() == "resolution" }) else {
      return inserting(["## Resolution", text], at: bytes.count)
    }
    guard evenIfPresent else { return bytes }
    let section = headings[index]
    let next = headings[(index + 1)...].first { $0.level <= section.level }
    let end = next?.start ?? bytes.count
    let present = String(decoding: bytes[section.start..<end], as: UTF8.self)
    if lines(of: present).contains(lines(of: text)) { return bytes }
    return inserting([text], at: end)
  }

  /// Inserts paragraphs with empty lines around them at the start of a line or at the end.
  private func inserting(_ paragraphs: [String], at position: Int) -> [UInt8] {
    let ending = lineEnding
    let before = bytes[..<position]
    var added: [UInt8] = []
    if !before.isEmpty, before.last != UInt8(ascii: "\n") { added += ending }
    if position > bodyStart, !endsWithEmptyLine(before) || !added.isEmpty { added += ending }
    if position == bodyStart, frontmatter != nil { added += ending }
    let wanted = paragraphs.map(lines(of:)).filter { !$0.isEmpty }
    added += Array(wanted.joined(separator: [""]).map { Array($0.utf8) }.joined(separator: ending))
    added += ending
    if position < bytes.count { added += ending }
    return before + added + bytes[position...]
  }

  private func endsWithEmptyLine(_ text: ArraySlice<UInt8>) -> Bool {
    guard text.last == UInt8(ascii: "\n") else { return false }
    let last = text.dropLast().last { $0 != UInt8(ascii: "\r") }
    return last == nil || last == UInt8(ascii: "\n")
  }

  /// The lines of a text without white space at its ends and at the ends of its lines.
  private func lines(of text: String) -> [String] {
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    let trimmed = lines.map { line in
      line.lastIndex { !$0.isWhitespace }.map { String(line[...$0]) } ?? ""
    }
    let start = trimmed.firstIndex { !$0.isEmpty } ?? trimmed.endIndex
    let end = trimmed.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? start
    return Array(trimmed[start..<end])
  }
}
