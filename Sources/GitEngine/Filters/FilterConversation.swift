/// Which way content goes through a filter.
enum FilterDirection: String {
  /// From the working tree into the object database.
  case clean
  /// From the object database into the working tree.
  case smudge
}

/// The other side's part of one step of the conversation with a filter process, packet by packet.
///
/// Version 2 of the protocol that `gitattributes(5)` describes. A pure value: it is fed with what
/// the process says and knows when the step is over.
struct FilterConversation {
  enum Step {
    /// The process presents itself.
    case greeting
    /// The process says what it can.
    case capabilities
    /// The process answers for one file.
    case reply
  }

  /// What a filter process said in the end about one file.
  enum Status: Equatable {
    case success
    /// It cannot do this file.
    case error
    /// It will not do any file this way.
    case abort
    /// A word that the protocol does not know.
    case other(String)
  }

  private enum Part { case lines, content, lastLines }

  private let step: Step
  private var reader = PacketReader()
  private var part = Part.lines
  private var lines: [String] = []
  private var statusText = ""

  /// The content that came back.
  private(set) var content: [UInt8] = []
  /// Whether the step has ended, well or badly.
  private(set) var isOver = false
  /// What was wrong with what the process said.
  private(set) var problem: String?

  init(_ step: Step) { self.step = step }

  /// What came of a reply.
  var status: Status {
    switch statusText {
    case "success": .success
    case "error": .error
    case "abort": .abort
    default: .other(statusText)
    }
  }

  /// The directions that the process offers.
  var offered: Set<FilterDirection> {
    Set(
      lines.compactMap { line in
        guard line.hasPrefix("capability=") else { return nil }
        return FilterDirection(rawValue: String(line.dropFirst("capability=".count)))
      })
  }

  /// Takes what the process said; true when the step is over.
  mutating func take(_ bytes: some Sequence<UInt8>) -> Bool {
    guard !isOver else { return true }
    reader.feed(bytes)
    do throws(PacketReader.Malformed) {
      while !isOver, let packet = try reader.next() { take(packet) }
    } catch {
      fail("it does not speak the protocol of filter processes: \(error.start.debugDescription)")
    }
    if isOver, problem == nil, !reader.isEmpty { fail("it said more than it was asked") }
    return isOver
  }

  private mutating func fail(_ what: String) {
    problem = what
    isOver = true
  }

  private mutating func take(_ packet: PacketLine.Packet) {
    switch (step, part, packet) {
    case (.reply, .content, .data(let bytes)): content += bytes
    case (.reply, .content, .flush): part = .lastLines
    case (_, _, .data):
      let line = packet.text ?? ""
      lines.append(line)
      if line.hasPrefix("status=") { statusText = String(line.dropFirst("status=".count)) }
    case (.greeting, _, .flush):
      isOver = true
      if lines.first != "git-filter-server" {
        fail("it did not greet as a filter process: \(lines.first?.debugDescription ?? "nothing")")
      } else if !lines.contains("version=2") {
        fail("it does not offer version 2 of the protocol")
      }
    case (.capabilities, _, .flush): isOver = true
    // Only success is followed by content.
    case (.reply, .lines, .flush):
      if status == .success { part = .content } else { isOver = true }
    case (.reply, .lastLines, .flush): isOver = true
    }
  }

  // MARK: What is said to the process

  static let greeting =
    PacketLine.line("git-filter-client") + PacketLine.line("version=2") + PacketLine.flush

  static let capabilities =
    PacketLine.line("capability=clean") + PacketLine.line("capability=smudge") + PacketLine.flush

  /// The request for one file; `nil` when its path is too long to be said.
  static func request(
    _ direction: FilterDirection, _ path: RepositoryPath, blob: ObjectID?, _ content: [UInt8]
  ) -> [UInt8]? {
    let pathname = Array("pathname=".utf8) + path.bytes
    guard pathname.count < PacketLine.limit else { return nil }
    var request = PacketLine.line("command=\(direction.rawValue)") + PacketLine.line(pathname)
    if let blob, direction == .smudge { request += PacketLine.line("blob=\(blob)") }
    return request + PacketLine.flush + PacketLine.content(content)
  }
}
