#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// How much of one file is in another, as git estimates it.
///
/// A file is cut into pieces that end with a line end or after 64 bytes. What counts is how many bytes
/// of the pieces of one file are in the other, whatever their order.
final class Similarity {
  /// The score of equal files.
  static let most = 60_000
  /// From here on, a file counts as renamed: one half.
  static let threshold = 30_000
  /// The same for files that kept their name: between the two.
  static let nameThreshold = 45_000

  /// A blob, as a number.
  typealias Content = Int

  /// The pieces of a file: by hash, how many bytes; in order of the hashes.
  struct Pieces {
    var hashes: [UInt32] = []
    var sizes: [UInt32] = []
  }

  private struct Known {
    var id: ObjectID
    var size: Int?
    var pieces: Pieces?
  }

  private let objects: MergeObjects
  private var numbers: [ObjectID: Content] = [:]
  private var known: [Known] = []
  /// By hash, how many bytes; all zero between two files.
  private var scratch = [UInt32](repeating: 0, count: Similarity.hashes)
  /// All hashes are below this.
  static let hashes = 107_927

  init(_ objects: MergeObjects) { self.objects = objects }

  /// The number of a blob.
  func content(_ id: ObjectID) -> Content {
    if let number = numbers[id] { return number }
    numbers[id] = known.count
    known.append(Known(id: id))
    return known.count - 1
  }

  /// A score from 0 to `most`; 0 if the sizes alone keep it below `minimum`.
  func score(_ source: Content, _ target: Content, minimum: Int) throws(GitError) -> Int {
    guard try mayReach(minimum, source, target) else { return 0 }
    let shared = Self.shared(try pieces(source), try pieces(target))
    return try score(source, target, shared: shared)
  }

  /// The score of files that have so many bytes in common.
  func score(_ source: Content, _ target: Content, shared: Int) throws(GitError) -> Int {
    Int(Double(shared) * Double(Self.most) / Double(max(try size(source), try size(target))))
  }

  /// Whether the sizes allow for a score.
  func mayReach(_ minimum: Int, _ source: Content, _ target: Content) throws(GitError) -> Bool {
    let sizes = (try size(source), try size(target))
    let (larger, smaller) = (max(sizes.0, sizes.1), min(sizes.0, sizes.1))
    return sizes.1 > 0 && larger * (Self.most - minimum) >= (larger - smaller) * Self.most
  }

  private func size(_ content: Content) throws(GitError) -> Int {
    if let size = known[content].size { return size }
    let size = try objects.size(known[content].id)
    known[content].size = size
    return size
  }

  /// The pieces of a blob.
  func pieces(_ content: Content) throws(GitError) -> Pieces {
    if let pieces = known[content].pieces { return pieces }
    let pieces = cut(try objects.blob(known[content].id))
    known[content].pieces = pieces
    return pieces
  }

  private static func shared(_ source: Pieces, _ target: Pieces) -> Int {
    var (i, j, shared) = (0, 0, 0)
    while i < source.hashes.count, j < target.hashes.count {
      if source.hashes[i] < target.hashes[j] {
        i += 1
      } else if source.hashes[i] > target.hashes[j] {
        j += 1
      } else {
        shared += Int(min(source.sizes[i], target.sizes[j]))
        i += 1
        j += 1
      }
    }
    return shared
  }

  /// The sign by which git tells that a file has no lines: a zero byte near the start.
  static func isBinary(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return false }
      return memchr(start, 0, min(bytes.count, 8000)) != nil
    }
  }

  private func cut(_ bytes: [UInt8]) -> Pieces {
    let isText = !Self.isBinary(bytes)
    let (newline, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    var pieces = Pieces()
    bytes.withUnsafeBufferPointer { bytes in
      scratch.withUnsafeMutableBufferPointer { scratch in
        var (size, a, b) = (UInt32(0), UInt32(0), UInt32(0))
        for position in bytes.indices {
          let byte = bytes[position]
          // A line end of Windows counts as one of Unix.
          if isText, byte == carriageReturn, position + 1 < bytes.count,
            bytes[position + 1] == newline
          {
            continue
          }
          let old = a
          a = (a << 7) ^ (b >> 25)
          b = (b << 7) ^ (old >> 25)
          a &+= UInt32(byte)
          size += 1
          if size < 64, byte != newline { continue }
          let hash = (a &+ b &* 0x61) % UInt32(Self.hashes)
          if scratch[Int(hash)] == 0 { pieces.hashes.append(hash) }
          scratch[Int(hash)] &+= size
          (size, a, b) = (0, 0, 0)
        }
        pieces.hashes.sort()
        pieces.sizes.reserveCapacity(pieces.hashes.count)
        for hash in pieces.hashes {
          pieces.sizes.append(scratch[Int(hash)])
          scratch[Int(hash)] = 0
        }
      }
    }
    return pieces
  }
}
