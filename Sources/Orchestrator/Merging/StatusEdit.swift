internal import GitEngine

/// The change of an issue file's text that says that the issue is done.
struct StatusEdit: Sendable {
  /// The whole text with the change made.
  let edit: @Sendable ([UInt8]) -> [UInt8]

  init(_ work: FinishedWork, in context: RunContext, on branch: ReferenceName) {
    let time = UTC.now()
    if let closing = work.closing {
      edit = { IssueDocument($0).closing(at: time, reason: closing.reason) }
    } else {
      let verb = branch == context.base ? "Landed" : "Finished"
      let text = "\(verb) on `\(branch.shortName)` by ll-parallel, run \(context.runID)."
      edit = { IssueDocument($0).completing(at: time, resolution: text) }
    }
  }
}
