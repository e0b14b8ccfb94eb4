internal import GitEngine

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// How the user's checkout is at one moment: what is dirty, and where its branches are.
struct CheckoutView: Sendable {
  /// A dirty path, so that a second change of it is seen.
  private struct File: Hashable {
    var entry: StatusEntry
    var inode: UInt64 = 0
    var size: Int64 = 0
    var seconds = 0
    var nanoseconds = 0

    init(_ entry: StatusEntry, in root: FilePath) {
      self.entry = entry
      var status = stat()
      guard entry.path.absolute(in: root).withPlatformString({ lstat($0, &status) }) == 0 else {
        return
      }
      #if canImport(Darwin)
        let time = status.st_mtimespec
      #else
        let time = status.st_mtim
      #endif
      (inode, size) = (UInt64(status.st_ino), Int64(status.st_size))
      (seconds, nanoseconds) = (time.tv_sec, time.tv_nsec)
    }
  }

  private let files: [RepositoryPath: File]
  /// The base branch, and the one that is checked out.
  private let branches: [ReferenceName: ObjectID]
  private let current: ReferenceName?
  private let head: ObjectID?

  init(
    base: ReferenceName, in root: FilePath, _ git: borrowing GitSession<Writing>
  ) throws {
    files = Dictionary(
      try git.status().map { ($0.path, File($0, in: root)) }, uniquingKeysWith: { $1 })
    current = try git.headBranch()
    head = try git.head()
    var branches: [ReferenceName: ObjectID] = [:]
    for name in [base, current].compactMap(\.self) { branches[name] = try git.target(of: name) }
    self.branches = branches
  }

  /// What changed since an earlier view, beside what landings brought.
  ///
  /// - Parameter landings: The commits by which landings moved the base branch.
  func changes(
    since old: CheckoutView, landings: Set<ObjectID>, _ git: borrowing GitSession<Writing>
  ) throws -> [Leak.What] {
    var changes: [Leak.What] = []
    if current != old.current || (current == nil && head != old.head) {
      changes.append(.head(from: old.headName, isBranch: old.current != nil, to: headName))
    }
    var landed: Set<RepositoryPath> = []
    for (branch, tip) in branches.sorted(by: { $0.key.text < $1.key.text }) {
      guard let before = old.branches[branch], before != tip else { continue }
      if let leak = try commits(on: branch, from: before, to: tip, landings, git) {
        changes.append(leak)
      }
      // A landing may have merged itself into files that were dirty already.
      landed.formUnion(
        try git.changes(from: git.tree(of: before), to: git.tree(of: tip)).map(\.path))
    }
    let paths = files.filter { path, file in
      guard let before = old.files[path] else { return true }
      return before != file && !landed.contains(path)
    }.keys
    if !paths.isEmpty { changes.append(.files(paths.sorted())) }
    return changes
  }

  /// Where commits lie on a branch; the newest of them is `newest`.
  func place(of newest: ObjectID, on branch: ReferenceName) -> Leak.Place {
    guard branches[branch] == newest else { return .below }
    return branch == current ? .onTop : .elsewhere
  }

  private var headName: String { current?.shortName ?? head?.short ?? "no commit" }

  /// The commits that came to a branch otherwise than by a landing.
  private func commits(
    on branch: ReferenceName, from before: ObjectID, to tip: ObjectID, _ landings: Set<ObjectID>,
    _ git: borrowing GitSession<Writing>
  ) throws -> Leak.What? {
    var walk = CommitWalk(from: [tip], hiding: [before])
    walk.firstParentOnly = true
    let all = try git.commits(walk)
    let foreign = all.filter { !landings.contains($0.id) }
    guard let newest = foreign.first, let oldest = foreign.last else { return nil }
    return .commits(
      foreign.map(\.id), summary: newest.summary, branch: branch,
      before: oldest.parents.first ?? before)
  }
}
