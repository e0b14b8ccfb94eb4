/// Cuts a stream of bytes into lines, whatever the bytes are.
///
/// A line longer than `limit` comes in pieces, so memory stays bounded however long a line gets. The
/// newline is not part of a line; a carriage return before it is kept.
struct LineSplitter {
  /// One line, or one piece of a line that is too long to hold.
  struct Line: Equatable {
    var bytes: [UInt8]
    /// Whether this piece goes on where the one before it stopped.
    var continuesLine: Bool
    /// Whether a newline follows.
    var endsLine: Bool
  }

  private var pending: [UInt8] = []
  private var midLine = false
  let limit: Int

  init(limit: Int) { self.limit = max(1, limit) }

  /// Takes the next bytes and gives out the lines that they complete.
  mutating func append(_ bytes: UnsafeRawBufferPointer, _ emit: (Line) -> Void) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let room = rest.prefix(limit - pending.count)
      if let newline = room.firstIndex(of: 0x0A) {
        pending.append(contentsOf: room[..<newline])
        rest = rest[(newline + 1)...]
        flush(endsLine: true, emit)
      } else {
        pending.append(contentsOf: room)
        rest = rest.dropFirst(room.count)
        if pending.count == limit, rest.first != 0x0A { flush(endsLine: false, emit) }
        if pending.count == limit, rest.first == 0x0A {
          rest = rest.dropFirst()
          flush(endsLine: true, emit)
        }
      }
    }
  }

  /// Gives out what is left at the end of the stream: a last line without a newline.
  mutating func finish(_ emit: (Line) -> Void) {
    if !pending.isEmpty { flush(endsLine: false, emit) }
  }

  private mutating func flush(endsLine: Bool, _ emit: (Line) -> Void) {
    emit(Line(bytes: pending, continuesLine: midLine, endsLine: endsLine))
    midLine = !endsLine
    pending.removeAll(keepingCapacity: true)
  }
}
