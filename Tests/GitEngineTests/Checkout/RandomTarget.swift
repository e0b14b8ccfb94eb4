import GitEngine
import SystemPackage
import TestSupport
import Testing

/// A commit whose paths are what a base commit, the index or the working tree has there, or something new.
struct RandomTarget {
  enum Manner {
    /// Half of all paths are another version, or gone.
    case anything
    /// One path in six changes; three of four such changes are lines that the file had not.
    case fewChanges
  }

  private typealias Versions = (base: TreeEntry?, index: TreeEntry?, files: TreeEntry?)
  private let manner: Manner
  private let base: String
  private var random: SeededGenerator

  /// A target whose parent is the revision `base`.
  init(_ manner: Manner, on base: String, seed: Int) {
    self.manner = manner
    self.base = base
    random = SeededGenerator(seed: seed + 7_000_000)
  }

  func commit(in repository: TestRepository) async throws -> ObjectID {
    let parent = try await repository.id(base)
    let index = try await tree(repository, adding: [])
    let files = try await tree(repository, adding: ["--all", "--force", "--ignore-errors"])
    return try await repository.engine().read { [self] git in
      var copy = self
      let tree = try copy.tree(git, [git.tree(of: parent), index, files])
      return try git.createCommit(
        tree: tree, parents: [parent], message: "target\n", author: TestRepository.signature,
        committer: TestRepository.signature)
    }
  }

  private mutating func tree<Access>(
    _ git: borrowing GitSession<Access>, _ trees: [ObjectID?]
  ) throws -> ObjectID {
    var versions: [RepositoryPath: Versions] = [:]
    let places: [WritableKeyPath<Versions, TreeEntry?>] = [\.base, \.index, \.files]
    for (place, tree) in zip(places, trees) {
      guard let tree else { continue }
      for change in try git.changes(from: nil, to: tree) {
        versions[change.path, default: (nil, nil, nil)][keyPath: place] = change.new
      }
    }
    let new = TreeEntry(mode: .regular, id: try git.writeBlob(Array("new\n".utf8)))
    for name in ["a", "dir/a", "dir", "b.txt/x", "fresh"] where random.oneIn(6) {
      versions[RepositoryPath(name), default: (nil, nil, nil)].base = new
    }
    var chosen: [RepositoryPath: TreeEntry] = [:]
    for (path, versions) in versions.sorted(by: { $0.key < $1.key }) {
      guard let entry = try choose(git, versions, new),
        !chosen.keys.contains(where: { path.isInside($0) || $0.isInside(path) })
      else { continue }
      chosen[path] = entry
    }
    return try git.tree(
      updating: nil, chosen.sorted { $0.key < $1.key }.map { .set($0.key, $0.value) })
  }

  private mutating func choose<Access>(
    _ git: borrowing GitSession<Access>, _ versions: Versions, _ new: TreeEntry
  ) throws -> TreeEntry? {
    let (base, index, files) = versions
    guard manner == .fewChanges else {
      let entry = random.pick([base, base, base, base, index, files, nil, new])
      return entry?.mode == .gitlink ? nil : entry
    }
    guard random.oneIn(6) else { return base }
    if let base, [.regular, .executable].contains(base.mode), !random.oneIn(4) {
      let old = try git.blob(base.id)
      let line = Array("landed\n".utf8)
      return TreeEntry(
        mode: base.mode, id: try git.writeBlob(random.oneIn(2) ? line + old : old + line))
    }
    return random.pick([index, files, nil, new])
  }

  /// The tree of the index, perhaps with all files; `nil` where git can make none, as in an unfinished merge.
  private func tree(
    _ repository: TestRepository, adding options: [String]
  ) async throws -> ObjectID? {
    let copy = repository.sandbox.appending("index")
    let environment = ["GIT_INDEX_FILE": copy.string]
    let index = repository.root.pushing(".git/index")
    if pathExists(index) {
      try await Oracle.run("cp", [index.string, copy.string], in: repository.root)
    }
    if !options.isEmpty {
      try await Oracle.run(
        "git", ["add"] + options, in: repository.root, environment: environment, allowFailure: true)
    }
    let tree = try await Oracle.run(
      "git", ["write-tree"], in: repository.root, environment: environment, allowFailure: true)
    return tree.status == 0 ? ObjectID(hex: tree.text) : nil
  }
}
