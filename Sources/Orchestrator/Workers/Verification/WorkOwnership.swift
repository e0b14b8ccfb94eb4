internal import GitEngine

/// Finds out whose work it is that an agent's branch holds.
struct WorkOwnership: Sendable {
  let context: RunContext
  let workspace: Workspace

  // MARK: Others' work

  /// The branches of other issues, by issue, that have not landed.
  func otherBranches() -> [(issue: String, branch: ReferenceName)] {
    let state = context.journal.state
    let begun = state.leftovers.compactMap { leftover in
      leftover.branch.map { (leftover.issue, $0) }
    }
    let ended = state.ended.compactMap { issue, entry in
      entry.branch.map { (issue, ReferenceName($0)) }
    }
    return (begun + ended.sorted { $0.0 < $1.0 }).filter { $0.0 != workspace.issue }
      .map { (issue: $0.0, branch: $0.1) }
  }

  /// The issue whose branch, with work of its own, is a part of a commit and not of the base branch.
  static func other<Access>(
    in tip: ObjectID, base: ObjectID, of others: [(issue: String, branch: ReferenceName)],
    _ git: borrowing GitSession<Access>
  ) throws -> String? {
    for (issue, branch) in others {
      guard let other = try git.target(of: branch), try git.isAncestor(other, of: tip),
        try !git.isAncestor(other, of: base)
      else { continue }
      return issue
    }
    return nil
  }

  // MARK: Own work

  /// Whether a commit that the base branch has by now was made in the worktree, as far as the
  /// worktree's reflog tells.
  ///
  /// A branch that was only moved on to the base branch holds nobody's work but that of others.
  func isOwn(_ tip: ObjectID) async throws -> Bool {
    let start = workspace.start
    return try await context.repository.read(at: workspace.path) { git in
      let lines = try git.reflog(of: ReferenceName("HEAD"))
      // Nothing is written down: nothing speaks against it.
      guard lines.contains(where: { $0.new != start }) else { return true }
      return try lines.contains { line in
        guard Self.makesCommit(line.message) else { return false }
        return try git.isAncestor(line.new, of: tip) && !git.isAncestor(line.new, of: start)
      }
    }
  }

  /// Whether git wrote a line of the reflog when it made a commit, and not when it moved to one.
  static func makesCommit(_ message: String) -> Bool {
    if message.contains("Fast-forward") { return false }
    let action = message.prefix { $0 != ":" }
    let steps = ["(pick)", "(continue)", "(squash)", "(fixup)", "(reword)", "(edit)"]
    if steps.contains(where: action.hasSuffix) { return true }
    if action.hasSuffix(")") { return action.hasPrefix("commit") }
    let word = String(action.prefix { $0 != " " })
    return ["commit", "cherry-pick", "revert", "am", "merge", "pull"].contains(word)
  }
}
