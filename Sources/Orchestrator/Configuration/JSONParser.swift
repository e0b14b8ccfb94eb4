/// Reads JSON text and remembers on which line each key of an object stands.
///
/// The decoder of Foundation takes trailing commas and 1.0 for an integer, and off Apple's
/// systems says nothing about where a text is wrong.
struct JSONParser {
  /// Why a text is not JSON, and where.
  struct Failure: Error, Hashable {
    let why: String
    let line: Int
    let column: Int
  }

  private let bytes: [UInt8]
  private var position = 0
  private var path: [String] = []
  private var lines: [[String]: Int] = [:]
  private static let maximumDepth = 128

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// Reads a whole text.
  static func parse(
    _ bytes: [UInt8]
  ) throws(Failure) -> (value: JSONValue, lines: [[String]: Int]) {
    var parser = JSONParser(bytes)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == bytes.count else {
      throw parser.failure("expected the end of the file")
    }
    return (value, parser.lines)
  }

  private mutating func value(depth: Int) throws(Failure) -> JSONValue {
    skipSpace()
    guard depth < Self.maximumDepth else { throw failure("nested too deeply") }
    switch peek {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t") where take("true"): return .bool(true)
    case UInt8(ascii: "f") where take("false"): return .bool(false)
    case UInt8(ascii: "n") where take("null"): return .null
    case .some(let byte) where byte == UInt8(ascii: "-") || byte.isASCIIDigit:
      return try number()
    case .none: throw failure("the file ends where a value is expected")
    default: throw failure("expected a value")
    }
  }

  private mutating func object(depth: Int) throws(Failure) -> JSONValue {
    position += 1
    var members: [String: JSONValue] = [:]
    if takeAfterSpace("}") { return .object(members) }
    repeat {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw failure("expected a key in double quotes") }
      let line = place(of: position).line
      let key = try string()
      guard takeAfterSpace(":") else { throw failure("expected ':' behind the key \"\(key)\"") }
      path.append(key)
      lines[path] = line
      members[key] = try value(depth: depth + 1)
      path.removeLast()
    } while takeAfterSpace(",")
    guard takeAfterSpace("}") else { throw failure("expected ',' or '}'") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(Failure) -> JSONValue {
    position += 1
    var elements: [JSONValue] = []
    if takeAfterSpace("]") { return .array(elements) }
    repeat { elements.append(try value(depth: depth + 1)) } while takeAfterSpace(",")
    guard takeAfterSpace("]") else { throw failure("expected ',' or ']'") }
    return .array(elements)
  }

  private mutating func number() throws(Failure) -> JSONValue {
    let start = position
    _ = take("-")
    let whole = digits()
    var isInteger = true
    var isValid = whole == 1 || (whole > 1 && bytes[position - whole] != UInt8(ascii: "0"))
    if take(".") {
      isInteger = false
      isValid = digits() > 0 && isValid
    }
    if take("e") || take("E") {
      isInteger = false
      _ = take("+") || take("-")
      isValid = digits() > 0 && isValid
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard isValid else { throw failure("'\(text)' is not a number", at: start) }
    if isInteger, let value = Int(text) { return .integer(value) }
    guard let value = Double(text) else { throw failure("'\(text)' is not a number", at: start) }
    return .number(value)
  }

  private mutating func digits() -> Int {
    let count = bytes[position...].prefix(while: \.isASCIIDigit).count
    position += count
    return count
  }

  private mutating func string() throws(Failure) -> String {
    let start = position
    position += 1
    var units: [UInt8] = []
    while let byte = peek, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw failure("a line break or control character in a text") }
      position += 1
      if byte == UInt8(ascii: "\\") {
        units.append(contentsOf: try escape().utf8)
      } else {
        units.append(byte)
      }
    }
    guard take("\"") else { throw failure("a text that does not end", at: start) }
    guard let text = String(validating: units, as: UTF8.self) else {
      throw failure("a text that is not UTF-8", at: start)
    }
    return text
  }

  private mutating func escape() throws(Failure) -> String {
    let start = position - 1
    let letter = peek
    position += 1
    switch letter {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var units = [hexadecimal()]
      if let high = units[0], UTF16.isLeadSurrogate(high), take("\\u") {
        units.append(hexadecimal())
      }
      let known = units.compactMap(\.self)
      if known.count == units.count, let text = String(validating: known, as: UTF16.self) {
        return text
      }
    default: break
    }
    throw failure("an escape that JSON does not have", at: start)
  }

  private mutating func hexadecimal() -> UInt16? {
    let digits = bytes[position...].prefix(4)
    position += digits.count
    guard digits.count == 4, digits.allSatisfy({ $0.isASCIIDigit || $0.isASCIILetter }) else {
      return nil
    }
    return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  private mutating func take(_ text: StaticString) -> Bool {
    let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    guard bytes[min(position, bytes.count)...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  private mutating func takeAfterSpace(_ text: StaticString) -> Bool {
    skipSpace()
    return take(text)
  }

  private func failure(_ why: String, at offset: Int? = nil) -> Failure {
    let place = place(of: min(offset ?? position, bytes.count))
    return Failure(why: why, line: place.line, column: place.column)
  }

  private func place(of offset: Int) -> (line: Int, column: Int) {
    let before = bytes[..<offset]
    let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let column = String(decoding: before[start...], as: UTF8.self).count
    return (before.count { $0 == 0x0A } + 1, column + 1)
  }
}
