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

  /// The pieces of a file: by hash, how many bytes.
  private struct Pieces {
    var hashes: [UInt32] = []
    var sizes: [UInt32] = []
  }

  private let objects: MergeObjects
  private var known: [ObjectID: Pieces] = [:]
  /// By hash, how many bytes; all zero between two files.
  private var scratch = [UInt32](repeating: 0, count: Int(Similarity.hashes))
  private static let hashes: UInt32 = 107_927

  init(_ objects: MergeObjects) { self.objects = objects }

  /// A score from 0 to `most`; 0 if it cannot reach `minimum`.
  func score(_ source: TreeEntry, _ target: TreeEntry, minimum: Int) throws(GitError) -> Int {
    guard source.mode.isFile, target.mode.isFile else { return 0 }
    let sizes = (try objects.size(source.id), try objects.size(target.id))
    let (larger, smaller) = (max(sizes.0, sizes.1), min(sizes.0, sizes.1))
    if larger * (Self.most - minimum) < (larger - smaller) * Self.most { return 0 }
    guard sizes.1 > 0 else { return 0 }
    let shared = Self.shared(try pieces(source.id), try pieces(target.id))
    return Int(Double(shared) * Double(Self.most) / Double(larger))
  }

  /// The sign by which git tells that a file has no lines: a zero byte near the start.
  static func isBinary(_ bytes: [UInt8]) -> Bool { bytes.prefix(8000).contains(0) }

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

  private func pieces(_ id: ObjectID) throws(GitError) -> Pieces {
    if let pieces = known[id] { return pieces }
    let pieces = cut(try objects.blob(id))
    known[id] = pieces
    return pieces
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
          let hash = (a &+ b &* 0x61) % Self.hashes
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
