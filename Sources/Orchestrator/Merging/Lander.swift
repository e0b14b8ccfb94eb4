internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Lands one piece of finished work on the base branch.
///
/// The merge and its commit are computed beside everything else; only the publishing is a
/// transaction. If the base branch moved meanwhile, it is computed again.
struct Lander: Sendable {
  let context: RunContext

  private enum Attempt {
    case publish(LandingRequest, MergeResult.Kind, ignoredFile: RepositoryPath?)
    case over(MergeResult, ignoredFile: RepositoryPath? = nil)
  }

  func land(_ work: FinishedWork) async -> MergeResult {
    if let why = context.stop.why {
      return MergeResult(.deferred, reason: "the run was stopped (\(why))")
    }
    do {
      for _ in 0..<10 {
        switch try await compute(work) {
        case .over(let result, let ignoredFile):
          if result.isLanded { await finishIgnored(ignoredFile, work) }
          return result
        case .publish(let request, let kind, let ignoredFile):
          let outcome = try await publish(request, of: work)
          guard let result = result(outcome, request, kind) else { continue }
          if result.isLanded { await finishIgnored(ignoredFile, work) }
          return result
        }
      }
      return MergeResult(
        .deferred, reason: "\(context.base.shortName) kept moving while this was landed")
    } catch let error as GitError where error.code == .locked {
      return MergeResult(.deferred, reason: "\(error)")
    } catch {
      var result = MergeResult(.failed, reason: "\(error)", isRepositoryFailure: true)
      result.isCutOff = error is CutOff
      return result
    }
  }

  /// A landing that failed half-way, and could not be finished or undone either.
  private struct CutOff: Error, CustomStringConvertible {
    let error: any Error
    var description: String { "\(error); the next run puts the checkout right" }
  }

  /// Publishes a landing; one that fails after the branch has moved is brought to its end.
  private func publish(
    _ request: LandingRequest, of work: FinishedWork
  ) async throws -> LandingOutcome {
    do {
      return try await context.repository.transaction { try $0.land(request) }
    } catch {
      let noted = context.journal.state.leftovers.first { $0.issue == work.issue }
      guard let record = noted?.publishing?.landing, record.new == request.commit else {
        throw error
      }
      let end: LandingRecovery
      do { end = try await context.repository.transaction { try $0.recover(record) } } catch {
        throw CutOff(error: error)
      }
      guard end == .finished else { throw error }
      return .landed(LandingReport(worktree: record.checkout?.worktree))
    }
  }

  /// The commit for the base branch's present tip, in the object database.
  private func compute(_ work: FinishedWork) async throws -> Attempt {
    let context = context
    let edit = StatusEdit(work, in: context, on: context.base).edit
    return try await context.repository.read(at: context.root) { git in
      guard let tip = try git.target(of: context.base) else {
        return .over(
          MergeResult(.failed, reason: "the branch \(context.base.shortName) is gone"))
      }
      let baseTree = try git.tree(of: tip)
      var parents = [tip]
      var tree = baseTree
      var kind = MergeResult.Kind.merged
      if work.closing == nil {
        switch try git.merge(work.tip, into: tip) {
        case .alreadyContained: kind = .alreadyMerged
        case .clean(let merged):
          tree = merged
          parents.append(work.tip)
        case .conflicts(let paths): return .over(Self.conflict(paths, context.base))
        case .unrelated:
          return .over(
            MergeResult(
              .failed,
              reason: "the work and \(context.base.shortName) have no common history"))
        }
      }
      let change = try IssueFileEdit(
        of: work, in: tree, parser: context.parser, edit: edit, git)
      tree = try git.tree(updating: tree, change.updates)
      if tree == baseTree, parents.count == 1 {
        return .over(MergeResult(kind, commit: nil), ignoredFile: change.ignoredFile)
      }
      let summary = "\(work.closing == nil ? "merge" : "close") \(work.issue): \(work.title)"
      let commit = try git.createCommit(
        tree: tree, parents: parents, message: context.message(summary, issue: work.issue),
        author: context.author, committer: context.committer, signer: context.signer)
      return .publish(
        request(summary, from: tip, to: commit, change, work), kind,
        ignoredFile: change.ignoredFile)
    }
  }

  private static func conflict(
    _ paths: [ConflictedPath], _ base: ReferenceName
  ) -> MergeResult {
    let names = paths.map(\.path.description)
    let listed = names.prefix(3).joined(separator: ", ")
    let more = names.count > 3 ? " and \(names.count - 3) more" : ""
    return MergeResult(
      .conflict, paths: names, reason: "it and \(base.shortName) both change \(listed)\(more)")
  }

  private func request(
    _ summary: String, from old: ObjectID, to new: ObjectID, _ change: IssueFileEdit,
    _ work: FinishedWork
  ) -> LandingRequest {
    var request = LandingRequest(
      branch: context.base, expected: old, commit: new,
      reflogMessage: "ll-parallel: \(summary)", signature: context.committer,
      savedWorkPrefix: .savedWork(of: work.issue))
    request.carriesEdits = context.configuration.parallel.carryEdits
    request.adaptations = change.adaptations
    let (journal, watch) = (context.journal, context.watch)
    request.willPublish = { record in
      try journal.write(.publishing, issue: work.issue) { $0.note(record) }
      watch?.willLand(record.new)
    }
    return request
  }

  /// What an outcome means for the work; `nil` when it must be computed again.
  private func result(
    _ outcome: LandingOutcome, _ request: LandingRequest, _ kind: MergeResult.Kind
  ) -> MergeResult? {
    switch outcome {
    case .branchMoved: return nil
    case .landed(let report):
      if let problem = report.unflushed {
        context.events.publish(
          .notice("a power failure could still undo this landing: \(problem)"))
      }
      return MergeResult(
        kind, commit: request.commit.description, carried: report.carried.map(\.description),
        saved: report.saved?.text)
    case .deferred(let obstacles):
      let shown = obstacles.prefix(3).map(\.description).joined(separator: "; ")
      let more = obstacles.count > 3 ? "; and \(obstacles.count - 3) more" : ""
      return MergeResult(
        .deferred, paths: obstacles.compactMap { $0.path?.description },
        reason: "your checkout is in the way: \(shown)\(more)")
    }
  }

  // MARK: Ignored issue files

  /// An ignored issue file never enters the repository: the user's file itself gets the status.
  ///
  /// The work has landed by then, so nothing that happens here can fail it.
  private func finishIgnored(_ path: RepositoryPath?, _ work: FinishedWork) async {
    guard let path else { return }
    let edit = StatusEdit(work, in: context, on: context.base).edit
    await finish(path, of: work.issue, edit)
  }

  /// Says in an ignored file that its issue is done: its work came with a branch that was merged.
  func markAsDone(_ issue: Issue) async {
    let (base, time) = (context.base.shortName, UTC.now())
    await finish(issue.file, of: issue.id.description) { text in
      IssueDocument(text).completing(at: time, resolution: "Merged into `\(base)`.")
    }
  }

  private func finish(
    _ path: RepositoryPath, of issue: String, _ edit: @Sendable ([UInt8]) -> [UInt8]
  ) async {
    guard FileTree.kind(of: path.absolute(in: context.root)) != nil else { return }
    do { try await editIgnored(path, of: issue, edit) } catch {
      context.events.publish(
        .notice("\(issue) has landed, but \(path) could not be marked as done: \(error)"))
    }
  }

  private func editIgnored(
    _ path: RepositoryPath, of issue: String, _ edit: @Sendable ([UInt8]) -> [UInt8]
  ) async throws {
    let context = context
    let file = path.absolute(in: context.root)
    let text = try FileTree.read(file)
    let edited = edit(text)
    guard edited != text else { return }
    try await context.repository.transaction { git in
      let entry = TreeEntry(mode: .regular, id: try git.writeBlob(text))
      let commit = try git.createCommit(
        tree: git.tree(updating: nil, [.set(path, entry)]), parents: [],
        message: context.message("\(path) before its status was set", issue: issue),
        author: context.author, committer: context.committer)
      _ = try git.createNumberedReference(
        under: .savedWork(of: issue), at: commit, message: "issue file",
        signature: context.committer)
    }
    try FileTree.replace(file, with: edited)
  }
}
