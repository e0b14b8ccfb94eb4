/// Three versions of a text, made by a seed to be hard to compare: few different lines, repeated and
/// moved blocks, the same edits on both sides.
public struct RandomTexts: Sendable {
  /// The common ancestor.
  public let base: [UInt8]
  /// What one side made of it.
  public let ours: [UInt8]
  /// What the other side made of it.
  public let theirs: [UInt8]

  /// The versions for a seed; at most about `longest` lines.
  public init(seed: Int, longest: Int = 60) {
    var random = SeededGenerator(seed: seed)
    var author = Author(random: random, longest: longest)
    var base = author.text()
    let both = author.random.oneIn(3) ? author.edits(base.count) : []
    var ours = base
    var theirs = base
    for _ in 0..<Int.random(in: 0...3, using: &author.random) { author.edit(&ours) }
    for _ in 0..<Int.random(in: 0...3, using: &author.random) { author.edit(&theirs) }
    for edit in both {
      edit.apply(&ours)
      edit.apply(&theirs)
    }
    if author.random.oneIn(25) { base = [] }
    random = author.random
    (self.base, self.ours, self.theirs) = (
      Self.bytes(base, &random), Self.bytes(ours, &random), Self.bytes(theirs, &random)
    )
  }

  private static func bytes(_ lines: [String], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = lines.flatMap { Array("\($0)\n".utf8) }
    if random.oneIn(6), !bytes.isEmpty {
      bytes.removeLast()
      // Half of a line end.
      if bytes.last == UInt8(ascii: "\r"), random.oneIn(2) { bytes.removeLast() }
    }
    return bytes
  }
}

private struct Edit {
  var start: Int
  var count: Int
  var lines: [String]

  func apply(_ text: inout [String]) {
    let start = min(start, text.count)
    text.replaceSubrange(start..<min(start + count, text.count), with: lines)
  }
}

private struct Author {
  var random: SeededGenerator
  let longest: Int
  private let alphabet: [String]
  private let carriageReturns: Int

  init(random: SeededGenerator, longest: Int) {
    self.longest = longest
    self.random = random
    let all: [[String]] = [
      ["a", "b"], ["a", "b", "c", "d", ""], ["{", "}", "", "\treturn;", "\tx();", "int f()"],
      ["", " ", "\t", "x"], (0..<20).map { "line \($0)" }, (0..<400).map { "word \($0)" },
    ]
    alphabet = self.random.pick(all)
    carriageReturns = self.random.pick([0, 0, 0, 0, 1, 2])
  }

  mutating func line() -> String {
    let text = random.pick(alphabet)
    return carriageReturns > 0 && !(carriageReturns == 2 && random.oneIn(4)) ? text + "\r" : text
  }

  mutating func lines(_ most: Int) -> [String] {
    (0..<Int.random(in: 0...most, using: &random)).map { _ in line() }
  }

  mutating func text() -> [String] {
    if random.oneIn(8) {
      // Repetition: one block many times.
      let block = lines(5)
      return (0..<Int.random(in: 0...longest / 2, using: &random)).flatMap { _ in block }
    }
    return lines(longest)
  }

  mutating func edits(_ count: Int) -> [Edit] {
    (0..<Int.random(in: 1...3, using: &random)).map { _ in
      Edit(
        start: Int.random(in: 0...count, using: &random),
        count: Int.random(in: 0...4, using: &random), lines: lines(4))
    }
  }

  mutating func edit(_ text: inout [String]) {
    let start = Int.random(in: 0...text.count, using: &random)
    let count = min(
      Int.random(in: 0...random.pick([2, 8, 30]), using: &random), text.count - start)
    let block = Array(text[start..<start + count])
    switch Int.random(in: 0..<7, using: &random) {
    case 0: text.removeSubrange(start..<start + count)
    case 1: text.insert(contentsOf: lines(random.pick([2, 10])), at: start)
    case 2: text.replaceSubrange(start..<start + count, with: lines(6))
    case 3:
      text.removeSubrange(start..<start + count)
      text.insert(contentsOf: block, at: Int.random(in: 0...text.count, using: &random))
    case 4: text.insert(contentsOf: block, at: Int.random(in: 0...text.count, using: &random))
    case 5: text.replaceSubrange(start..<start + count, with: block.map { " " + $0 })
    default:
      for position in text.indices where random.oneIn(9) { text[position] = line() }
    }
  }
}
