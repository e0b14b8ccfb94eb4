/// The prompt for one round of conflict resolution.
enum ConflictPrompt {
  static func text(_ conflict: AgentConflict, issueID: String, title: String) -> String {
    let files = conflict.files.map { "- \($0)" }.joined(separator: "\n")
    let others =
      conflict.otherIssues.isEmpty
      ? "" : " It brings the work on: \(conflict.otherIssues.joined(separator: ", "))."
    return """
      Resolve the merge conflicts in this working directory.

      Your work on \(issueID) (\(title)) meets newer work of others: the branch \
      '\(conflict.baseBranch)' was merged into yours.\(others) These files contain conflict markers:
      \(files)

      Keep what both sides want. Remove every marker, run the project's tests, and commit the \
      result, which finishes the merge. Work only in this directory; do not push, do not switch \
      branches, do not abort the merge, and do not drop the other side's work.
      """
  }
}
