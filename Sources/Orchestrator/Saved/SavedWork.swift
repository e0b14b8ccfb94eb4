public import GitEngine

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// What was put aside under `refs/ll/saved/`: what agents left, and files from before a landing.
public struct SavedWork: Sendable {
  /// One thing that is kept.
  public struct Entry: Sendable {
    /// The issue, in the letters of its reference: "bug-012".
    public var issue: String
    /// Its number among those of the issue.
    public var number: Int
    /// The reference that keeps it.
    public var reference: ReferenceName
    /// The commit that holds it.
    public var commit: Commit
    /// What it changes, against where it left the base branch.
    public var files: [LineCount]
    /// Whether the base branch has it by now.
    public var isLanded: Bool

    /// What a person calls it: "bug-012/1".
    public var name: String { "\(issue)/\(number)" }
  }

  /// What dropping took away, each with the commit by which it could be found again.
  public struct Dropped: Sendable {
    /// A reference's name in short, or a worktree's path.
    public var what: String
    /// The commit that it was at.
    public var commit: ObjectID?
  }

  private let project: Project
  private let configuration: Configuration

  /// The saved work of a repository.
  public init(_ project: Project, _ configuration: Configuration) {
    (self.project, self.configuration) = (project, configuration)
  }

  private static let prefix = "refs/ll/saved/"

  // MARK: Looking

  /// What is kept, by issue and number; writes nothing.
  ///
  /// - Parameter selector: An issue's id, its number, or a name such as "bug-012/1"; `nil` for all.
  /// - Throws: ``SavedWorkError`` when the selector fits nothing.
  public func entries(_ selector: String? = nil) async throws -> [Entry] {
    let parallel = configuration.parallel
    let all = try await project.repository.read(at: project.root) { git -> [Entry] in
      let base = try? BaseBranch(parallel, git).tip
      return try git.references(under: Self.prefix).compactMap { reference in
        guard let (issue, number) = Self.parts(of: reference.name),
          let commit = try? git.commit(reference.target)
        else { return nil }
        return Entry(
          issue: issue, number: number, reference: reference.name, commit: commit,
          files: try Self.files(of: commit, base: base, git),
          isLanded: try base.map { try git.isAncestor(commit.id, of: $0) } ?? false)
      }
    }.sorted { ($0.issue, $0.number) < ($1.issue, $1.number) }
    guard let selector else { return all }
    let found = all.filter { Self.matches($0, selector) }
    guard !found.isEmpty else { throw SavedWorkError.nothing(selector) }
    return found
  }

  private static func parts(of name: ReferenceName) -> (issue: String, number: Int)? {
    let parts = name.text.dropFirst(prefix.count).split(separator: "/")
    guard parts.count == 2, let number = Int(parts[1]) else { return nil }
    return (String(parts[0]), number)
  }

  private static func matches(_ entry: Entry, _ selector: String) -> Bool {
    let parts = selector.split(separator: "/", maxSplits: 1)
    guard let issue = parts.first else { return false }
    if parts.count == 2, Int(parts[1]) != entry.number { return false }
    return isMeant(entry.issue, by: issue)
  }

  private static func isMeant(_ issue: String, by word: some StringProtocol) -> Bool {
    let reference = IssueReference(word)
    return IssueID(issue).map(reference.matches) ?? (issue == word.lowercased())
  }

  private static func files<Access>(
    of commit: Commit, base: ObjectID?, _ git: borrowing GitSession<Access>
  ) throws -> [LineCount] {
    var start: ObjectID?
    if let base { start = try git.mergeBase(base, commit.id) }
    // What the base branch has is shown by what it changed itself.
    if start == nil || start == commit.id { start = commit.parents.first }
    return try git.lineCounts(from: start.map { try git.tree(of: $0) }, to: commit.tree)
  }

  // MARK: Bringing back

  /// Makes a branch of an entry, and a worktree with it if one is asked for; nothing else changes.
  ///
  /// - Parameters:
  ///   - entry: What to bring back.
  ///   - branch: The branch's name; `nil` for "saved/bug-012-1".
  ///   - worktree: Where a worktree goes; `nil` for none.
  /// - Returns: The branch.
  /// - Throws: A ``GitError``, with the code `exists` when branch or directory are taken.
  public func restore(
    _ entry: Entry, as branch: String?, in worktree: FilePath?
  ) async throws -> ReferenceName {
    let name = ReferenceName.branch(branch ?? "saved/\(entry.issue)-\(entry.number)")
    let configuration = configuration
    let findings = try await RepositoryFindings.collect(project, configuration, RepositoryState([]))
    let (commit, who) = (entry.commit.id, findings.committer)
    if let worktree {
      _ = try await project.repository.addWorktree(
        at: worktree, newBranch: name, startingAt: commit, signature: who)
    } else {
      try await project.repository.transaction { git in
        try git.createReference(
          name, at: commit, message: "ll-parallel: restored \(entry.name)", signature: who)
      }
    }
    return name
  }

  // MARK: Dropping

  /// Discards what is kept of an issue, or one entry of it, for good.
  ///
  /// For a whole issue also the branch and the worktree of work that has not landed: it is as if the
  /// issue had never been begun.
  ///
  /// - Throws: ``RunRefusal`` when a run is at work, ``SavedWorkError`` when there is nothing.
  public func drop(_ selector: String) async throws -> [Dropped] {
    let runID = RunContext.newRunID()
    let lock = try RunLock.take(in: project.state, runID: runID)
    let journal = try Journal(project.state, run: runID)
    _ = try await LandingRepair(repository: project.repository, journal: journal)
      .run(journal.state)
    var dropped: [Dropped] = []
    if !selector.contains("/") { dropped += try await dropUnlanded(selector, journal) }
    let entries: [Entry]
    do { entries = try await self.entries(selector) } catch SavedWorkError.nothing
      where !dropped.isEmpty
    { entries = [] }
    for entry in entries {
      let (name, commit) = (entry.reference, entry.commit.id)
      try await project.repository.transaction { git in
        _ = try git.deleteReference(name, at: commit)
      }
      dropped.append(Dropped(what: entry.name, commit: commit))
    }
    _ = consume lock
    return dropped
  }

  /// Removes the branch and the worktree of an issue's work that has not landed.
  private func dropUnlanded(_ selector: String, _ journal: Journal) async throws -> [Dropped] {
    let state = journal.state
    let known = Set(state.leftovers.map(\.issue)).union(state.ended.keys)
    let issues = known.filter { Self.isMeant($0, by: selector) }
    guard issues.count <= 1 else { throw SavedWorkError.ambiguous(issues.sorted()) }
    guard let issue = issues.first else { return [] }
    var dropped: [Dropped] = []
    let leftover = state[issue]
    if let path = leftover?.worktree, FileTree.kind(of: path) != nil {
      var options = WorktreeRemovalOptions()
      options.discardsWork = true
      let obstacle = try await project.repository.removeWorktree(
        at: path, trash: project.state.trash, options)
      guard obstacle == nil || obstacle == .unknown else {
        throw SavedWorkError.worktreeStays(path, "\(obstacle.map { "\($0)" } ?? "")")
      }
      dropped.append(Dropped(what: path.string, commit: nil))
    }
    let branch = leftover?.branch ?? state.ended[issue]?.branch.map { ReferenceName($0) }
    if let branch {
      let tip = try await project.repository.transaction { git -> ObjectID? in
        guard let tip = try git.target(of: branch) else { return nil }
        _ = try git.deleteReference(branch, at: tip)
        return tip
      }
      if let tip { dropped.append(Dropped(what: branch.shortName, commit: tip)) }
    }
    try journal.write(.ended, issue: issue) { $0.outcome = "dropped" }
    try await project.repository.deleteTrash(project.state.trash)
    return dropped
  }
}

/// Why something about saved work cannot be done.
public enum SavedWorkError: Error, CustomStringConvertible {
  /// Nothing is kept under that name.
  case nothing(String)
  /// Several issues are meant.
  case ambiguous([String])
  /// A worktree cannot be removed.
  case worktreeStays(FilePath, String)

  /// What a person should know.
  public var description: String {
    switch self {
    case .nothing(let selector):
      "nothing is kept of '\(selector)'; 'll-parallel saved list' shows what is"
    case .ambiguous(let issues):
      "that may be \(issues.joined(separator: " or ")); say which by its whole id"
    case .worktreeStays(let path, let reason):
      "the worktree \(path) cannot be removed: \(reason)"
    }
  }
}
