internal import GitEngine

/// What runs did on the base branch, as its own commits tell: newest first.
struct LandingHistory: Sendable {
  /// What a commit of ours did.
  enum Kind: String { case merge, close, undo }

  struct Landing: Sendable {
    var kind: Kind
    /// The issue's id, as it is written there.
    var issue: String
    var title: String
    var commit: Commit
  }

  private(set) var landings: [Landing] = []

  /// Reads all of the branch's own commits.
  init<Access>(at tip: ObjectID, _ git: borrowing GitSession<Access>) throws {
    var walk = CommitWalk(from: [tip])
    walk.firstParentOnly = true
    landings = try git.commits(walk).compactMap(Self.landing)
  }

  /// A landing by its summary, "merge BUG-1: title", and the trailer that says the same.
  private static func landing(_ commit: Commit) -> Landing? {
    let words = commit.summary.split(separator: " ", maxSplits: 2)
    guard words.count >= 2, let kind = Kind(rawValue: String(words[0])), words[1].last == ":",
      CommitMessage(commit.message).trailers.contains(Trailer("Issue", String(words[1].dropLast())))
    else { return nil }
    return Landing(
      kind: kind, issue: String(words[1].dropLast()),
      title: words.count > 2 ? String(words[2]) : "", commit: commit)
  }

  /// The last thing that was done for an issue, and what was done after it for others.
  func last(of issue: String) -> (landing: Landing, later: ArraySlice<Landing>)? {
    guard let position = landings.firstIndex(where: { $0.issue == issue }) else { return nil }
    return (landings[position], landings[..<position])
  }

  /// The issues that a word of the user's may mean: an id, or its number alone.
  func issues(matching word: String) -> Set<String> {
    let reference = IssueReference(word)
    return Set(landings.map(\.issue).filter { IssueID($0).map(reference.matches) ?? false })
  }
}
