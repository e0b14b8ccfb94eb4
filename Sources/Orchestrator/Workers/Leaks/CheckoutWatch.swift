internal import GitEngine
internal import Synchronization

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Watches the user's checkout, while agents run, for changes that no landing brings.
///
/// It looks when an agent ends and at the end of the run, inside of a transaction: no landing is half
/// done then.
final class CheckoutWatch: Sendable {
  private let repository: GitRepository
  private let root: FilePath
  private let base: ReferenceName
  /// Files that the run itself writes.
  private let ownFiles: Set<FilePath>
  private let state = Mutex(State())

  private struct State {
    var known: CheckoutView?
    /// The commits by which landings moved the base branch.
    var landings: Set<ObjectID> = []
    /// The agents that run, by issue, with their worktrees.
    var running: [String: FilePath] = [:]
    /// Those that ran since the last look.
    var suspects: [String: FilePath] = [:]
    var leaks: [Leak] = []
  }

  /// - Parameter ownFiles: Files that the run itself writes, wherever they are.
  init(_ project: Project, base: ReferenceName, ownFiles: [FilePath] = []) {
    self.ownFiles = Set(ownFiles.map { FileTree.resolved($0) })
    repository = project.repository
    root = project.root
    self.base = base
  }

  /// Remembers how the checkout is before the first agent runs.
  func begin() async { await look() }

  /// An agent begins to work.
  func agentStarts(_ issue: String, in worktree: FilePath) {
    state.withLock { state in
      state.running[issue] = worktree
      state.suspects[issue] = worktree
    }
  }

  /// An agent has ended: whatever it did, it has done.
  func agentEnded(_ issue: String) async {
    _ = state.withLock { $0.running.removeValue(forKey: issue) }
    await look()
  }

  /// The base branch is about to be moved to a commit of ours.
  func willLand(_ commit: ObjectID) { state.withLock { _ = $0.landings.insert(commit) } }

  /// Looks for the last time, and tells what was found.
  func end() async -> [LeakReport] {
    await look()
    let (leaks, view) = state.withLock { (Leak.joined($0.leaks), $0.known) }
    return leaks.map { leak in
      var leak = leak
      leak.worktrees = leak.worktrees.filter { FileTree.kind(of: $0.value) != nil }
      if case .commits(let ids, _, let branch, _) = leak.what, let view {
        leak.place = view.place(of: ids[0], on: branch)
      }
      return leak.report
    }
  }

  private func withoutOwnFiles(_ what: Leak.What) -> Leak.What? {
    guard case .files(let paths) = what, !ownFiles.isEmpty else { return what }
    let resolved = FileTree.resolved(root)
    let others = paths.filter { !ownFiles.contains($0.absolute(in: resolved)) }
    return others.isEmpty ? nil : .files(others)
  }

  /// What cannot be looked at now is looked at the next time.
  private func look() async {
    let (root, base) = (root, base)
    // In a task of its own: a run that is being stopped still tells.
    await Task { [self] in
      try? await repository.transaction(at: root) { git in
        let view = try CheckoutView(base: base, in: root, git)
        try state.withLock { state in
          let suspects = state.suspects
          state.suspects = state.running
          defer { state.known = view }
          guard let known = state.known else { return }
          let changes = try view.changes(since: known, landings: state.landings, git)
            .compactMap(withoutOwnFiles)
          state.leaks += changes.flatMap { Leak.blamed($0, suspects) }
        }
      }
    }.value
  }
}

extension Leak {
  /// A change with those who may have made it: files that name an issue are told apart.
  fileprivate static func blamed(_ what: What, _ suspects: [String: FilePath]) -> [Leak] {
    let names = suspects.keys.sorted()
    func leak(_ what: What, _ names: [String]) -> Leak {
      Leak(what: what, suspects: names, worktrees: suspects.filter { names.contains($0.key) })
    }
    // As words: "bug-1" does not name itself in "bug-10".
    func named(_ text: String) -> String? {
      let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }
      return names.first { name in
        words.contains(name.lowercased().split { !$0.isLetter && !$0.isNumber })
      }
    }
    switch what {
    case .files(let paths):
      let groups = Dictionary(grouping: paths) { named($0.description) }
      return groups.sorted { ($0.key ?? "") < ($1.key ?? "") }.map { name, paths in
        leak(.files(paths), name.map { [$0] } ?? names)
      }
    case .commits(_, let summary, _, _):
      return [leak(what, named(summary).map { [$0] } ?? names)]
    case .head: return [leak(what, names)]
    }
  }

  /// The same with the files of the same suspects in one.
  fileprivate static func joined(_ leaks: [Leak]) -> [Leak] {
    var result: [Leak] = []
    for leak in leaks {
      if case .files(let more) = leak.what,
        let position = result.firstIndex(where: { other in
          if case .files = other.what { other.suspects == leak.suspects } else { false }
        }), case .files(let paths) = result[position].what
      {
        result[position].what = .files(Set(paths + more).sorted())
      } else {
        result.append(leak)
      }
    }
    return result
  }
}
