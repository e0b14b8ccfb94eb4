internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Finishes or undoes the landings that were cut off while they were being published.
///
/// Nothing else may begin before, not even a plan: the user's checkout may be between two commits.
struct LandingRepair: Sendable {
  let repository: GitRepository
  let journal: Journal

  /// Puts everything right; the run lock is held.
  ///
  /// - Returns: What was done, as sentences.
  /// - Throws: ``RunRefusal/interruptedLanding(issue:_:)`` when somebody came between.
  func run(_ state: RepositoryState) async throws -> [String] {
    var done: [String] = []
    for (issue, entry) in state.undoing.sorted(by: { $0.key < $1.key }) {
      try await repository.transaction { try $0.removeLocks(leftUnder: .savedWork(of: issue)) }
      if let record = entry.landing, record.checkout != nil {
        let what = try await recover(record, issue) == .finished ? "finished" : "given up"
        done.append("\(issue): a process died while it took its landing back; that is \(what) now")
      }
      try journal.write(.undone, issue: issue)
    }
    for leftover in state.leftovers {
      let saved = ReferenceName.savedWork(of: leftover.issue)
      try await repository.transaction { try $0.removeLocks(leftUnder: saved) }
      guard let record = leftover.publishing?.landing else { continue }
      let outcome = try await recover(record, leftover.issue)
      guard record.checkout != nil else { continue }
      let what = outcome == .finished ? "finished" : "undone"
      done.append("\(leftover.issue): the last run died while it landed this; that is \(what) now")
      // Written down, so that the checkout is not looked at again for this.
      if outcome == .finished {
        var landed = record
        landed.checkout = nil
        try journal.write(.publishing, issue: leftover.issue) { $0.note(landed) }
      } else {
        try journal.write(.unlanded, issue: leftover.issue) { entry in
          entry.outcome = MergeResult.Kind.deferred.rawValue
          entry.reason = "the last run died while it landed this"
        }
      }
    }
    // Harmless, all of it; a repository in which this fails has its trouble told by what needs it.
    try? await sweep()
    return done
  }

  /// Removes locks and side files that only runs make, and this is the only one.
  private func sweep() async throws {
    try await repository.transaction { git in
      try git.removeLeftSideFiles()
      try git.removeLocks(leftUnder: .branch("parallel"))
      for issue in FileTree.names(in: git.commonDirectory.pushing("refs/ll/saved")) {
        try git.removeLocks(leftUnder: ReferenceName("refs/ll/saved/\(issue.string)"))
      }
    }
  }

  private func recover(
    _ record: LandingRecord, _ issue: String
  ) async throws -> LandingRecovery {
    do { return try await repository.transaction { try $0.recover(record) } } catch {
      throw RunRefusal.interruptedLanding(issue: issue, "\(error)")
    }
  }
}

extension Project {
  /// Puts right what a run that was killed while it landed something left in the checkout.
  ///
  /// To be called before a run is planned: the files of the checkout may not be what they seem.
  ///
  /// - Returns: What was done, as sentences.
  /// - Throws: ``RunRefusal`` when that is needed and another run is at work, or when it cannot be
  ///   done.
  public func repairLandings() async throws -> [String] {
    func read() throws -> RepositoryState { RepositoryState(try Journal.read(state)) }
    let before = try read()
    guard
      !before.undoing.isEmpty
        || before.leftovers.contains(where: { $0.publishing?.checkout != nil })
    else { return [] }
    let runID = RunContext.newRunID()
    let lock = try RunLock.take(in: state, runID: runID)
    let journal = try Journal(state, run: runID)
    let done = try await LandingRepair(repository: repository, journal: journal).run(read())
    _ = consume lock
    return done
  }
}
