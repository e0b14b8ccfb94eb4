internal import CLibGit2

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

// Conflicts that git reports and libgit2 resolves in silence. Each of them, left alone, gives a
// clean merge that loses something: a file in a directory that is gone for everybody else, a tree
// that no checkout can write, a change that meets a deletion.

extension GitSession {
  /// The conflicts in a merge that libgit2 does not see.
  ///
  /// - Parameter isClean: Whether libgit2 found none; only then is its result looked at.
  func overlookedConflicts(
    _ index: borrowing Owned<IndexHandle>, isClean: Bool, bases: [ObjectID], ours: ObjectID,
    theirs: ObjectID
  ) throws(GitError) -> [ConflictedPath] {
    let sides = (ours: try tree(of: ours), theirs: try tree(of: theirs))
    var found = isClean ? try nameCollisions(in: index, sides) : []
    let ancestors = try ancestors(bases)
    for path in ancestors.conflicts {
      let mine = try entry(at: path, in: sides.ours)
      let other = try entry(at: path, in: sides.theirs)
      // Text that both changed is merged with markers, as git does it.
      guard (mine == nil) != (other == nil) else { continue }
      found.append(try conflict(path, sides, "its common ancestors conflict"))
    }
    let minds = try mindsMovedDirectories()
    for base in ancestors.trees {
      for (one, other) in [(sides.ours, sides.theirs), (sides.theirs, sides.ours)] {
        for path in try changesOfKind(base, by: one, movedBy: other) {
          found.append(try conflict(path, sides, "moved on one side, another kind on the other"))
        }
        guard minds else { continue }
        for path in try misplacedAdditions(base, mover: one, adder: other) {
          found.append(try conflict(path, sides, "added to a directory that the other side moved"))
        }
      }
    }
    return found
  }

  private func conflict(
    _ path: RepositoryPath, _ sides: (ours: ObjectID, theirs: ObjectID), _ explanation: String
  ) throws(GitError) -> ConflictedPath {
    ConflictedPath(
      path: path, ancestor: nil, ours: try entry(at: path, in: sides.ours),
      theirs: try entry(at: path, in: sides.theirs), explanation: explanation)
  }

  // MARK: A file and a directory of one name

  /// Names that one side uses for a file and the other for a directory.
  ///
  /// libgit2 finds these among plain changes, but not when a rename led there; the tree that it
  /// then writes has one name twice.
  private func nameCollisions(
    in index: borrowing Owned<IndexHandle>, _ sides: (ours: ObjectID, theirs: ObjectID)
  ) throws(GitError) -> [ConflictedPath] {
    var found: [ConflictedPath] = []
    // The entries are in order of their bytes, so those that begin with one path are neighbours.
    var prefixes: [(path: UnsafePointer<CChar>, count: Int)] = []
    for position in 0..<git_index_entrycount(index.pointer) {
      guard let path = git_index_get_byindex(index.pointer, position)?.pointee.path else {
        continue
      }
      while let last = prefixes.last, strncmp(last.path, path, last.count) != 0 {
        prefixes.removeLast()
      }
      for prefix in prefixes where path[prefix.count] == CChar(UInt8(ascii: "/")) {
        let file = RepositoryPath(cString: prefix.path)
        guard !found.contains(where: { $0.path == file }) else { continue }
        found.append(try conflict(file, sides, "a file on one side and a directory on the other"))
      }
      prefixes.append((path, cStringLength(path)))
    }
    return found
  }

  // MARK: Several merge bases

  /// The trees to compare with, and the paths on which the merge bases themselves conflict.
  ///
  /// libgit2 drops a path that one base changed and the other deleted from their merge. The path
  /// then looks as if one side had just added it.
  private func ancestors(
    _ bases: [ObjectID]
  ) throws(GitError) -> (trees: [ObjectID], conflicts: Set<RepositoryPath>) {
    var conflicts: Set<RepositoryPath> = []
    for other in bases.dropFirst() {
      switch try merge(other, into: bases[0]) {
      case .clean(let tree) where bases.count == 2: return ([tree], [])
      case .conflicts(let found): conflicts.formUnion(found.flatMap(\.paths))
      case .clean, .alreadyContained, .unrelated: break
      }
    }
    var trees: [ObjectID] = []
    for base in bases { trees.append(try tree(of: base)) }
    return (trees, conflicts)
  }

  // MARK: Renames of what became another kind of thing

  /// Files that one side turned into something else, such as a symbolic link, where the other has
  /// nothing any more: it deleted or moved them, and libgit2 follows the move as if nothing was.
  private func changesOfKind(
    _ base: ObjectID, by changer: ObjectID, movedBy mover: ObjectID
  ) throws(GitError) -> [RepositoryPath] {
    var found: [RepositoryPath] = []
    for change in try changes(from: base, to: changer) {
      guard let old = change.old, let new = change.new, old.mode.isFile != new.mode.isFile,
        try entry(at: change.path, in: mover) == nil
      else { continue }
      found.append(change.path)
    }
    return found
  }

  // MARK: Directories that one side moved

  private func mindsMovedDirectories() throws(GitError) -> Bool {
    // "true" asks git to move the file along, which libgit2 cannot: still a conflict here.
    guard let value = try configuration("merge.directoryRenames") else { return true }
    return !["false", "no", "off", "0"].contains(value.lowercased())
  }

  /// Files that one side put into a directory that the other moved away as a whole.
  private func misplacedAdditions(
    _ base: ObjectID, mover: ObjectID, adder: ObjectID
  ) throws(GitError) -> Set<RepositoryPath> {
    var gone: [RepositoryPath: Bool] = [:]
    var candidates: [(path: RepositoryPath, directory: RepositoryPath)] = []
    for change in try changes(from: base, to: adder) where change.old == nil {
      var parent = change.path.parent
      while let directory = parent {
        parent = directory.parent
        let isGone: Bool
        if let known = gone[directory] {
          isGone = known
        } else {
          let before = try entry(at: directory, in: base)?.mode
          let after = try entry(at: directory, in: mover)?.mode
          isGone = before == .tree && after != .tree
          gone[directory] = isGone
        }
        if isGone { candidates.append((change.path, directory)) }
      }
    }
    guard !candidates.isEmpty else { return [] }
    let left = try pathsMovedAway(from: base, to: mover)
    return Set(
      candidates.filter { candidate in
        left.contains { $0.old.isInside(candidate.directory) && $0.old.parent != $0.new.parent }
      }.map(\.path))
  }

  private func pathsMovedAway(
    from old: ObjectID, to new: ObjectID
  ) throws(GitError) -> [(old: RepositoryPath, new: RepositoryPath)] {
    let operation = "look for renames between the trees \(old.short) and \(new.short)"
    let oldTree = try lookUpTree(old)
    let newTree = try lookUpTree(new)
    let diff = try Owned<DiffHandle>(operation) {
      git_diff_tree_to_tree(&$0, raw, oldTree.pointer, newTree.pointer, nil)
    }
    var options = git_diff_find_options()
    try check(
      git_diff_find_options_init(&options, UInt32(GIT_DIFF_FIND_OPTIONS_VERSION)), operation)
    options.flags = GIT_DIFF_FIND_RENAMES.rawValue
    options.rename_limit = 100_000
    try check(git_diff_find_similar(diff.pointer, &options), operation)
    return (0..<git_diff_num_deltas(diff.pointer)).compactMap { position in
      guard let delta = git_diff_get_delta(diff.pointer, position)?.pointee,
        delta.status == GIT_DELTA_RENAMED, let old = delta.old_file.path,
        let new = delta.new_file.path
      else { return nil }
      return (RepositoryPath(cString: old), RepositoryPath(cString: new))
    }
  }
}
