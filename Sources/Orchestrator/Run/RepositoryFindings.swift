internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// What a run must know of a repository before it begins.
struct RepositoryFindings: Sendable {
  var base: BaseBranch
  var author: Signature
  var committer: Signature
  /// What signs the run's commits, if the repository wants them signed.
  var signer: CommitSigner?
  var issues: BaseIssues
  /// The issues whose work was left on a branch that is there and not merged.
  var openBranches: Set<String> = []
  /// The issues whose work was left on a branch and is in the base branch by now.
  var mergedBranches: Set<String> = []

  /// Looks at the repository, or refuses it with the reason.
  static func collect(
    _ project: Project, _ configuration: Configuration, _ state: RepositoryState
  ) async throws -> RepositoryFindings {
    let parallel = configuration.parallel
    let parser = IssueParser(configuration.issues)
    return try await project.repository.read(at: project.root) { git in
      if try git.head() == nil, try git.references(under: ReferenceName.branch("").text).isEmpty {
        throw RunRefusal.emptyRepository(project.root)
      }
      let base = try BaseBranch(parallel, git)
      guard let (author, committer) = try git.identity() else { throw RunRefusal.noIdentity }
      let signer: CommitSigner?
      do {
        signer = parallel.unsigned ? nil : try git.commitSigner()
      } catch let error as GitError where error.code == .signing {
        throw RunRefusal.cannotSign("\(error)")
      }
      let refusals = try git.capabilities(of: base.tip).refusals
      guard refusals.isEmpty else {
        throw RunRefusal.unsupported(
          refusals.map { "it uses \($0.feature.rawValue): \($0.refusal ?? "")" })
      }
      var findings = RepositoryFindings(
        base: base, author: author, committer: committer, signer: signer,
        issues: try BaseIssues(at: base.tip, parser: parser, git))
      for (issue, entry) in state.ended where entry.ending == .onBranch {
        try findings.lookForBranch(of: issue, entry, git)
      }
      return findings
    }
  }

  private mutating func lookForBranch<Access>(
    of issue: String, _ entry: JournalEntry, _ git: borrowing GitSession<Access>
  ) throws {
    if let branch = entry.branch, let tip = try git.target(of: ReferenceName(branch)),
      try !git.isAncestor(tip, of: base.tip)
    {
      openBranches.insert(issue)
    } else if let tip = entry.tip.flatMap({ ObjectID(hex: $0) }), try git.contains(tip),
      try git.isAncestor(tip, of: base.tip)
    {
      mergedBranches.insert(issue)
    }
  }
}
