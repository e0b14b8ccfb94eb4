public import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Takes the landing of one issue back: with a new commit, by the same rules as a landing.
public struct Undo: Sendable {
  /// What came of it.
  public enum Outcome: Sendable {
    /// A new commit takes the landing back; the issue can run again.
    case undone(issue: String, title: String, landing: ObjectID, commit: ObjectID, saved: String?)
    /// What would be done, when nothing was to be written.
    case possible(issue: String, title: String, landing: ObjectID)
    /// Nothing of that issue has landed on the base branch.
    case notLanded(base: String)
    /// Several issues are meant by that word.
    case ambiguous([String])
    /// It was taken back before, by this commit.
    case already(issue: String, commit: ObjectID)
    /// Later landings build on it, for these paths or because their issues say so.
    case needed(issue: String, by: [String], paths: [String])
    /// The user's checkout is in the way; nothing was changed.
    case deferred(issue: String, reason: String)
  }

  private let project: Project
  private let configuration: Configuration
  private let word: String

  /// An undoing that has not begun.
  ///
  /// - Parameters:
  ///   - project: The repository.
  ///   - configuration: What it is configured to do.
  ///   - issue: An issue's id, or its number.
  public init(_ project: Project, _ configuration: Configuration, issue: String) {
    (self.project, self.configuration, word) = (project, configuration, issue)
  }

  /// What would be done; writes nothing.
  public func preview() async throws -> Outcome {
    let findings = try await RepositoryFindings.collect(project, configuration, RepositoryState([]))
    switch try await compute(findings, runID: "") {
    case .over(let outcome): return outcome
    case .publish(_, let landing):
      return .possible(
        issue: landing.issue, title: landing.title, landing: landing.commit.id)
    }
  }

  /// Takes the landing back.
  ///
  /// - Parameter onNotice: Hears what is said to the user on the way.
  /// - Throws: ``RunRefusal`` when a run is at work or the repository cannot be used.
  public func run(onNotice: @escaping @Sendable (String) -> Void) async throws -> Outcome {
    let runID = RunContext.newRunID()
    let lock = try RunLock.take(in: project.state, runID: runID)
    let outcome = try await undo(runID, onNotice)
    _ = consume lock
    return outcome
  }

  private func undo(
    _ runID: String, _ onNotice: @escaping @Sendable (String) -> Void
  ) async throws -> Outcome {
    let journal = try Journal(project.state, run: runID)
    let repair = LandingRepair(repository: project.repository, journal: journal)
    for notice in try await repair.run(journal.state) {
      onNotice(notice)
    }
    let findings = try await RepositoryFindings.collect(project, configuration, RepositoryState([]))
    for _ in 0..<10 {
      switch try await compute(findings, runID: runID) {
      case .over(let outcome): return outcome
      case .publish(var request, let landing):
        request.willPublish = { record in
          try journal.write(.undoing, issue: landing.issue) { $0.note(record) }
        }
        let (ready, issue) = (request, landing.issue)
        let outcome = try await project.repository.transaction { try $0.land(ready) }
        try journal.write(.undone, issue: issue)
        switch outcome {
        case .branchMoved: continue
        case .landed(let report):
          return .undone(
            issue: issue, title: landing.title, landing: landing.commit.id, commit: ready.commit,
            saved: report.saved?.text)
        case .deferred(let obstacles):
          return .deferred(
            issue: issue,
            reason: "your checkout is in the way: "
              + obstacles.prefix(3).map(\.description).joined(separator: "; "))
        }
      }
    }
    return .deferred(issue: word, reason: "\(findings.base.name.shortName) kept moving")
  }

  // MARK: Computing

  private enum Attempt {
    case over(Outcome)
    case publish(LandingRequest, LandingHistory.Landing)
  }

  private func compute(
    _ findings: RepositoryFindings, runID: String
  ) async throws -> Attempt {
    let (base, parser, word) = (findings.base.name, IssueParser(configuration.issues), word)
    let carriesEdits = configuration.parallel.carryEdits
    return try await project.repository.read(at: project.root) { git in
      guard let tip = try git.target(of: base) else {
        return .over(.notLanded(base: base.shortName))
      }
      let history = try LandingHistory(at: tip, git)
      let issues = history.issues(matching: word)
      guard issues.count <= 1 else { return .over(.ambiguous(issues.sorted())) }
      guard let issue = issues.first, let (landing, later) = history.last(of: issue) else {
        return .over(.notLanded(base: base.shortName))
      }
      if landing.kind == .undo { return .over(.already(issue: issue, commit: landing.commit.id)) }
      let dependents = try Self.dependents(of: issue, later, at: tip, parser, git)
      guard dependents.isEmpty else {
        return .over(.needed(issue: issue, by: dependents, paths: []))
      }
      var options = PickOptions()
      if landing.commit.parents.count > 1 { options.mainline = 1 }
      options.message = Self.message(landing, runID)
      switch try git.revert(
        landing.commit.id, on: tip, options: options, author: findings.author,
        committer: findings.committer, signer: findings.signer)
      {
      case .empty: return .over(.already(issue: issue, commit: tip))
      case .conflicts(let merge):
        let paths = Set(merge.conflicts.map(\.path))
        return .over(
          .needed(
            issue: issue, by: try Self.changes(of: paths, later, git),
            paths: paths.sorted().map(\.description)))
      case .picked(let commit):
        var request = LandingRequest(
          branch: base, expected: tip, commit: commit,
          reflogMessage: "ll-parallel: undo \(issue)", signature: findings.committer,
          savedWorkPrefix: .savedWork(of: issue))
        request.carriesEdits = carriesEdits
        return .publish(request, landing)
      }
    }
  }

  private static func message(_ landing: LandingHistory.Landing, _ runID: String) -> CommitMessage {
    CommitMessage(
      """
      undo \(landing.issue): \(landing.title)

      This takes back \(landing.commit.id), "\(landing.commit.summary)".

      Issue: \(landing.issue)
      LL-Run: \(runID)

      """)
  }

  /// Issues that landed later, are still there, and say that they depend on this one.
  private static func dependents<Access>(
    of issue: String, _ later: ArraySlice<LandingHistory.Landing>, at tip: ObjectID,
    _ parser: IssueParser, _ git: borrowing GitSession<Access>
  ) throws -> [String] {
    guard let id = IssueID(issue) else { return [] }
    let known = try BaseIssues(at: tip, parser: parser, git)
    var seen: Set<String> = []
    return later.filter { landing in
      guard seen.insert(landing.issue).inserted, landing.kind != .undo,
        let other = IssueID(landing.issue).flatMap({ known[$0] })
      else { return false }
      return other.blockedBy.contains { $0.matches(id) }
    }.map(\.issue)
  }

  /// The later landings that changed some of the paths.
  private static func changes<Access>(
    of paths: Set<RepositoryPath>, _ later: ArraySlice<LandingHistory.Landing>,
    _ git: borrowing GitSession<Access>
  ) throws -> [String] {
    try later.filter { landing in
      guard let parent = landing.commit.parents.first else { return false }
      return try git.changes(from: git.tree(of: parent), to: landing.commit.tree)
        .contains { paths.contains($0.path) }
    }.map(\.issue)
  }
}
