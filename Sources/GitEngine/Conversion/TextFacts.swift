/// What git counts to tell text from other content.
struct TextFacts {
  var loneCarriageReturns = 0
  var loneLineFeeds = 0
  /// A carriage return with a line feed behind.
  var pairs = 0
  private var zeros = 0
  private var printable = 0
  private var others = 0

  init(_ content: [UInt8]) {
    content.withUnsafeBufferPointer { bytes in
      var position = 0
      while position < bytes.count {
        let byte = bytes[position]
        position += 1
        switch byte {
        case carriageReturn:
          if position < bytes.count, bytes[position] == lineFeed {
            pairs += 1
            position += 1
          } else {
            loneCarriageReturns += 1
          }
        case lineFeed: loneLineFeeds += 1
        case 0:
          zeros += 1
          others += 1
        // Backspace, tab, form feed and escape are in many a text.
        case 8, 9, 12, 27: printable += 1
        case 1..<32, 127: others += 1
        default: printable += 1
        }
      }
    }
    // An end-of-file mark of old times.
    if content.last == 26 { others -= 1 }
  }

  var looksBinary: Bool { loneCarriageReturns > 0 || zeros > 0 || printable >> 7 < others }
}
