/// Pairs the files that vanished on one side of a merge with those that appeared there.
///
/// First come equal files. Then those that kept their name, or whose directory seems to have moved.
/// What is left is compared, each with each, unless that is too much.
struct RenameSearch {
  private struct Source {
    var path: PathID
    var entry: TreeEntry
    /// `nil` for what is no file.
    var content: Similarity.Content?
    var isUsed = false
  }

  private struct Target {
    var path: PathID
    var entry: TreeEntry
    /// `nil` for what is no file.
    var content: Similarity.Content?
    /// The source that it was paired with.
    var source: Int?
  }

  /// A pair that may become a rename.
  private struct Candidate {
    var source: Int
    var target: Int
    var score: Int
    var hasSameName: Bool

    func isBetter(than other: Candidate) -> Bool {
      score != other.score ? score > other.score : hasSameName && !other.hasSameName
    }
  }

  private let objects: MergeObjects
  private let similarity: Similarity
  private let checkCancellation: () throws(GitError) -> Void
  private var sources: [Source] = []
  private var targets: [Target] = []
  /// The sources that are still looked at.
  private var open: [Int] = []
  private var directoryGuesses = PathMap<PathID>()

  /// The limit that a full search would have taken, if it was not done.
  private(set) var neededLimit: Int?

  init(
    _ objects: MergeObjects, _ similarity: Similarity,
    checkCancellation: @escaping () throws(GitError) -> Void
  ) {
    self.objects = objects
    self.similarity = similarity
    self.checkCancellation = checkCancellation
  }

  /// Turns the added and deleted files of a side into renamed ones.
  mutating func run(
    _ side: inout SideRenames, _ table: inout PathTable, limit: Int
  ) throws(GitError) {
    let empty = try objects.emptyBlob()
    for pair in side.pairs {
      if let old = pair.old, old.id != empty {
        sources.append(Source(path: pair.source, entry: old, content: content(old)))
      } else if pair.isAdded, let new = pair.new, new.id != empty {
        targets.append(Target(path: pair.target, entry: new, content: content(new)))
      }
    }
    guard !sources.isEmpty, !targets.isEmpty else { return }
    pairEqualFiles(table)
    open = sources.indices.filter { !sources[$0].isUsed }
    countDirectories(&side, &table)
    try pairByName(&side, &table)
    open = open.filter {
      !sources[$0].isUsed && side.relevantSources.contains(sources[$0].path)
    }
    dropWhatIsDecided(&side, table)
    try pairBySimilarity(&side, &table, limit: limit)
    forgetUnneededCounts(&side)
    writeBack(&side)
  }

  private func content(_ entry: TreeEntry) -> Similarity.Content? {
    entry.mode.isFile ? similarity.content(entry.id) : nil
  }

  private mutating func pair(
    _ source: Int, _ target: Int, _ side: inout SideRenames, _ table: inout PathTable
  ) {
    sources[source].isUsed = true
    targets[target].source = source
    side.count(sources[source].path, targets[target].path, table)
  }

  // MARK: Equal files

  private mutating func pairEqualFiles(_ table: PathTable) {
    var byID: [ObjectID: [Int]] = [:]
    for (index, source) in sources.enumerated() { byID[source.entry.id, default: []].append(index) }
    for index in targets.indices {
      let target = targets[index]
      var best: (source: Int, hasSameName: Bool)?
      var triesLeft = 100
      for source in byID[target.entry.id] ?? [] {
        let candidate = sources[source]
        // Links are not files: their modes must be the same.
        if !candidate.entry.mode.isFile || !target.entry.mode.isFile,
          candidate.entry.mode != target.entry.mode
        {
          continue
        }
        if candidate.isUsed { continue }
        let hasSameName = table.haveSameName(candidate.path, target.path)
        if best == nil || (hasSameName && best?.hasSameName == false) {
          best = (source, hasSameName)
        }
        triesLeft -= 1
        if hasSameName || triesLeft == 0 { break }
      }
      guard let best else { continue }
      sources[best.source].isUsed = true
      targets[index].source = best.source
    }
  }

  // MARK: Directories

  /// Counts where the files went that are paired so far, for guesses about their neighbours.
  private mutating func countDirectories(_ side: inout SideRenames, _ table: inout PathTable) {
    for target in targets {
      if let source = target.source { side.count(sources[source].path, target.path, table) }
    }
    for (directory, counts) in side.directoryCounts {
      directoryGuesses[directory] = counts.guess(table)
    }
  }

  /// Leaves out files whose new names are wanted only to know where their directory went, when
  /// that is clear already.
  private mutating func dropWhatIsDecided(_ side: inout SideRenames, _ table: PathTable) {
    func relevance(_ directory: PathID) -> SideRenames.DirectoryRelevance {
      side.directoriesRemoved[directory] ?? .irrelevant
    }
    for source in open {
      var directory = table.parent(sources[source].path)
      while directory != .root, relevance(directory) != .irrelevant {
        side.directoryCounts[directory, default: DirectoryCounts()].unknown += 1
        directory = table.parent(directory)
      }
    }
    for (directory, counts) in side.directoryCounts
    where relevance(directory) == .itself && counts.isDecided {
      side.directoriesRemoved[directory] = .ancestor
    }
    open = open.filter { source in
      let path = sources[source].path
      guard side.relevantSources[path] == .location else { return true }
      var directory = table.parent(path)
      while relevance(directory) == .ancestor { directory = table.parent(directory) }
      if relevance(directory) == .itself { return true }
      side.relevantSources[path] = .noMore
      return false
    }
  }

  private func forgetUnneededCounts(_ side: inout SideRenames) {
    for directory in side.directoryCounts.paths {
      if (side.directoriesRemoved[directory] ?? .irrelevant) == .irrelevant {
        side.directoryCounts[directory] = nil
      }
    }
  }

  // MARK: Files that kept their name

  private mutating func pairByName(
    _ side: inout SideRenames, _ table: inout PathTable
  ) throws(GitError) {
    // A name as a path of its own is a handy key. `nil` stands for several files of one name.
    func key(_ path: PathID) -> PathID { table.insert(nameOf: path, in: .root) }
    var sourcesByName = PathMap<Int?>()
    var targetsByName = PathMap<Int?>()
    var targetsByPath = PathMap<Int>()
    for source in open {
      let name = key(sources[source].path)
      sourcesByName[name] = .some(sourcesByName.contains(name) ? nil : source)
    }
    for (index, target) in targets.enumerated() where target.source == nil {
      let name = key(target.path)
      targetsByName[name] = .some(targetsByName.contains(name) ? nil : index)
      targetsByPath[target.path] = index
    }
    for source in open where side.relevantSources.contains(sources[source].path) {
      let path = sources[source].path
      let name = key(path)
      guard let named = targetsByName[name] else { continue }
      var found = named
      if sourcesByName[name] == .some(nil) || named == nil {
        found = nil
        // Several have that name: the one in the directory where the neighbours went.
        if let place = directoryGuesses[table.parent(path)], place != .root {
          found = targetsByPath[table.insert(nameOf: path, in: place)]
        }
      }
      guard let target = found, targets[target].source == nil,
        let old = sources[source].content, let new = targets[target].content
      else { continue }
      try checkCancellation()
      let score = try similarity.score(old, new, minimum: Similarity.nameThreshold)
      if score >= Similarity.nameThreshold { pair(source, target, &side, &table) }
    }
  }

  // MARK: All that is left

  private mutating func pairBySimilarity(
    _ side: inout SideRenames, _ table: inout PathTable, limit: Int
  ) throws(GitError) {
    let left = targets.indices.filter { targets[$0].source == nil }
    guard !left.isEmpty, !open.isEmpty else { return }
    if left.count * open.count > limit * limit {
      neededLimit = max(left.count, open.count)
      return
    }
    var similarities = try SimilarityTable(
      similarity, sources: open.map { sources[$0].content },
      targets: left.compactMap { targets[$0].content }, minimum: Similarity.threshold)
    var candidates: [Candidate] = []
    for target in left {
      try checkCancellation()
      guard let content = targets[target].content else { continue }
      candidates += bestSources(target, try similarities.scores(of: content), table)
    }
    let order = candidates.indices.sorted { a, b in
      if candidates[a].isBetter(than: candidates[b]) { return true }
      return candidates[b].isBetter(than: candidates[a]) ? false : a < b
    }
    for index in order {
      let candidate = candidates[index]
      guard candidate.score >= Similarity.threshold else { break }
      guard targets[candidate.target].source == nil, !sources[candidate.source].isUsed else {
        continue
      }
      pair(candidate.source, candidate.target, &side, &table)
    }
  }

  /// The four best sources for a target, in the places where git keeps them.
  private func bestSources(_ target: Int, _ scores: [Int], _ table: PathTable) -> [Candidate] {
    var best: [Candidate] = []
    for (source, score) in zip(open, scores) {
      let candidate = Candidate(
        source: source, target: target, score: score,
        hasSameName: table.haveSameName(sources[source].path, targets[target].path))
      if best.count < 4 {
        best.append(candidate)
        continue
      }
      var worst = 0
      for index in 1..<4 where best[worst].isBetter(than: best[index]) { worst = index }
      if candidate.isBetter(than: best[worst]) { best[worst] = candidate }
    }
    return best
  }

  // MARK: The result

  private func writeBack(_ side: inout SideRenames) {
    var used = PathMap<Void>()
    for source in sources where source.isUsed { used[source.path] = () }
    var renamed = PathMap<Source>()
    for target in targets {
      if let source = target.source { renamed[target.path] = sources[source] }
    }
    var pairs: [FilePair] = []
    for var pair in side.pairs {
      if pair.isAdded {
        if let source = renamed[pair.target] {
          (pair.source, pair.old) = (source.path, source.entry)
        }
        pairs.append(pair)
      } else if !used.contains(pair.source) {
        pairs.append(pair)
      }
    }
    side.pairs = pairs
  }
}
