internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Makes the worktree of an issue, with the files that an agent needs and git does not bring.
struct WorkspaceSetup: Sendable {
  let context: RunContext

  /// A branch and a path that nothing has yet; chosen before the turn, as events name them.
  struct Place: Sendable {
    var branch: ReferenceName
    var path: FilePath
  }

  func choosePlace(for issue: PlannedIssue) async throws -> Place {
    let base = context.worktreeBase
    let stem = "\(issue.id.lowercased())-\(UTC.compact())"
    return try await context.repository.read { git in
      var number = 1
      while true {
        let name = number == 1 ? stem : "\(stem)-\(number)"
        let place = Place(
          branch: .branch("parallel/\(name)"), path: base.appending("worker-\(name)"))
        if try git.target(of: place.branch) == nil, FileTree.kind(of: place.path) == nil {
          return place
        }
        number += 1
      }
    }
  }

  /// Makes the worktree from the base branch's present tip and copies files in.
  func make(_ issue: PlannedIssue, slot: Int, at place: Place) async throws -> Workspace {
    let context = context
    let copiedIssue = issue.isOnBase ? nil : issue.issue.text
    let (found, copiedID) = try await context.repository.read { git in
      (try git.target(of: context.base), try copiedIssue.map { try git.writeBlob($0) })
    }
    guard let tip = found else {
      throw GitError(
        .notFound, operation: "read \(context.base.shortName)", message: "the branch is gone")
    }
    // Written down first: whatever a crash leaves of it is found again.
    try context.journal.write(.issueStarted, issue: issue.id) { entry in
      entry.title = issue.issue.title
      entry.file = PersistedPath(issue.issue.file)
      entry.branch = place.branch.text
      entry.worktree = PersistedPath(place.path)
      entry.start = tip.description
      entry.copiedIssue = copiedID?.description
    }
    let worktree = try await context.repository.addWorktree(
      at: place.path, newBranch: place.branch, startingAt: tip, signature: context.committer)
    var workspace = Workspace(
      issue: issue, slot: slot, branch: place.branch, path: worktree.path, start: tip)
    workspace.copiedIssue = copiedID
    // little-loops keeps its own state and its hand-off files there.
    if context.configuration.parallel.agentProtocol == .littleLoops {
      workspace.scratchDirectories = [".ll"]
    }
    try copyFiles(into: &workspace)
    if let copiedIssue {
      let target = issue.issue.file.absolute(in: workspace.path)
      try FileTree.makeDirectories(target.removingLastComponent())
      try FileTree.replace(target, with: copiedIssue)
      workspace.copied[issue.issue.file] = copiedIssue
    }
    return workspace
  }

  /// Copies what the checkout has and the branch has not: agent settings and configured files.
  private func copyFiles(into workspace: inout Workspace) throws {
    let settings = FileTree.files(below: context.root.appending(".claude"))
      .map { FilePath(".claude").pushing($0) }
    let configured = context.configuration.parallel.worktreeCopyFiles.map { FilePath($0) }
    for path in settings + configured where path.isRelative {
      let source = context.root.pushing(path)
      let target = workspace.path.pushing(path)
      guard let kind = FileTree.kind(of: source), kind == .file || kind == .symbolicLink,
        FileTree.kind(of: target) == nil
      else { continue }
      try FileTree.copy(source, to: target)
      let name = RepositoryPath(bytes: PersistedPath(path).bytes)
      workspace.copied[name] = (try? FileTree.read(target)) ?? []
      if configured.contains(path) { workspace.secrets.insert(name) }
    }
  }
}
