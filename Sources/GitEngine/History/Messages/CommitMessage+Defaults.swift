extension CommitMessage {
  /// The message that `git revert` writes.
  ///
  /// - Parameters:
  ///   - message: The message of the commit that is reverted.
  ///   - commit: That commit.
  ///   - mainline: For a merge, the parent to which the revert leads back.
  public static func revert(
    of message: CommitMessage, _ commit: ObjectID, mainline: ObjectID? = nil
  ) -> CommitMessage {
    var bytes = Array("Revert \"".utf8) + message.subjectBytes
    bytes += Array("\"\n\nThis reverts commit \(commit)".utf8)
    if let mainline { bytes += Array(", reversing\nchanges made to \(mainline)".utf8) }
    return CommitMessage(bytes: bytes + Array(".\n".utf8))
  }

  /// The message that `git merge` writes for a branch.
  ///
  /// - Parameters:
  ///   - branch: What is merged.
  ///   - target: The branch that it is merged into; git leaves out `main` and `master`, and so does
  ///     this.
  public static func merge(branch: String, into target: String? = nil) -> CommitMessage {
    merge("branch '\(branch)'", into: target)
  }

  /// The message that `git merge` writes for a commit that is given by its id.
  public static func merge(commit: ObjectID, into target: String? = nil) -> CommitMessage {
    merge("commit '\(commit)'", into: target)
  }

  private static func merge(_ what: String, into target: String?) -> CommitMessage {
    var text = "Merge \(what)"
    if let target, target != "main", target != "master" { text += " into \(target)" }
    return CommitMessage(text + "\n")
  }
}
