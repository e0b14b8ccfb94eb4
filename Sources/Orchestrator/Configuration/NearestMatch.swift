/// Finds what somebody who mistyped a word probably meant.
public enum NearestMatch {
  /// The candidate with the fewest edits to `word`, if it is close enough to be a slip.
  public static func of(_ word: String, among candidates: some Sequence<String>) -> String? {
    let limit = max(1, word.count / 3)
    let ranked = candidates.map { (candidate: $0, edits: edits(from: word, to: $0)) }
    let best = ranked.min { ($0.edits, $0.candidate) < ($1.edits, $1.candidate) }
    guard let best, best.edits <= limit else { return nil }
    return best.candidate
  }

  /// "; did you mean 'x'?", or nothing.
  public static func question(_ word: String, among candidates: some Sequence<String>) -> String {
    of(word, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
  }

  /// How many letters must be added, removed or replaced to turn one word into the other.
  private static func edits(from left: String, to right: String) -> Int {
    let right = Array(right.lowercased())
    var previous = Array(0...right.count)
    for (row, letter) in left.lowercased().enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        let replaced = previous[column] + (letter == other ? 0 : 1)
        current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
      }
      previous = current
    }
    return previous[right.count]
  }
}
