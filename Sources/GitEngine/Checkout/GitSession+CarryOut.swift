#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// How carrying out a plan ended.
enum CarryOutResult {
  case done
  /// A file or the index changed after it was looked at; all is as it was.
  case changed
  /// Another process holds the index; all is as it was.
  case indexLocked
}

extension GitSession where Access == Writing {
  /// Changes files and index of the checkout as decided, or nothing.
  ///
  /// - Parameters:
  ///   - isRepeatable: Whether, after a kill, the same can be done again over what is there; then a
  ///     later call may remove the `index.lock` that this one left.
  ///   - isCancellable: Whether a cancelled task ends this while the new contents are written to the
  ///     side.
  ///   - publish: Runs when everything is locked and compared, before the first file changes.
  ///   - takeBack: Undoes `publish`.
  ///   - finish: Runs when files and index are in place; when it fails they are put back.
  func carryOut(
    _ plan: CheckoutPlan, _ root: FilePath, isRepeatable: Bool = false,
    isCancellable: Bool = false, publish: () throws(GitError) -> Void = {},
    takeBack: () throws(GitError) -> Void = {}, finish: () throws(GitError) -> Void = {}
  ) throws(GitError) -> CarryOutResult {
    var writer = try CheckoutWriter(root: root, gitDirectory: gitDirectory)
    let plan = try honouringSparseCheckout(plan)
    do throws(GitError) {
      try writer.prepare(plan, self, isCancellable: isCancellable)
      let note = isRepeatable ? IndexLockFile.repeatable(writer.lastingStaging) : []
      let result = try place(plan, &writer, note, publish, takeBack, finish)
      writer.discard()
      return result
    } catch {
      // What could not be put back stays beside the checkout.
      if !writer.hasChangedFiles { writer.discard() }
      throw error
    }
  }

  private func place(
    _ plan: CheckoutPlan, _ writer: inout CheckoutWriter, _ note: [UInt8],
    _ publish: () throws(GitError) -> Void, _ takeBack: () throws(GitError) -> Void,
    _ finish: () throws(GitError) -> Void
  ) throws(GitError) -> CarryOutResult {
    let lockFile = try IndexLockFile(in: gitDirectory, note: note)
    guard let lock = try lockFile.take(patience: lockPatience) else { return .indexLocked }
    let indexFile = gitDirectory.appending("index")
    guard try fileStatus(indexFile).map({ FileStamp($0) }) == plan.index.stamp,
      try writer.stillHolds(plan)
    else { return .changed }
    try publish()
    do throws(GitError) {
      guard try writer.place(plan) else {
        try takeBack()
        return .changed
      }
      let newIndex = try writeIndex(plan, writer)
      guard try writer.lateWrites().isEmpty else {
        try writer.rollBack()
        try takeBack()
        return .changed
      }
      try writer.placeIndex(newIndex, at: indexFile)
      try finish()
    } catch {
      try writer.rollBack()
      try takeBack()
      throw error
    }
    _ = consume lock
    return .done
  }

  /// Writes the index as it will be, now that the files are in place, beside the one that is there;
  /// returns where.
  func writeIndex(
    _ plan: CheckoutPlan, _ writer: CheckoutWriter
  ) throws(GitError) -> FilePath {
    let moment = try writer.lastMove()
    var edit = IndexEdit(plan.index)
    for (number, step) in plan.steps.enumerated() {
      var file: FileStamp?
      if step.fileMatchesIndex {
        file = try writer.stamp(step.path)
        // What somebody has written since is for git to look at.
        if let placed = writer.placed[number], file?.isSameContent(as: placed) == false {
          file = nil
        }
      }
      edit.apply(step, file: file)
    }
    let new = Self.newIndex(in: writer.staging)
    try writeIndex(edit, to: new, at: moment, root: writer.root)
    return new
  }

  /// Where the new index waits for the branch to move.
  static func newIndex(in staging: FilePath) -> FilePath { staging.appending("index") }
}
