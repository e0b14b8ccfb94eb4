internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension Diagnosis {
  // MARK: The repository

  mutating func lookAtRepository(_ configuration: Configuration, _ project: Project) async {
    do {
      let found = try await RepositoryFindings.collect(
        project, configuration, RepositoryState([]))
      lookAt(found)
    } catch {
      add(.problem, "repository", "\(error)")
    }
    let capabilities = try? await project.repository.read(at: project.root) {
      try $0.capabilities()
    }
    for finding in capabilities?.findings ?? [] { lookAt(finding) }
  }

  private mutating func lookAt(_ found: RepositoryFindings) {
    let base = found.base
    add(.ok, "repository", "work lands on \(base.name.shortName), at \(base.tip.short)")
    if !base.isCurrent {
      add(.note, "repository", "\(base.name.shortName) is not the branch that is checked out")
    }
    if let behind = base.behind {
      add(
        .warning, "repository",
        "\(base.name.shortName) is \(behind.commits) \(behind.commits == 1 ? "commit" : "commits") "
          + "behind \(behind.upstream)",
        consequence: "agents do not see what is there, and their work may conflict with it",
        remedy: "git pull, before the run")
    }
    add(.ok, "repository", "commits are made by \(found.committer.name) <\(found.committer.email)>")
    if let signer = found.signer {
      add(.note, "repository", "commits are signed with '\(signer.program)'")
    }
  }

  private mutating func lookAt(_ finding: GitCapabilities.Finding) {
    let names = finding.names.isEmpty ? "" : ": \(finding.names.joined(separator: ", "))"
    switch finding.treatment {
    case .supported: break
    case .handled(let how):
      add(.note, "repository", "it has \(finding.feature.rawValue)\(names)", consequence: how)
    case .ignored(let what):
      let remedy =
        finding.feature == .hooks
        ? "what they check, let the agents or the project's tests check" : nil
      add(
        .warning, "repository", "it has \(finding.feature.rawValue)\(names)", consequence: what,
        remedy: remedy)
    // A run refuses it, which was said.
    case .refused: break
    }
  }

  // MARK: The user's checkout

  mutating func lookAtCheckout(_ project: Project) async {
    let found = try? await project.repository.read(at: project.root) { git in
      let root = FileTree.resolved(project.root)
      let here = try git.worktrees().first { FileTree.resolved($0.path) == root }
      return (here, try git.status())
    }
    guard let (here, status) = found else { return }
    if let operation = here?.operation {
      add(
        .warning, "checkout", "a \(operation.kind.rawValue) is in progress",
        consequence: "landings wait until it is over",
        remedy: "finish or abort it; then ll-parallel --merge-pending lands what waited")
    }
    let changed = status.filter { !$0.isIgnored && !$0.isUntracked }.map(\.path.description)
    if !changed.isEmpty {
      add(
        .note, "checkout", "uncommitted changes in \(Self.list(changed))",
        consequence:
          "a landing that changes the same file is merged with them if the lines differ, "
          + "and waits for you if not")
    }
    if let lock = here?.gitDirectory.appending("index.lock"), FileTree.kind(of: lock) != nil {
      add(
        .warning, "checkout", "\(lock) is there",
        consequence: "nothing can be landed while another program holds the index",
        remedy: "if no git runs, it was left by one that died: remove it")
    }
  }

  static func list(_ items: [String]) -> String {
    let shown = items.prefix(4).joined(separator: ", ")
    return items.count > 4 ? "\(shown) and \(items.count - 4) more" : shown
  }

  // MARK: Issues

  mutating func lookAtIssues(_ configuration: Configuration, _ project: Project) {
    let scan: IssueScan
    do {
      scan = try FileIssueSource(root: project.root, configuration: configuration.issues).scan()
    } catch {
      return add(.problem, "issues", "\(error)")
    }
    for problem in scan.problems {
      add(
        problem.isError ? .problem : .warning, "issues", "\(problem)",
        consequence: problem.isError ? nil : "the file is skipped")
    }
    let open = scan.issues.count { $0.status == .open }
    add(open > 0 ? .ok : .note, "issues", "\(open) open, of \(scan.issues.count)")
  }

  // MARK: What earlier runs left

  mutating func lookAtEarlierRuns(_ configuration: Configuration, _ project: Project) async {
    guard let status = try? RepositoryStatus.read(project) else { return }
    if let holder = status.holder {
      add(
        .note, "earlier runs",
        "a run is going on: process \(holder.pid) on \(holder.host), since \(holder.since)",
        consequence: "another one must wait for it")
    }
    let left = Dictionary(grouping: status.left, by: \.remains).mapValues { $0.map(\.issue) }
    for (remains, remedy) in [
      (RepositoryStatus.Remains.finished, "ll-parallel --merge-pending lands it"),
      (.unfinished, "the next run keeps what is there and begins again"),
      (.failed, "the next run tries again; 'll-parallel log ISSUE' says why it failed"),
      (.onBranch, "merge the branch when you like it"),
    ] {
      guard let issues = left[remains] else { continue }
      add(.note, "earlier runs", "\(remains.rawValue): \(Self.list(issues))", remedy: remedy)
    }
    if let saved = try? await SavedWork(project, configuration).entries(), !saved.isEmpty {
      add(
        .note, "earlier runs", "saved: \(Self.list(saved.map(\.name)))",
        remedy: "'ll-parallel saved' shows, brings back or drops it")
    }
    let worktrees = (try? await WorktreeList(project, configuration).entries) ?? []
    let lost = worktrees.filter { $0.use == .unknown || $0.use == .missing }
    if !lost.isEmpty, status.holder == nil {
      add(
        .warning, "earlier runs",
        "worktrees that no run knows of: \(Self.list(lost.map(\.path.string)))",
        remedy: "'ll-parallel --cleanup --dry-run' says what can go")
    }
  }
}
