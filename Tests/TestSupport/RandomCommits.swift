/// A history that a seed decides, without files, as commands of `git fast-import`.
///
/// Commits with one to three parents among the ones before, and dates that mostly grow.
public enum RandomCommits {
  /// The commands, which make a branch for each commit: `c1` is the first.
  public static func make(seed: Int, count: Int, skewed: Bool) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    var text = ""
    for number in 1...count {
      let skew = skewed && random.oneIn(12) ? Int.random(in: -40...40, using: &random) : 0
      // Some commits are of the same second.
      let date = 1_700_000_000 + number / 3 * 10 + skew
      text += "commit refs/heads/c\(number)\nmark :\(number)\n"
      text += "committer T <t@example.com> \(date) +0000\ndata 1\nc\n"
      var parents: Set<Int> = []
      if number > 1, !random.oneIn(15) {
        for _ in 0..<random.pick([1, 1, 1, 2, 3]) {
          parents.insert(max(1, number - Int.random(in: 1...8, using: &random)))
        }
        parents.remove(number)
      }
      for (position, parent) in parents.sorted().reversed().enumerated() {
        text += "\(position == 0 ? "from" : "merge") :\(parent)\n"
      }
    }
    return Array(text.utf8)
  }
}
