/// One line of a file with ignore rules.
struct IgnorePattern: Sendable {
  /// The glob, without `!` in front and `/` behind.
  private let glob: [UInt8]
  /// How many bytes of it stand for themselves.
  private let literalLength: Int
  let isNegative: Bool
  let needsDirectory: Bool
  /// Whether it is about the last component alone.
  private let isAboutName: Bool
  /// Whether it is a star and then only literals.
  private let isSuffix: Bool

  /// A pattern from a line that is neither empty nor a comment, without spaces behind.
  init(_ line: some Collection<UInt8>) {
    var text = Array(line)
    isNegative = text.first == UInt8(ascii: "!")
    if isNegative { text.removeFirst() }
    let literals = text.prefix { !WildMatch.isSpecial($0) }.count
    isSuffix =
      text.first == UInt8(ascii: "*") && !text.dropFirst().contains(where: WildMatch.isSpecial)
    needsDirectory = text.last == slash
    if needsDirectory { text.removeLast() }
    isAboutName = !text.contains(slash)
    literalLength = min(literals, text.count)
    glob = text
  }

  /// All patterns of a file, in order.
  static func parse(_ file: [UInt8]) -> [IgnorePattern] {
    var rest = file[...]
    if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
    var patterns: [IgnorePattern] = []
    for line in rest.split(separator: UInt8(ascii: "\n")) where line.first != UInt8(ascii: "#") {
      var line = line
      if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
      line = line.prefix { $0 != 0 }
      patterns.append(IgnorePattern(trimmed(line)))
    }
    return patterns
  }

  /// Without the spaces behind, unless a backslash keeps them.
  private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var firstSpace: Int?
    var position = line.startIndex
    while position < line.endIndex {
      switch line[position] {
      case UInt8(ascii: " "): firstSpace = firstSpace ?? position
      case UInt8(ascii: "\\"):
        position += 1
        if position == line.endIndex { return line }
        firstSpace = nil
      default: firstSpace = nil
      }
      position += 1
    }
    return firstSpace.map { line[..<$0] } ?? line
  }

  /// Whether the rule is about a path.
  ///
  /// - Parameters:
  ///   - path: From the root of the checkout.
  ///   - base: The length of the directory that the rule's file lies in, with its slash.
  ///   - nameStart: Where the last component begins.
  func matches(
    _ path: UnsafeBufferPointer<UInt8>, base: Int, nameStart: Int, ignoresCase: Bool
  ) -> Bool {
    glob.withUnsafeBufferPointer { glob in
      isAboutName
        ? matchesName(glob, UnsafeBufferPointer(rebasing: path[nameStart...]), ignoresCase)
        : matchesPath(glob, UnsafeBufferPointer(rebasing: path[base...]), ignoresCase)
    }
  }

  private func matchesName(
    _ glob: UnsafeBufferPointer<UInt8>, _ name: UnsafeBufferPointer<UInt8>, _ ignoresCase: Bool
  ) -> Bool {
    if literalLength == glob.count { return equal(glob[...], name[...], ignoresCase) }
    if isSuffix {
      return glob.count - 1 <= name.count
        && equal(glob.dropFirst(), name.suffix(glob.count - 1), ignoresCase)
    }
    return WildMatch(separatesDirectories: false, ignoresCase: ignoresCase).matches(glob, name)
  }

  private func matchesPath(
    _ glob: UnsafeBufferPointer<UInt8>, _ path: UnsafeBufferPointer<UInt8>, _ ignoresCase: Bool
  ) -> Bool {
    let anchor = glob.first == slash ? 1 : 0
    // A backslash or a star in front leaves no literals, whatever follows.
    let literals = max(literalLength - anchor, 0)
    let glob = glob.dropFirst(anchor)
    guard literals <= path.count,
      equal(glob.prefix(literals), path.prefix(literals), ignoresCase)
    else { return false }
    // git matches the rest by itself: two stars behind a literal thus count as a directory's.
    return WildMatch(separatesDirectories: true, ignoresCase: ignoresCase).matches(
      UnsafeBufferPointer(rebasing: glob.dropFirst(literals)),
      UnsafeBufferPointer(rebasing: path.dropFirst(literals)))
  }
}

private let slash = UInt8(ascii: "/")

private func equal(
  _ left: Slice<UnsafeBufferPointer<UInt8>>, _ right: Slice<UnsafeBufferPointer<UInt8>>,
  _ ignoresCase: Bool
) -> Bool {
  guard left.count == right.count else { return false }
  return ignoresCase
    ? zip(left, right).allSatisfy { $0.lowercased == $1.lowercased }
    : zip(left, right).allSatisfy { $0 == $1 }
}
