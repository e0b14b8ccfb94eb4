/// Pairs files that are gone with files that are new, as git does for `status` and `diff`.
///
/// First come equal files; then files of one name, if there is one of it on each side; then all that is
/// left, each with each.
struct RenameFinder {
  struct File {
    var path: RepositoryPath
    var entry: TreeEntry
  }

  struct Pair {
    var source: File
    var target: File
    /// Up to ``ContentSimilarity/most``.
    var score: Int
  }

  /// In order of path.
  var sources: [File] = []
  /// In order of path.
  var targets: [File] = []
  /// More than the square of this many comparisons are not made; none, when it is 0.
  var limit: Int

  private var isUsed: [Bool] = []
  private var found: [Int: (source: Int, score: Int)] = [:]

  init(limit: Int) { self.limit = limit }

  /// - Parameter content: The bytes of a file.
  mutating func find(
    _ content: (File) throws(GitError) -> [UInt8]
  ) throws(GitError) -> [Pair] {
    guard !sources.isEmpty, !targets.isEmpty else { return [] }
    isUsed = Array(repeating: false, count: sources.count)
    pairEqualFiles()
    if found.count < targets.count {
      var similarity = ContentSimilarity()
      let (sources, targets) = (sources, targets)
      func score(_ source: Int, _ target: Int, _ minimum: Int) throws(GitError) -> Int {
        try similarity.score(sources[source], targets[target], minimum: minimum, content)
      }
      try pairByName(score)
      try pairBySimilarity(score)
    }
    return targets.indices.compactMap { target in
      found[target].map {
        Pair(source: sources[$0.source], target: targets[target], score: $0.score)
      }
    }
  }

  private mutating func pair(_ source: Int, _ target: Int, _ score: Int) {
    isUsed[source] = true
    found[target] = (source, score)
  }

  private mutating func pairEqualFiles() {
    let byID = Dictionary(grouping: sources.indices) { sources[$0].entry.id }
    for target in targets.indices {
      let new = targets[target]
      var best: Int?
      // git, too, looks at so many only.
      for source in (byID[new.entry.id] ?? []).prefix(101) where !isUsed[source] {
        let old = sources[source]
        guard old.entry.mode == new.entry.mode || old.entry.mode.isFile && new.entry.mode.isFile
        else { continue }
        if old.path.lastComponent == new.path.lastComponent {
          best = source
          break
        }
        best = best ?? source
      }
      if let best { pair(best, target, ContentSimilarity.most) }
    }
  }

  private typealias Score = (Int, Int, Int) throws(GitError) -> Int

  private mutating func pairByName(_ score: Score) throws(GitError) {
    let openSources = sources.indices.filter { !isUsed[$0] }
    let openTargets = targets.indices.filter { found[$0] == nil }
    let sourcesByName = Dictionary(grouping: openSources) { sources[$0].path.lastComponent }
    let targetsByName = Dictionary(grouping: openTargets) { targets[$0].path.lastComponent }
    let minimum = (ContentSimilarity.threshold + ContentSimilarity.most) / 2
    for source in openSources {
      let name = sources[source].path.lastComponent
      guard sourcesByName[name]?.count == 1, let named = targetsByName[name], named.count == 1,
        found[named[0]] == nil
      else { continue }
      let value = try score(source, named[0], minimum)
      if value >= minimum { pair(source, named[0], value) }
    }
  }

  private struct Candidate {
    var source: Int
    var target: Int
    var score: Int
    var hasSameName: Bool

    func isBetter(than other: Candidate) -> Bool {
      score != other.score ? score > other.score : hasSameName && !other.hasSameName
    }
  }

  private mutating func pairBySimilarity(_ score: Score) throws(GitError) {
    let openSources = sources.indices.filter { !isUsed[$0] }
    let openTargets = targets.indices.filter { found[$0] == nil }
    guard limit <= 0 || openSources.count * openTargets.count <= limit * limit else { return }
    var candidates: [Candidate] = []
    for target in openTargets {
      // The four best, in the places where git keeps them.
      var best: [Candidate] = []
      for source in openSources {
        let candidate = Candidate(
          source: source, target: target,
          score: try score(source, target, ContentSimilarity.threshold),
          hasSameName: sources[source].path.lastComponent == targets[target].path.lastComponent)
        guard best.count == 4 else {
          best.append(candidate)
          continue
        }
        var worst = 0
        for place in 1..<4 where best[worst].isBetter(than: best[place]) { worst = place }
        if candidate.isBetter(than: best[worst]) { best[worst] = candidate }
      }
      candidates += best
    }
    let order = candidates.indices.sorted { a, b in
      if candidates[a].isBetter(than: candidates[b]) { return true }
      return candidates[b].isBetter(than: candidates[a]) ? false : a < b
    }
    for place in order {
      let candidate = candidates[place]
      guard candidate.score >= ContentSimilarity.threshold else { break }
      guard found[candidate.target] == nil, !isUsed[candidate.source] else { continue }
      pair(candidate.source, candidate.target, candidate.score)
    }
  }
}
