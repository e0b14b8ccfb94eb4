internal import Yams

extension IssueDocument {
  /// The file whose fields say that the issue is finished.
  func finishingFields(at time: String) -> [UInt8] {
    guard let frontmatter else { return creatingFrontmatter(time) }
    // Each way is tried and then read back by YAML: what does not read as meant is not taken.
    if case .fields(let fields) = header {
      let finder = FieldFinder(bytes, frontmatter, fields)
      for placement in FieldEdits.Placement.allCases {
        let edited = FieldEdits(finder, placement).finishing(at: time)
        if isFinished(edited, insteadOf: fields) { return edited }
      }
    }
    let finder = FieldFinder(bytes, frontmatter, nil)
    return FieldEdits(finder, .atEnd).finishing(at: time)
  }

  private func creatingFrontmatter(_ time: String) -> [UInt8] {
    let lines = ["---", "status: done", "completed_at: \(time)", "---"]
    let added = lines.flatMap { Array($0.utf8) + lineEnding }
    let separator = body.first.map { $0.isLineBreak } ?? true ? [] : lineEnding
    return bytes[..<bodyStart] + added + separator + body
  }

  /// Whether the edited bytes say that the issue is finished and leave all other fields alone.
  private func isFinished(_ edited: [UInt8], insteadOf old: FrontmatterFields) -> Bool {
    guard case .fields(let new) = IssueDocument(edited).header,
      new.text("status").flatMap(IssueStatus.init(text:))?.isFinished ?? false,
      new.text("completed_at") != nil
    else { return false }
    return old.otherFields == new.otherFields
  }
}

extension FrontmatterFields {
  /// The keys that finishing does not touch, with their values where those are single texts.
  ///
  /// Lists and mappings are not compared: YAML lets few bytes stand for a huge tree.
  fileprivate var otherFields: [[String?]] {
    (node?.mapping).map(Array.init)?.compactMap { key, value in
      let name = key.scalar?.string
      return name == "status" || name == "completed_at" ? nil : [name, value.scalar?.string]
    } ?? []
  }
}

/// The two edits that finish an issue, made in the bytes of its frontmatter.
private struct FieldEdits {
  /// Where a field that is missing goes.
  enum Placement: CaseIterable {
    case atEnd
    case atStart
  }

  private let finder: FieldFinder
  private let placement: Placement
  private var changes: [(range: Range<Int>, text: [UInt8])] = []
  private var missing: [(key: String, value: String)] = []

  init(_ finder: FieldFinder, _ placement: Placement) {
    self.finder = finder
    self.placement = placement
  }

  /// The whole file with both fields set.
  consuming func finishing(at time: String) -> [UInt8] {
    let isFinished = IssueStatus(text: finder.text("status") ?? "")?.isFinished ?? false
    if !isFinished { set("status", "done") }
    if finder.text("completed_at") == nil { set("completed_at", time) }
    insertMissing()
    var bytes = finder.bytes
    for change in changes.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
      bytes.replaceSubrange(change.range, with: change.text)
    }
    return bytes
  }

  private mutating func set(_ key: String, _ value: String) {
    let spans = finder.valueSpans(of: key)
    if spans.isEmpty { missing.append((key, value)) }
    for span in spans {
      let text = finder.isFlow && key == "completed_at" ? "\"\(value)\"" : value
      changes.append((span, Array((span.isEmpty ? " \(text)" : text).utf8)))
    }
  }

  private mutating func insertMissing() {
    guard !missing.isEmpty else { return }
    if let brace = finder.openBrace {
      let fields = missing.map { "\($0.key): \"\($0.value)\"" }.joined(separator: ", ")
      let text = finder.isEmpty ? fields : "\(fields), "
      changes.append((brace..<brace, Array(text.utf8)))
      return
    }
    let indentation = Array(repeating: UInt8(ascii: " "), count: finder.indentation)
    let lines = missing.flatMap { field in
      indentation + Array("\(field.key): \(field.value)".utf8) + finder.lineEnding
    }
    let content = finder.content
    let position = placement == .atEnd ? content.upperBound : content.lowerBound
    changes.append((position..<position, lines))
  }
}
