/// One line of an attributes file.
struct AttributeLine: Sendable {
  /// One attribute of a line.
  struct Assignment: Sendable {
    var name: [UInt8]
    var state: State
  }

  enum State: Hashable, Sendable {
    case set
    case unset
    /// As if no line said anything.
    case unspecified
    case text([UInt8])
  }

  enum Subject: Sendable {
    /// The paths that a pattern covers.
    case paths(IgnorePattern)
    /// What an attribute of this name stands for.
    case macro([UInt8])
  }

  var subject: Subject
  /// In the order of the line: the last one of a name counts.
  var assignments: [Assignment]
}

extension AttributeLine {
  /// All lines of a file that mean something; as in git, one with a mistake means nothing.
  ///
  /// - Parameter allowsMacros: Whether the file may define some.
  static func parse(_ file: [UInt8], allowsMacros: Bool) -> [AttributeLine] {
    var rest = file[...]
    if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
    // git takes a file for text that ends at a zero byte.
    rest = rest.prefix { $0 != 0 }
    return rest.split(separator: UInt8(ascii: "\n")).compactMap {
      AttributeLine($0, allowsMacros: allowsMacros)
    }
  }

  private init?(_ line: ArraySlice<UInt8>, allowsMacros: Bool) {
    guard line.count < Self.longest else { return nil }
    var rest = line.drop(while: Self.isBlank)
    guard let first = rest.first, first != UInt8(ascii: "#") else { return nil }
    let name: [UInt8]
    if first == UInt8(ascii: "\""), let (text, behind) = Self.unquoted(rest) {
      (name, rest) = (text, behind)
    } else {
      name = Array(rest.prefix { !Self.isBlank($0) })
      rest = rest.dropFirst(name.count)
    }
    let mark = Array("[attr]".utf8)
    if name.count > mark.count, name.starts(with: mark) {
      let macro = Array(name.dropFirst(mark.count))
      guard allowsMacros, Self.isName(macro[...]) else { return nil }
      subject = .macro(macro)
    } else {
      let pattern = IgnorePattern(name)
      guard !pattern.isNegative else { return nil }
      subject = .paths(pattern)
    }
    assignments = []
    for field in rest.split(whereSeparator: Self.isBlank) {
      guard let assignment = Assignment(field) else { return nil }
      assignments.append(assignment)
    }
  }

  /// git leaves out lines that are longer.
  private static let longest = 2048

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }

  fileprivate static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard let first = bytes.first, first != UInt8(ascii: "-") else { return false }
    return bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
        UInt8(ascii: "."):
        true
      default: false
      }
    }
  }

  /// The text in double quotes that a line begins with, as C would read it, and what is behind;
  /// `nil` when it does not end well.
  private static func unquoted(_ line: ArraySlice<UInt8>) -> ([UInt8], ArraySlice<UInt8>)? {
    var text: [UInt8] = []
    var rest = line.dropFirst()
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""): return (text, rest)
      case UInt8(ascii: "\\"):
        guard let escaped = rest.popFirst() else { return nil }
        if let plain = escapes[escaped] {
          text.append(plain)
        } else if (UInt8(ascii: "0")...UInt8(ascii: "3")).contains(escaped) {
          var value = Int(escaped - UInt8(ascii: "0"))
          for _ in 0..<2 {
            guard let digit = rest.popFirst(),
              (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit)
            else { return nil }
            value = value * 8 + Int(digit - UInt8(ascii: "0"))
          }
          text.append(UInt8(value))
        } else {
          return nil
        }
      default: text.append(byte)
      }
    }
    return nil
  }

  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10,
    UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9, UInt8(ascii: "v"): 11,
    UInt8(ascii: "\\"): UInt8(ascii: "\\"), UInt8(ascii: "\""): UInt8(ascii: "\""),
  ]
}

extension AttributeLine.Assignment {
  /// `name`, `-name`, `!name` or `name=text`; `nil` when the name is none.
  fileprivate init?(_ field: ArraySlice<UInt8>) {
    let equals = field.firstIndex(of: UInt8(ascii: "="))
    var name = field[..<(equals ?? field.endIndex)]
    var state = equals.map { AttributeLine.State.text(Array(field[($0 + 1)...])) } ?? .set
    if name.first == UInt8(ascii: "-") { state = .unset }
    if name.first == UInt8(ascii: "!") { state = .unspecified }
    if state == .unset || state == .unspecified { name = name.dropFirst() }
    guard AttributeLine.isName(name) else { return nil }
    (self.name, self.state) = (Array(name), state)
  }
}
