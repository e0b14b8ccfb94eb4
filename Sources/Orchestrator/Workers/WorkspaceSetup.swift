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
    let base = FileTree.resolved(context.worktreeBase)
    let stem = "\(issue.id.lowercased())-\(UTC.compact())"
    let branch =
      context.keepsBranches
      ? BranchName.feature(issue.id, title: issue.issue.title) : "parallel/\(stem)"
    return try await context.repository.read { git in
      // Each is made unique by itself: only the worktree's name holds the time.
      func free(_ name: String, _ isFree: (String) throws -> Bool) rethrows -> String {
        var (candidate, number) = (name, 1)
        while try !isFree(candidate) {
          number += 1
          candidate = "\(name)-\(number)"
        }
        return candidate
      }
      return Place(
        branch: .branch(try free(branch) { try git.target(of: .branch($0)) == nil }),
        path: base.appending(
          free("worker-\(stem)") { FileTree.kind(of: base.appending($0)) == nil }))
    }
  }

  /// Makes the worktree from the base branch's present tip and copies files in.
  func make(_ issue: PlannedIssue, at place: Place) async throws -> Workspace {
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
    let recycling = WorktreeRecycling(context: context)
    var path = await recycling.reuse(at: place, from: tip)
    if path == nil {
      path = try await context.repository.addWorktree(
        at: place.path, newBranch: place.branch, startingAt: tip, signature: context.committer
      ).path
    }
    let worktree = path ?? place.path
    do {
      var workspace = Workspace(
        issue: issue.id, issueFile: issue.issue.file, branch: place.branch, path: worktree,
        start: tip)
      workspace.copiedIssue = copiedID
      workspace.scratchDirectories = scratchDirectories
      try copyFiles(await context.includedFiles.paths(in: context), into: &workspace)
      if let copiedIssue { try addIssue(copiedIssue, to: &workspace) }
      return workspace
    } catch {
      // Nobody has worked in it yet.
      _ = try await context.removal.removeWorktree(at: worktree) { _ in true }
      try await context.removal.deleteBranch(place.branch)
      throw error
    }
  }

  /// Puts the text of an issue's file that the base branch lacks into the worktree.
  private func addIssue(_ text: [UInt8], to workspace: inout Workspace) throws {
    let target = workspace.issueFile.absolute(in: workspace.path)
    try FileTree.makeDirectories(target.removingLastComponent())
    try FileTree.replace(target, with: text)
    workspace.copied[workspace.issueFile] = text
  }

  /// Copies what the checkout has and the branch has not.
  ///
  /// - Parameter included: What `.worktreeinclude` names.
  private func copyFiles(_ included: [FilePath], into workspace: inout Workspace) throws {
    let configured = configuredCopies + included
    for path in settingsFiles + configured {
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

  /// The worktree of a run that died, as far as it can be told from outside.
  func recover(_ leftover: RepositoryState.Leftover) async throws -> Workspace? {
    guard let branch = leftover.branch, let path = leftover.worktree, let start = leftover.start
    else { return nil }
    var workspace = Workspace(
      issue: leftover.issue, issueFile: leftover.file ?? "", branch: branch,
      path: FileTree.resolved(path), start: start)
    workspace.scratchDirectories = scratchDirectories
    let secrets = configuredCopies + (await context.includedFiles.paths(in: context))
    workspace.secrets = Set(secrets.map { RepositoryPath(bytes: PersistedPath($0).bytes) })
    for file in settingsFiles {
      let name = RepositoryPath(bytes: PersistedPath(file).bytes)
      workspace.copied[name] = (try? FileTree.read(context.root.pushing(file))) ?? []
    }
    if let file = leftover.file, let blob = leftover.copiedIssue {
      workspace.copied[file] = try await context.repository.read { try $0.blob(blob) }
      workspace.copiedIssue = blob
    }
    return workspace
  }

  /// The agent's settings in the checkout.
  private var settingsFiles: [FilePath] {
    FileTree.files(below: context.root.appending(".claude")).map { FilePath(".claude").pushing($0) }
  }

  /// The files that the configuration names.
  private var configuredCopies: [FilePath] {
    context.configuration.parallel.worktreeCopyFiles.map { FilePath($0) }.filter(\.isRelative)
  }

  /// little-loops keeps its own state and its hand-off files in a directory.
  private var scratchDirectories: [RepositoryPath] {
    context.configuration.parallel.agentProtocol == .littleLoops ? [".ll"] : []
  }
}
