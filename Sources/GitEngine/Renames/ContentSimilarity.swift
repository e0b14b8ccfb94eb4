/// How much of one file is in another, as git estimates it: by the bytes of the lines, or of the
/// pieces of 64 bytes, that both have.
struct ContentSimilarity {
  /// The score of equal files.
  static let most = 60_000
  /// From here on, a file counts as renamed.
  static let threshold = 30_000

  private struct Content {
    var size: Int
    /// By hash, how many bytes.
    var pieces: [UInt32: Int]
  }

  private var known: [ObjectID: Content] = [:]

  /// A score up to `most`; 0 when the sizes alone keep it below `minimum`.
  mutating func score(
    _ source: RenameFinder.File, _ target: RenameFinder.File, minimum: Int,
    _ content: (RenameFinder.File) throws(GitError) -> [UInt8]
  ) throws(GitError) -> Int {
    guard source.entry.mode.isFile, target.entry.mode.isFile else { return 0 }
    let old = try look(at: source, content)
    let new = try look(at: target, content)
    let larger = max(old.size, new.size)
    guard new.size > 0,
      larger * (Self.most - minimum) >= (larger - min(old.size, new.size)) * Self.most
    else { return 0 }
    var shared = 0
    for (hash, size) in old.pieces { shared += min(size, new.pieces[hash] ?? 0) }
    return shared * Self.most / larger
  }

  private mutating func look(
    at file: RenameFinder.File, _ content: (RenameFinder.File) throws(GitError) -> [UInt8]
  ) throws(GitError) -> Content {
    if let content = known[file.entry.id] { return content }
    let bytes = try content(file)
    let made = Content(size: bytes.count, pieces: Self.cut(bytes))
    known[file.entry.id] = made
    return made
  }

  private static func cut(_ bytes: [UInt8]) -> [UInt32: Int] {
    let isText = !bytes.prefix(8000).contains(0)
    var pieces: [UInt32: Int] = [:]
    var (size, low, high) = (0, UInt32(0), UInt32(0))
    for (position, byte) in bytes.enumerated() {
      let next = position + 1 < bytes.count ? bytes[position + 1] : 0
      // A line end of Windows counts as one of Unix.
      if isText, byte == UInt8(ascii: "\r"), next == UInt8(ascii: "\n") { continue }
      (low, high) = ((low << 7) ^ (high >> 25), (high << 7) ^ (low >> 25))
      low &+= UInt32(byte)
      size += 1
      if size < 64, byte != UInt8(ascii: "\n") { continue }
      // As in git, an incomplete piece at the end does not count.
      pieces[(low &+ high &* 0x61) % 107_927, default: 0] += size
      (size, low, high) = (0, 0, 0)
    }
    return pieces
  }
}
