internal import CLibGit2

/// The checksum at the end of an index file.
///
/// By the processor's own instructions where it has them. Not for the ids of objects: libgit2
/// computes those, with a guard against made-up collisions.
struct SHA1 {
  static let hasInstructions = cgit2_has_sha1() != 0

  private let usesInstructions: Bool
  private var state: (UInt32, UInt32, UInt32, UInt32, UInt32) =
    (0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0)

  private init(usesInstructions: Bool) { self.usesInstructions = usesInstructions }

  /// The 20 bytes for some content.
  static func hash(
    _ bytes: UnsafeRawBufferPointer, usingInstructions: Bool = hasInstructions
  ) -> [UInt8] {
    var hash = SHA1(usesInstructions: usingInstructions)
    let whole = bytes.count / 64 * 64
    hash.add(UnsafeRawBufferPointer(rebasing: bytes[..<whole]))
    // One bit, zeros, and the length in bits make whole blocks of the rest.
    var tail = Array(bytes[whole...]) + [0x80]
    tail += [UInt8](repeating: 0, count: (120 - tail.count % 64) % 64)
    let bits = UInt64(bytes.count) * 8
    tail += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
    tail.withUnsafeBytes { hash.add($0) }
    let words = [hash.state.0, hash.state.1, hash.state.2, hash.state.3, hash.state.4]
    return words.flatMap { word in
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
    }
  }

  /// Takes blocks of 64 bytes.
  private mutating func add(_ bytes: UnsafeRawBufferPointer) {
    if usesInstructions {
      withUnsafeMutableBytes(of: &state) {
        cgit2_sha1_blocks(
          $0.assumingMemoryBound(to: UInt32.self).baseAddress, bytes.baseAddress, bytes.count / 64)
      }
      return
    }
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 16) { words in
      guard let words = words.baseAddress, let start = bytes.baseAddress else { return }
      for block in stride(from: 0, to: bytes.count, by: 64) { mix(start + block, words) }
    }
  }

  /// - Parameter words: Room for the last 16 words of the schedule.
  @inline(__always)
  private mutating func mix(_ block: UnsafeRawPointer, _ words: UnsafeMutablePointer<UInt32>) {
    var (a, b, c, d, e) = state
    @inline(__always)
    func round(_ word: UInt32, _ choice: UInt32, _ constant: UInt32) {
      let next = (a << 5 | a >> 27) &+ choice &+ e &+ constant &+ word
      (e, d, c, b, a) = (d, c, b << 30 | b >> 2, a, next)
    }
    @inline(__always)
    func word(_ number: Int) -> UInt32 {
      let mixed =
        words[(number + 13) & 15] ^ words[(number + 8) & 15] ^ words[(number + 2) & 15]
        ^ words[number & 15]
      let word = mixed << 1 | mixed >> 31
      words[number & 15] = word
      return word
    }
    for number in 0..<16 {
      let word = UInt32(
        bigEndian: block.loadUnaligned(fromByteOffset: 4 * number, as: UInt32.self))
      words[number] = word
      round(word, d ^ (b & (c ^ d)), 0x5A82_7999)
    }
    for number in 16..<20 { round(word(number), d ^ (b & (c ^ d)), 0x5A82_7999) }
    for number in 20..<40 { round(word(number), b ^ c ^ d, 0x6ED9_EBA1) }
    for number in 40..<60 { round(word(number), (b & c) | (d & (b | c)), 0x8F1B_BCDC) }
    for number in 60..<80 { round(word(number), b ^ c ^ d, 0xCA62_C1D6) }
    state = (state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e)
  }
}
