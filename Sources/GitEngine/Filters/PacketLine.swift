/// The framing in which git and a filter process talk: four hexadecimal digits that give the
/// length, themselves included, then the bytes; `0000` ends a list.
enum PacketLine {
  /// The most bytes that one packet carries.
  static let limit = 65516

  enum Packet: Equatable {
    case data([UInt8])
    case flush

    /// The packet as a line of text, without the line end that git puts behind one.
    var text: String? {
      guard case .data(let bytes) = self else { return nil }
      let line = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
      return String(decoding: line, as: UTF8.self)
    }
  }

  static let flush = Array("0000".utf8)

  /// One line of text as a packet; it must be shorter than ``limit``.
  static func line(_ text: some Sequence<UInt8>) -> [UInt8] {
    var packet = [0, 0, 0, 0] + Array(text) + [UInt8(ascii: "\n")]
    packet.replaceSubrange(..<4, with: digits(packet.count))
    return packet
  }

  static func line(_ text: String) -> [UInt8] { line(text.utf8) }

  /// Bytes of any number, cut into packets, with the flush that ends them.
  static func content(_ bytes: [UInt8]) -> [UInt8] {
    var packets: [UInt8] = []
    packets.reserveCapacity(bytes.count + 4 * (bytes.count / limit + 2))
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(limit)
      packets += digits(piece.count + 4)
      packets += piece
      rest = rest.dropFirst(limit)
    }
    return packets + flush
  }

  private static func digits(_ count: Int) -> [UInt8] {
    let symbols = Array("0123456789abcdef".utf8)
    return [12, 8, 4, 0].map { symbols[(count >> $0) & 15] }
  }
}

/// Cuts what comes from a filter process into packets, however it is divided.
struct PacketReader {
  /// The stream is not one of packets; nothing behind this place means anything.
  struct Malformed: Error, Equatable {
    /// Its first bytes, for people.
    var start: String
  }

  private var bytes: [UInt8] = []
  private var position = 0

  mutating func feed(_ more: some Sequence<UInt8>) {
    if position > 1 << 20 {
      bytes.removeFirst(position)
      position = 0
    }
    bytes.append(contentsOf: more)
  }

  /// Whether all that came was taken.
  var isEmpty: Bool { position == bytes.count }

  /// The next packet; `nil` as long as it is not whole.
  mutating func next() throws(Malformed) -> PacketLine.Packet? {
    let rest = bytes[position...]
    var length = 0
    for byte in rest.prefix(4) {
      guard let digit = Self.digit(byte) else { throw malformed() }
      length = length << 4 | digit
    }
    guard rest.count >= 4 else { return nil }
    if length == 0 {
      position += 4
      return .flush
    }
    // 1 to 3 have a meaning in other protocols, none in this one.
    guard length >= 4, length <= PacketLine.limit + 4 else { throw malformed() }
    guard rest.count >= length else { return nil }
    position += length
    return .data(Array(rest.prefix(length).dropFirst(4)))
  }

  private func malformed() -> Malformed {
    Malformed(start: String(decoding: bytes[position...].prefix(40), as: UTF8.self))
  }

  private static func digit(_ character: UInt8) -> Int? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(character - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(character - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(character - UInt8(ascii: "A")) + 10
    default: nil
    }
  }
}
