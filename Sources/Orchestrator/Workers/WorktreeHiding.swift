internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Keeps the worktrees of a run out of the user's `git status`.
enum WorktreeHiding {
  /// Adds the worktree base to `info/exclude` if it lies in the checkout and is not hidden yet.
  static func hide(_ base: FilePath, in project: Project) throws {
    let normal = base.lexicallyNormalized()
    guard normal.starts(with: project.root), normal != project.root else { return }
    // "/.worktrees/": the path behind the root, with the slash before it.
    let rootLength = PersistedPath(project.root).bytes.count
    let path = PersistedPath(normal).bytes.dropFirst(rootLength)
    // The file holds patterns: what is special in one is taken by its letter.
    let special = Array(#"\*?[]"#.utf8)
    let line =
      path.flatMap { special.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] }
      + [UInt8(ascii: "/")]
    let file = project.repository.commonDirectory.pushing("info/exclude")
    let text = (try? FileTree.read(file)) ?? []
    let newline = UInt8(ascii: "\n")
    guard !text.split(separator: newline).contains(where: { $0.elementsEqual(line) }) else {
      return
    }
    try FileTree.makeDirectories(file.removingLastComponent())
    let separator = text.isEmpty || text.last == newline ? [] : [newline]
    try FileTree.replace(file, with: text + separator + line + [newline])
  }
}
