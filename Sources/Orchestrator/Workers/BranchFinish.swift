internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Ends an issue whose work stays on its branch: the base branch does not move.
///
/// The last commit on the branch says that the issue is done, so that merging the branch, by
/// whomever, says it on the base branch. Every step can be done again after a crash.
struct BranchFinish: Sendable {
  let context: RunContext

  func finish(_ work: FinishedWork) async throws -> IssueEnding {
    var report = IssueReport(
      id: work.issue, title: work.title, outcome: work.closing == nil ? .finished : .closed,
      reason: work.closing?.reason)
    report.branch = work.branch.shortName
    // First, since a worktree whose branch moves looks changed.
    let obstacle = try await context.removal.removeWorktree(
      at: work.worktree, isExpendable: work.isScratch)
    if let obstacle {
      report.worktree = work.worktree.string
      context.events.publish(.notice("\(work.issue): \(obstacle)"))
    }
    let tip = try await markAsDone(work)
    report.commit = tip.description
    if let closing = work.closing {
      context.events.publish(
        .issueClosed(issue: work.issue, file: work.file.description, reason: closing.reason))
    }
    try context.journal.write(.ended, issue: work.issue) { entry in
      entry.outcome = IssueReport.Outcome.finished.rawValue
      entry.branch = work.branch.text
      entry.tip = tip.description
    }
    return IssueEnding(report: report, staysOnBranch: true)
  }

  /// Adds the commit with the issue's status, unless the branch has it, and returns the tip.
  private func markAsDone(_ work: FinishedWork) async throws -> ObjectID {
    let context = context
    let edit = StatusEdit(work, in: context, on: work.branch).edit
    let (tip, commit) = try await context.repository.read(at: context.root) { git in
      let tip = try git.target(of: work.branch) ?? work.tip
      let tree = try git.tree(of: tip)
      let change = try IssueFileEdit(
        of: work, in: tree, parser: context.parser, edit: edit, git)
      let edited = try git.tree(updating: tree, change.updates)
      guard edited != tree else { return (tip, ObjectID?.none) }
      let summary = "\(work.closing == nil ? "finish" : "close") \(work.issue): \(work.title)"
      let commit = try git.createCommit(
        tree: edited, parents: [tip], message: context.message(summary, issue: work.issue),
        author: context.author, committer: context.committer, signer: context.signer)
      return (tip, commit)
    }
    guard let commit else { return tip }
    try await context.repository.transaction { git in
      let message = "ll-parallel: the issue is done"
      if try git.target(of: work.branch) == nil {
        try git.createReference(
          work.branch, at: commit, message: message, signature: context.committer)
      } else {
        try git.updateReference(
          work.branch, to: commit, from: tip, message: message, signature: context.committer)
      }
    }
    return commit
  }
}
