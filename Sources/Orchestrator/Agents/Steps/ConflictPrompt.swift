/// The prompt for one round of conflict resolution.
enum ConflictPrompt {
  /// Where an agent takes the prompt as an argument, it must not be longer than 128 KiB.
  private static let longestText = 12_000
  private static let mostFiles = 100
  private static let mostIssues = 5

  static func text(_ conflict: AgentConflict, of task: AgentTask) -> String {
    let branch = conflict.baseBranch
    var parts = [
      """
      Resolve the merge conflicts in this working directory.

      Your work on \(task.issueID) (\(task.title)) meets newer work of others: the branch \
      '\(branch)' is being merged into yours, and git left these conflicts:
      \(list(conflict.files))
      """
    ]
    if let problem = conflict.lastProblem {
      parts.append("A try before this one was of no use: \(problem.prefix(2000))")
    }
    parts.append(
      """
      Keep what both sides want:
      1. Look at both sides (git diff, git log -p MERGE_HEAD) and at the issues below.
      2. Edit the files until each holds the intent of both. Remove every conflict marker. Do not \
      take one side as a whole: a line that '\(branch)' has gained must stay, or its content must be \
      in what stands in its place.
      3. Run the project's tests.
      4. git add the files, and finish the merge with git commit.
      If something that '\(branch)' has gained must really go, say so in the commit message, with \
      one line for each such file: Drops: <path> (<why>). Else the result is not taken.
      Work only in this directory. Do not push, do not switch branches, do not abort the merge, do not \
      rebase, and leave no merge in progress. Nobody can answer questions.
      """)
    parts.append(issue("Your issue", task.issueID, task.title, task.body))
    for other in conflict.otherIssues.prefix(mostIssues) {
      parts.append(issue("On the other side", other.id, other.title, other.text))
    }
    return parts.joined(separator: "\n\n")
  }

  private static func list(_ files: [String]) -> String {
    let more = files.count > mostFiles ? "\n- and \(files.count - mostFiles) more" : ""
    return files.prefix(mostFiles).map { "- \($0)" }.joined(separator: "\n") + more
  }

  private static func issue(
    _ heading: String, _ id: String, _ title: String, _ text: String
  ) -> String {
    let shown =
      text.utf8.count > longestText
      ? String(decoding: text.utf8.prefix(longestText), as: UTF8.self) + "…" : text
    return "--- \(heading): \(id): \(title)\n\(shown)"
  }
}
