internal import GitEngine

/// Checks an agent's work before it is queued for landing.
struct Verification: Sendable {
  let context: RunContext
  let workspace: Workspace

  /// Why the work is not landed; `nil` when it is good.
  ///
  /// The work is the difference between its tip and the merge base with the base branch, so what
  /// the agent merged in from the base branch is not taken for its own.
  func problem(with tip: ObjectID) async throws -> String? {
    guard tip != workspace.start else { return "the agent changed nothing" }
    let copy = self
    let branch = context.base
    let others = WorkOwnership(context: context, workspace: workspace).otherBranches()
    let (isContained, problem) = try await context.repository.read { git -> (Bool, String?) in
      guard let base = try git.target(of: branch) else {
        return (false, "the branch \(branch.shortName) is gone")
      }
      guard let fork = try git.mergeBase(base, tip) else {
        return (false, "the work and \(branch.shortName) have no common history")
      }
      // In the base branch already: there is nothing to judge, and nothing to merge.
      if fork == tip { return (true, nil) }
      if let other = try WorkOwnership.other(in: tip, base: base, of: others, git) {
        return (false, "it contains the work on \(other), which has not landed")
      }
      let changes = try git.changes(from: git.tree(of: fork), to: git.tree(of: tip))
      return (false, try copy.problem(with: changes, git))
    }
    guard isContained else { return problem }
    return try await WorkOwnership(context: context, workspace: workspace).isOwn(tip)
      ? nil : "the agent changed nothing: it only took over what others landed"
  }

  /// What the changes say.
  private func problem<Access>(
    with changes: [TreeChange], _ git: borrowing GitSession<Access>
  ) throws -> String? {
    if let problem = problem(with: changes.map(\.path)) { return problem }
    if changes.contains(where: { $0.path == workspace.issueFile && $0.old == nil }),
      try git.isIgnored(workspace.issueFile)
    {
      return "the agent committed \(workspace.issueFile), which git is to ignore"
    }
    for change in changes where try addsConflictMarkers(change, git) {
      return "the agent left conflict markers in \(change.path)"
    }
    return try guardsTests ? Self.sentence(tamperGuard.findings(in: changes, git)) : nil
  }

  // MARK: Tests

  private var tamperGuard: TamperGuard { TamperGuard(context.configuration.project) }

  /// Tests are guarded where the agent is one of little-loops.
  private var guardsTests: Bool {
    context.configuration.parallel.agentProtocol == .littleLoops
      && context.configuration.tamperGuard != .allow
  }

  private static func sentence(_ findings: [TamperGuard.Finding]) -> String? {
    guard let first = findings.first else { return nil }
    let more = findings.count > 1 ? ", and \(findings.count - 1) more" : ""
    return "the agent weakened the tests: \(first.path) \(first.what)\(more) "
      + "(tamper_guard.policy is fail)"
  }

  /// Gives the tests that the agent weakened their old text in its worktree, if that is asked for.
  ///
  /// - Returns: Whether something was put back, which is then an uncommitted change.
  func putTestsBack(after tip: ObjectID) async throws -> Bool {
    guard guardsTests, context.configuration.tamperGuard == .revert else { return false }
    let (tamperGuard, branch, workspace) = (tamperGuard, context.base, workspace)
    let found = try await context.repository.read { git -> ([RepositoryPath], ObjectID)? in
      guard let base = try git.target(of: branch), let fork = try git.mergeBase(base, tip) else {
        return nil
      }
      let changes = try git.changes(from: git.tree(of: fork), to: git.tree(of: tip))
      return (try tamperGuard.findings(in: changes, git).map(\.path), fork)
    }
    guard let (paths, fork) = found, !paths.isEmpty else { return false }
    context.events.publish(
      .notice(
        "\(workspace.issue): the agent weakened tests, which are put back: "
          + paths.map(\.description).joined(separator: ", ")))
    _ = try await context.repository.transaction(at: workspace.path) { git in
      try git.restore(paths, from: .commit(fork), staged: true, worktree: true)
    }
    return true
  }

  /// What the names of the changed files say.
  private func problem(with paths: [RepositoryPath]) -> String? {
    guard !paths.isEmpty else { return "the agent changed nothing" }
    if let secret = paths.first(where: { workspace.secrets.contains($0) }) {
      return "the agent committed \(secret), which was only copied into its worktree"
    }
    switch context.configuration.parallel.agentProtocol {
    case .plain:
      let work = paths.filter { $0 != workspace.issueFile }
      return work.isEmpty ? "the agent changed nothing but the issue's own file" : nil
    case .littleLoops:
      guard context.configuration.parallel.requireCodeChanges else { return nil }
      let notes = Self.noteDirectories + [context.parser.base]
      let work = paths.filter { path in !notes.contains { path.isInside($0) } }
      return work.isEmpty
        ? "the agent changed only issues and notes (require_code_changes is on)" : nil
    }
  }

  /// Directories of little-loops in which a change is not yet work.
  private static let noteDirectories: [RepositoryPath] = [
    ".issues", "issues", ".speckit", "thoughts", ".worktrees", ".auto-manage",
  ]

  private func addsConflictMarkers<Access>(
    _ change: TreeChange, _ git: borrowing GitSession<Access>
  ) throws -> Bool {
    guard let new = change.new, new.mode.isFile,
      Self.hasConflictMarkers(try git.blob(new.id))
    else { return false }
    guard let old = change.old, old.mode.isFile else { return true }
    return try !Self.hasConflictMarkers(git.blob(old.id))
  }

  /// Whether a text has the three markers at the starts of lines, in their order.
  static func hasConflictMarkers(_ text: [UInt8]) -> Bool {
    var expected = ["<<<<<<< ", "=======", ">>>>>>> "].map { Array($0.utf8) }[...]
    for line in text.split(separator: UInt8(ascii: "\n")) {
      guard let next = expected.first else { break }
      if line.starts(with: next) { expected = expected.dropFirst() }
    }
    return expected.isEmpty
  }
}
