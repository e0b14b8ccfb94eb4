/// The order in which git goes through its hash tables.
///
/// Where two renames are equally good, git takes the one that it comes across first. To find the
/// same one, the engine has to come across them in the same order.
struct BucketOrder {
  static let emptyHash: UInt32 = 0x811c_9dc5

  /// One more byte of FNV-1.
  static func hash(_ byte: UInt8, into hash: UInt32) -> UInt32 {
    (hash &* 0x0100_0193) ^ UInt32(byte)
  }

  /// The order of elements that were put into a new table one after the other.
  static func order(_ hashes: [UInt32]) -> [Int] {
    var table = BucketOrder()
    for (index, hash) in hashes.enumerated() { table.add(index, hash, hashes) }
    return table.buckets.flatMap { $0.reversed() }
  }

  /// The last one added is the first one met.
  private var buckets: [[Int]] = Array(repeating: [], count: 64)
  private var count = 0

  private mutating func add(_ index: Int, _ hash: UInt32, _ hashes: [UInt32]) {
    buckets[Int(hash) & (buckets.count - 1)].append(index)
    count += 1
    guard count > buckets.count * 80 / 100 else { return }
    let old = buckets
    buckets = Array(repeating: [], count: old.count * 4)
    for bucket in old {
      for element in bucket.reversed() {
        buckets[Int(hashes[element]) & (buckets.count - 1)].append(element)
      }
    }
  }
}
