internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Finds out what an agent did in its worktree, and keeps it.
///
/// An agent's work is the commit at its worktree's HEAD, on whatever branch, and what it left
/// uncommitted there: tracked changes and untracked files, without ignored ones and scratch.
struct AgentWork: Sendable {
  let context: RunContext
  let workspace: Workspace

  /// What is in the worktree now that the agent is gone.
  struct Findings: Sendable {
    var head: ObjectID
    /// Uncommitted paths that belong to the work.
    var leftovers: [RepositoryPath]
    /// Whether something is staged that does not.
    var hasStagedScratch = false
    /// Whether something else is there that does not, beside what was copied in.
    var hasScratch = true
    /// Why the work cannot be landed as it is; `nil` when it can.
    var problem: String?

    /// The uncommitted files.
    ///
    /// A repository inside the worktree is listed as a directory.
    var files: [RepositoryPath] { leftovers.filter { !$0.isDirectoryName } }
  }

  /// Where work that is not landed is kept.
  enum SavePlace {
    /// The issue's own branch, for the user to look at.
    case branch
    /// A reference out of the way; the issue runs again.
    case reference
  }

  /// Whether the worktree is still there: an agent may do anything to it.
  var isThere: Bool { FileTree.kind(of: workspace.path.appending(".git")) == .file }

  /// - Parameter start: What the agent's commits must build on; `nil` for where the branch began.
  func look(since start: ObjectID? = nil) async throws -> Findings {
    let workspace = workspace
    let start = start ?? workspace.start
    return try await context.repository.read(at: workspace.path) { git in
      guard let head = try git.head() else {
        return Findings(
          head: start, leftovers: [], problem: "the agent left HEAD without a commit")
      }
      let status = try git.status()
      let known = try git.tree(of: workspace.start)
      let isWork = try status.map { entry in
        !workspace.isScratch(
          entry.path, isKnown: try git.entry(at: entry.path, in: known) != nil)
      }
      let leftovers = zip(status, isWork).filter(\.1).map(\.0.path)
      let operation = try git.worktrees().first { $0.path == workspace.path }?.operation
      var findings = Findings(head: head, leftovers: leftovers)
      findings.hasScratch = zip(status, isWork).contains {
        !$1 && workspace.copied[$0.path] == nil
      }
      findings.hasStagedScratch = zip(status, isWork).contains { !$1 && $0.staged != nil }
      if let operation {
        findings.problem = "the agent left a \(operation.kind.rawValue) in progress"
      } else if status.contains(where: \.isConflicted) {
        findings.problem = "the agent left unmerged files"
      } else if try !git.isAncestor(start, of: head) {
        findings.problem = "the agent's commits do not build on the commit that it was given"
      } else if let nested = leftovers.first(where: \.isDirectoryName) {
        findings.problem = "the agent left a git repository of its own at \(nested)"
      }
      return findings
    }
  }

  /// Commits what was left uncommitted on top of HEAD and brings the issue's branch to it, and HEAD
  /// to the branch.
  ///
  /// What is none of the work goes out of it, also if the agent committed it.
  ///
  /// The commit is made between two transactions, since the program that signs it takes its time.
  /// Nobody else changes the worktree now that the agent is gone.
  ///
  /// - Returns: The commit to land, and whether files lie in the worktree that went out of it.
  func complete(
    _ findings: Findings
  ) async throws -> (tip: ObjectID, leavesScratch: Bool) {
    let copy = self
    let context = context
    let head = findings.head
    let (tree, scratch) = try await context.repository.transaction(at: workspace.path) { git in
      // The agent's group is gone: a lock in its worktree is one that a killed git left.
      try git.removeLocksOfDeadProcesses()
      let isStaged = !findings.leftovers.isEmpty || findings.hasStagedScratch
      let tree = isStaged ? try git.stage(findings.leftovers) : try git.tree(of: head)
      let scratch = try copy.scratch(in: tree, head: head, git)
      return (try git.tree(updating: tree, scratch.map { .remove($0) }), scratch)
    }
    let message =
      findings.leftovers.isEmpty
      ? context.message(
        "\(workspace.issue): without files that were only copied in", issue: workspace.issue)
      : message
    let commit = try await context.repository.read(at: workspace.path) { git -> ObjectID? in
      guard try git.tree(of: head) != tree else { return nil }
      return try git.createCommit(
        tree: tree, parents: [head], message: message, author: context.author,
        committer: context.committer, signer: context.signer)
    }
    return try await context.repository.transaction(at: workspace.path) { git in
      if let commit {
        try git.moveHead(to: commit, from: head, message: message, signature: context.committer)
      }
      if !scratch.isEmpty {
        // The files stay; only the index forgets them.
        try git.restore(scratch, from: .commit(commit ?? head), staged: true, worktree: false)
      }
      try copy.moveBranch(to: commit ?? head, git)
      try copy.attachHead(git)
      return (commit ?? head, !scratch.isEmpty)
    }
  }

  /// What a tree has that is none of the work: copies that nobody changed, the protocol's state, and
  /// secrets that were staged.
  ///
  /// Secrets that were committed stay, for the verification to find.
  private func scratch<Access>(
    in tree: ObjectID, head: ObjectID, _ git: borrowing GitSession<Access>
  ) throws -> [RepositoryPath] {
    let (start, committed) = (try git.tree(of: workspace.start), try git.tree(of: head))
    guard tree != start else { return [] }
    return try git.changes(from: start, to: tree).compactMap { change in
      let path = change.path
      guard change.old == nil, let new = change.new, path != workspace.issueFile else { return nil }
      if workspace.secrets.contains(path) {
        return try git.entry(at: path, in: committed) == nil ? path : nil
      }
      if workspace.isState(path) { return path }
      guard let bytes = workspace.copied[path], new.mode != .gitlink else { return nil }
      return try git.blob(new.id) == bytes ? path : nil
    }
  }

  /// Makes HEAD name the issue's branch, which is at the same commit: what is committed here from now
  /// on belongs to it.
  private func attachHead(_ git: borrowing GitSession<Writing>) throws {
    guard try git.headBranch() != workspace.branch else { return }
    let outcome = try git.switchCheckout(
      to: .branch(workspace.branch), signature: context.committer)
    if case .refused(let obstacles) = outcome {
      context.events.publish(
        .notice(
          "\(workspace.issue): its worktree is not on its branch: "
            + (obstacles.first.map(\.description) ?? "")))
    }
  }

  /// Keeps everything in the worktree, whatever its state, without a change to its index.
  ///
  /// - Returns: The reference that holds it; `nil` when there is nothing.
  func save(_ findings: Findings, on place: SavePlace) async throws -> ReferenceName? {
    let copy = self
    let snapshot = try await snapshot(of: findings.files)
    return try await context.repository.transaction(at: workspace.path) { git in
      let tip = snapshot ?? findings.head
      // What a rebase or a merge of the agent's has put aside.
      if let aside = try git.autostash() { try copy.keep(aside, git) }
      switch place {
      case .branch:
        try copy.moveBranch(to: tip, git)
        return copy.workspace.branch
      case .reference:
        var kept = tip == copy.workspace.start ? nil : try copy.keep(tip, git)
        if let branch = try git.target(of: copy.workspace.branch),
          try !git.isAncestor(branch, of: tip)
        {
          let second = try copy.keep(branch, git)
          kept = kept ?? second
        }
        return kept
      }
    }
  }

  /// Stores the files in a signed commit; in one without a signature rather than not at all.
  func snapshot(of files: [RepositoryPath]) async throws -> ObjectID? {
    let copy = self
    let (context, message) = (context, message)
    func store(_ signer: CommitSigner?) async throws -> ObjectID? {
      try await context.repository.read(at: copy.workspace.path) { git in
        try git.snapshot(
          of: files, message: message, author: context.author, committer: context.committer,
          signer: signer)
      }
    }
    do { return try await store(context.signer) } catch let error as GitError
      where error.code == .signing
    {
      context.events.publish(
        .notice("\(workspace.issue): what the agent left is kept unsigned: \(error)"))
      return try await store(nil)
    }
  }

  /// Keeps the commits of a worktree whose files are gone: its branch's and those at its HEAD.
  ///
  /// - Returns: The reference that holds the first of them; `nil` when there were none.
  func saveCommits() async throws -> ReferenceName? {
    let copy = self
    return try await context.repository.transaction { git in
      var tips = [try git.target(of: copy.workspace.branch)].compactMap(\.self)
      if let worktree = try git.worktrees().first(where: { $0.path == copy.workspace.path }) {
        switch worktree.head {
        case .branch(let name): tips += [try git.target(of: name)].compactMap(\.self)
        case .detached(let id): tips.append(id)
        case .unreadable: break
        }
      }
      var kept: [ObjectID: ReferenceName] = [:]
      for tip in tips where tip != copy.workspace.start && kept[tip] == nil {
        kept[tip] = try copy.keep(tip, git)
      }
      return tips.first.flatMap { kept[$0] } ?? kept.values.first
    }
  }

  var message: String {
    let id = workspace.issue
    return context.message("\(id): work left uncommitted by the agent", issue: id)
  }

  /// Brings the issue's branch to a commit; what only the branch has is kept.
  func moveBranch(
    to tip: ObjectID, _ git: borrowing GitSession<Writing>
  ) throws {
    let reason = "ll-parallel: the agent's work"
    guard let old = try git.target(of: workspace.branch) else {
      return try git.createReference(
        workspace.branch, at: tip, message: reason, signature: context.committer)
    }
    guard old != tip else { return }
    if try !git.isAncestor(old, of: tip) { try keep(old, git) }
    try git.updateReference(
      workspace.branch, to: tip, from: old, message: reason, signature: context.committer)
  }

  @discardableResult
  func keep(
    _ commit: ObjectID, _ git: borrowing GitSession<Writing>
  ) throws -> ReferenceName {
    try git.createNumberedReference(
      under: .savedWork(of: workspace.issue), at: commit,
      message: "ll-parallel: left by the agent", signature: context.committer)
  }
}

extension RepositoryPath {
  /// Status lists a repository inside the working tree by its directory, with a slash behind.
  fileprivate var isDirectoryName: Bool { bytes.last == UInt8(ascii: "/") }
}
