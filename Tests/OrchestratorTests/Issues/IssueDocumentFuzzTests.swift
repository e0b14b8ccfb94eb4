import Testing

@testable import Orchestrator

/// A small generator with a seed, so that a failure can be run again.
private struct Seeded: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}

@Suite struct `Completing arbitrary bytes` {
  private let pieces =
    [
      "---", "\n", "\n", "\n", "\r\n", "\r", " ", "  ", "\t", "status", "completed_at", "title",
      ":",
      ": ", "open", "done", "#", " # c", "'", "\"", "\\", "{", "}", "[", "]", ",", "|", ">", "- ",
      "&a",
      "*a", "!!str ", "?", "~", "null", "...", "%YAML 1.1", "```", "## Resolution", "é", "\u{2028}",
      "\u{85}", "status: open\n", "---\n", "labels: [a, b]\n", "\0", "\u{FEFF}", "<<: ",
    ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xEF, 0xBB, 0xBF]]

  @Test(arguments: 0..<8)
  func `keeps the body and changes nothing the second time`(seed: UInt64) {
    var generator = Seeded(state: seed)
    for _ in 0..<400 {
      var old: [UInt8] = Bool.random(using: &generator) ? Array("---\n".utf8) : []
      for _ in 0..<Int.random(in: 0..<25, using: &generator) {
        old += pieces.randomElement(using: &generator) ?? []
      }
      if Bool.random(using: &generator) { old += Array("\n---\nbody".utf8) }
      let document = IssueDocument(old)
      let new = document.completing(at: "2026-01-02T03:04:05Z", resolution: "Landed.")
      let body = Array(document.body)
      let keepsBody = body.isEmpty || new.firstRange(of: body) != nil
      #expect(keepsBody, "\(String(decoding: old, as: UTF8.self).debugDescription)")
      if case .fields = document.header {
        let reads = isFinished(new)
        #expect(reads, "\(String(decoding: old + [0x0A] + new, as: UTF8.self).debugDescription)")
      }
      let again = IssueDocument(new).completing(at: "2027-01-02T03:04:05Z", resolution: "x")
      let isStable = again == new
      let shown = [old, new, again].map { String(decoding: $0, as: UTF8.self).debugDescription }
      #expect(isStable, "\(shown)")
    }
  }

  private func isFinished(_ bytes: [UInt8]) -> Bool {
    guard case .fields(let fields) = IssueDocument(bytes).header else { return false }
    return fields.text("status").flatMap(IssueStatus.init(text:))?.isFinished ?? false
  }
}
