/// What the attributes of a path say of its content.
struct ContentAttributes: Hashable, Sendable {
  var kind = LineEnds.Kind.unspecified
  var eol: LineEnds.Style?
  /// Whether `ident` is set.
  var replacesKeywords = false
  /// The driver of `filter=<driver>`.
  var filter: String?
  /// What `working-tree-encoding` names, unless that is what the object database has.
  var encoding: String?
  /// Whether merging is left to the merge of lines.
  var mergesByLines = true

  static let names = [
    "text", "crlf", "eol", "ident", "filter", "working-tree-encoding", "merge",
  ].map { Array($0.utf8) }

  /// - Parameter states: Those of ``names``, in that order.
  init(_ states: [AttributeLine.State]) {
    kind = Self.kind(states[0]) ?? Self.kind(states[1]) ?? .unspecified
    // `text=input` is an old way to say both.
    if [states[0], states[1]].first(where: { Self.isLineEnd($0) }) == Self.input { eol = .lf }
    switch states[2] {
    case Self.lf where kind != .binary: eol = .lf
    case Self.crlf where kind != .binary: eol = .crlf
    default: break
    }
    replacesKeywords = states[3] == .set
    filter = Self.text(states[4])
    encoding = Self.text(states[5]).flatMap {
      ["utf-8", "utf8"].contains($0.lowercased()) ? nil : $0
    }
    mergesByLines = [.unspecified, .set, .text(Array("text".utf8))].contains(states[6])
  }

  private static let input = AttributeLine.State.text(Array("input".utf8))
  private static let automatic = AttributeLine.State.text(Array("auto".utf8))
  private static let lf = AttributeLine.State.text(Array("lf".utf8))
  private static let crlf = AttributeLine.State.text(Array("crlf".utf8))

  private static func isLineEnd(_ state: AttributeLine.State) -> Bool { kind(state) != nil }

  private static func kind(_ state: AttributeLine.State) -> LineEnds.Kind? {
    switch state {
    case .set, input: .text
    case .unset: .binary
    case automatic: .automatic
    default: nil
    }
  }

  private static func text(_ state: AttributeLine.State) -> String? {
    guard case .text(let bytes) = state else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
