/// The similarity of files with each of many sources.
///
/// Most files have little in common. So it is looked up, for the pieces of one file, which sources have
/// them: that finds the same as to compare it with each source, in a fraction of the time.
struct SimilarityTable {
  private struct Place {
    var source: Int32
    var size: UInt32
  }

  private let similarity: Similarity
  private let minimum: Int
  /// `nil` for what is no file.
  private let sources: [Similarity.Content?]
  /// By the hash of a piece, where its places begin; and behind them, where they end.
  private var starts: [Int32] = []
  private var places: [Place] = []
  /// How many bytes a target shares with each source.
  private var shared: [Int]

  /// With fewer sources to compare with, each by itself is faster.
  private static let few = 8

  /// - Parameters:
  ///   - similarity: What knows the files.
  ///   - sources: The sources; `nil` for what is no file.
  ///   - targets: All files that will be asked for.
  ///   - minimum: Where sizes alone keep a score below this, it is 0.
  init(
    _ similarity: Similarity, sources: [Similarity.Content?], targets: [Similarity.Content],
    minimum: Int
  ) throws(GitError) {
    self.similarity = similarity
    self.sources = sources
    self.minimum = minimum
    shared = Array(repeating: 0, count: sources.count)
    guard sources.count > Self.few, targets.count > 1 else { return }
    try makeIndex(targets)
  }

  private mutating func makeIndex(_ targets: [Similarity.Content]) throws(GitError) {
    var pieces: [(source: Int32, pieces: Similarity.Pieces)] = []
    for (position, source) in sources.enumerated() {
      guard let source else { continue }
      var isNeeded = false
      for target in targets where try similarity.mayReach(minimum, source, target) {
        isNeeded = true
        break
      }
      if isNeeded { pieces.append((Int32(position), try similarity.pieces(source))) }
    }
    starts = Array(repeating: 0, count: Similarity.hashes + 1)
    for (_, pieces) in pieces {
      for hash in pieces.hashes { starts[Int(hash)] += 1 }
    }
    var end: Int32 = 0
    for hash in starts.indices {
      end += starts[hash]
      starts[hash] = end
    }
    places = Array(repeating: Place(source: 0, size: 0), count: Int(end))
    for (source, pieces) in pieces {
      for (hash, size) in zip(pieces.hashes, pieces.sizes) {
        starts[Int(hash)] -= 1
        places[Int(starts[Int(hash)])] = Place(source: source, size: size)
      }
    }
  }

  /// The scores of a file, from 0 to `Similarity.most`, with each source.
  mutating func scores(of target: Similarity.Content) throws(GitError) -> [Int] {
    var compared: [(position: Int, source: Similarity.Content)] = []
    for (position, source) in sources.enumerated() {
      if let source, try similarity.mayReach(minimum, source, target) {
        compared.append((position, source))
      }
    }
    var scores = [Int](repeating: 0, count: sources.count)
    guard compared.count > Self.few, !starts.isEmpty else {
      for (position, source) in compared {
        scores[position] = try similarity.score(source, target, minimum: minimum)
      }
      return scores
    }
    count(try similarity.pieces(target))
    for (position, source) in compared {
      scores[position] = try similarity.score(source, target, shared: shared[position])
    }
    return scores
  }

  private mutating func count(_ pieces: Similarity.Pieces) {
    for source in shared.indices { shared[source] = 0 }
    for (hash, size) in zip(pieces.hashes, pieces.sizes) {
      for place in places[Int(starts[Int(hash)])..<Int(starts[Int(hash) + 1])] {
        shared[Int(place.source)] += Int(min(size, place.size))
      }
    }
  }
}
