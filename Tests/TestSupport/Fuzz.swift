#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Gives a reader texts that nobody would write: good ones cut, spliced, repeated and spoilt.
///
/// A reader passes when it neither crashes nor hangs and its own checks hold. The short form tries a
/// fixed number of texts; `LL_FUZZ_SECONDS=600` goes on for as long, with a seed that is printed.
public struct Fuzz {
  private let samples: [[UInt8]]
  private let words: [[UInt8]]
  private var random: SeededGenerator

  /// Runs `body` with each text.
  ///
  /// - Parameters:
  ///   - name: Of the reader, for the line that the long form prints.
  ///   - samples: Texts that it reads.
  ///   - words: What its format is made of.
  ///   - count: How many texts the short form tries.
  public static func run(
    _ name: String, samples: [[UInt8]], words: [String], count: Int = 3_000,
    _ body: ([UInt8]) throws -> Void
  ) rethrows {
    let seconds = getenv("LL_FUZZ_SECONDS").flatMap { Int(String(cString: $0)) }
    let seed =
      getenv("LL_FUZZ_SEED").flatMap { Int(String(cString: $0)) }
      ?? (seconds == nil ? 1 : time(nil))
    var fuzz = Fuzz(
      samples: samples, words: words.map { Array($0.utf8) }, random: SeededGenerator(seed: seed))
    let end = seconds.map { time(nil) + $0 }
    var tried = 0
    while end.map({ time(nil) < $0 }) ?? (tried < count) {
      let text = fuzz.next()
      note(text, of: name)
      try body(text)
      tried += 1
    }
    if seconds != nil { print("fuzz: \(name): \(tried) texts, LL_FUZZ_SEED=\(seed)") }
  }

  /// Keeps the text on disk while it is read, where the long form asks for it: a crash leaves it there.
  private static func note(_ text: [UInt8], of name: String) {
    guard let directory = getenv("LL_FUZZ_NOTES").map({ String(cString: $0) }) else { return }
    guard let file = fopen("\(directory)/\(name).last", "w") else { return }
    fwrite(text, 1, text.count, file)
    fclose(file)
  }

  private mutating func next() -> [UInt8] {
    var text = random.oneIn(8) ? [] : random.pick(samples)
    for _ in 0..<random.pick([0, 1, 1, 2, 3, 5, 12]) { change(&text) }
    return text
  }

  private mutating func change(_ text: inout [UInt8]) {
    let (start, end) = range(of: text)
    switch Int.random(in: 0..<10, using: &random) {
    case 0: text.removeSubrange(start..<end)
    case 1: text.removeSubrange(start...)
    case 2:
      let other = random.pick(samples)
      let (from, to) = range(of: other)
      text.insert(contentsOf: other[from..<to], at: start)
    case 3:
      let part = Array(text[start..<end])
      for _ in 0..<random.pick([1, 2, 30]) { text.insert(contentsOf: part.prefix(200), at: end) }
    case 4 where !text.isEmpty:
      text[min(start, text.count - 1)] = UInt8.random(in: 0...255, using: &random)
    case 5 where !text.isEmpty:
      text[min(start, text.count - 1)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 6:
      // Numbers at the limits, as text and as four bytes.
      let number = random.pick([0, 1, -1, 127, 255, 65_535, Int(Int32.max), Int.max, Int.min])
      let bytes =
        random.oneIn(2)
        ? Array("\(number)".utf8)
        : withUnsafeBytes(of: UInt32(truncatingIfNeeded: number).bigEndian) { Array($0) }
      text.replaceSubrange(start..<min(start + bytes.count, text.count), with: bytes)
    case 7:
      let word = words.isEmpty ? [0] : random.pick(words)
      for _ in 0..<random.pick([1, 1, 1, 2, 400]) { text.insert(contentsOf: word, at: start) }
    case 8:
      text.insert(
        contentsOf: random.pick([[0xFF], [0xC3], [0xEF, 0xBB, 0xBF], [0], [0x0D]]), at: start)
    default:
      if !words.isEmpty { text.insert(contentsOf: random.pick(words), at: start) }
    }
  }

  private mutating func range(of text: [UInt8]) -> (Int, Int) {
    let one = Int.random(in: 0...text.count, using: &random)
    let other =
      random.oneIn(2)
      ? Int.random(in: 0...text.count, using: &random)
      : min(text.count, one + random.pick([1, 4, 20]))
    return (min(one, other), max(one, other))
  }
}
