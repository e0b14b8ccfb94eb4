/// Two commits to merge, with the history that a seed decides, as commands of `git fast-import`.
///
/// The history is `base`, then some commits on either side: edits of single lines, additions,
/// deletions, renames, changes of mode and kind. In a criss-cross both sides have merged each other
/// once, so that there are two merge bases.
public struct RandomHistory {
  /// What a path is.
  struct File: Hashable {
    var mode: String
    var lines: [String]
  }
  typealias Tree = [String: File]

  private var random: SeededGenerator
  private var commands: [UInt8] = []
  private var counter = 0
  private var commits = 0
  private var marks: [String: Int] = [:]
  private let seed: Int
  private let wildness: Wildness

  /// What may happen on the sides.
  public enum Wildness: Sendable {
    /// Files stay where they are.
    case tame
    /// Files and directories are moved.
    case renames
    /// Directories are split, joined and replaced by files, files have twins, submodules come and go.
    case wild
  }

  /// The commands.
  public static func make(seed: Int, _ wildness: Wildness) -> [UInt8] {
    var history = RandomHistory(seed: seed, wildness)
    history.make()
    return history.commands
  }

  private init(seed: Int, _ wildness: Wildness) {
    self.seed = seed
    random = SeededGenerator(seed: seed)
    self.wildness = wildness
  }

  private mutating func make() {
    var base: Tree = [:]
    for directory in ["", "src/", "src/deep/", "lib/"] {
      for name in ["a", "b", "c"] where !random.oneIn(3) {
        base[directory + name] = newFile()
      }
    }
    base["one"] = newFile()
    commit("base", base, parents: [])
    var ours = base
    var theirs = base
    evolve(&ours, "ours", parents: ["base"])
    evolve(&theirs, "theirs", parents: ["base"])
    guard random.oneIn(4) else { return }
    let both = Self.combine(base, ours, theirs)
    let other = Self.combine(base, theirs, ours)
    commit("ours2", both, parents: ["ours", "theirs"])
    commit("theirs2", other, parents: ["theirs", "ours"])
    (ours, theirs) = (both, other)
    evolve(&ours, "ours", parents: ["ours2"])
    evolve(&theirs, "theirs", parents: ["theirs2"])
  }

  /// A merge path by path; where both changed, the first side wins.
  private static func combine(_ base: Tree, _ one: Tree, _ other: Tree) -> Tree {
    var result = one
    for path in Set(base.keys).union(other.keys) where one[path] == base[path] {
      result[path] = other[path]
    }
    // Nothing is a file and a directory at once.
    return result.filter { path, _ in !result.keys.contains { $0.hasPrefix(path + "/") } }
  }

  private mutating func newFile() -> File {
    counter += 1
    let count = Int.random(in: 8...30, using: &random)
    return File(
      mode: "100644", lines: (1...count).map { "file \(seed)-\(counter), line \($0)" })
  }

  private mutating func evolve(_ tree: inout Tree, _ side: String, parents: [String]) {
    var parents = parents
    for _ in 0..<Int.random(in: 1...2, using: &random) {
      for _ in 0..<Int.random(in: 1...4, using: &random) { change(&tree, side) }
      commit(side, tree, parents: parents)
      parents = [side]
    }
  }

  private mutating func change(_ tree: inout Tree, _ side: String) {
    let paths = tree.keys.sorted()
    guard !paths.isEmpty else { return }
    let path = random.pick(paths)
    guard var file = tree[path] else { return }
    counter += 1
    let moves = ["rename", "rename", "rename+edit", "directory"]
    let kinds =
      ["edit", "edit", "edit", "insert", "cut", "add", "delete", "mode", "link", "binary", "new"]
      + (wildness == .tame ? [] : moves) + (wildness == .wild ? Self.wildKinds + moves : [])
    let kind = random.pick(kinds)
    // What a submodule has is no text.
    if file.mode == "160000", !["delete", "rename", "directory"].contains(kind) {
      return changeWildly("submodule", path, &tree, side)
    }
    if Self.wildKinds.contains(kind) { return changeWildly(kind, path, &tree, side) }
    switch kind {
    case "edit":
      guard !file.lines.isEmpty else { return }
      let line = Int.random(in: 0..<file.lines.count, using: &random)
      file.lines[line] = "\(side) edited \(counter)"
      tree[path] = file
    case "insert":
      let line = Int.random(in: 0...file.lines.count, using: &random)
      file.lines.insert(contentsOf: ["\(side) new \(counter)", "and more"], at: line)
      tree[path] = file
    case "cut":
      guard file.lines.count > 6 else { return }
      let line = Int.random(in: 0..<(file.lines.count - 3), using: &random)
      file.lines.removeSubrange(line..<(line + 2))
      tree[path] = file
    case "add":
      put(newFile(), at: random.pick(["src/", "src/deep/", "lib/", "", "x/"]) + "new", &tree)
    case "new":
      put(newFile(), at: random.pick(["src/", "src/deep/", "lib/"]) + "\(side)\(counter)", &tree)
    case "delete": tree[path] = nil
    case "mode":
      file.mode = file.mode == "100644" ? "100755" : "100644"
      tree[path] = file
    case "link": tree[path] = File(mode: "120000", lines: ["\(side) target"])
    case "binary":
      file.lines.append("\0\(side) \(counter)")
      tree[path] = file
    case "directory":
      guard let slash = path.lastIndex(of: "/") else { return }
      let from = path[...slash]
      let target = random.pick(["moved/", "lib/sub/", "src2/"])
      for old in paths where old.hasPrefix(from) {
        let moved = tree[old]
        tree[old] = nil
        if let moved { put(moved, at: target + old.dropFirst(from.count), &tree) }
      }
    default:
      let target = random.pick(["src/", "lib/", "moved/", ""]) + random.pick(["a", "moved", "r"])
      tree[path] = nil
      if kind == "rename+edit", file.lines.count > 6 { file.lines[1] = "\(side) edited \(counter)" }
      put(file, at: target, &tree)
    }
  }

  private static let wildKinds = [
    "twin", "submodule", "split", "split", "swap", "to directory", "to file", "into root",
    "add beside", "add beside", "whole directory", "empty",
  ]

  private mutating func changeWildly(
    _ kind: String, _ path: String, _ tree: inout Tree, _ side: String
  ) {
    guard let file = tree[path] else { return }
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let inside = tree.keys.sorted().filter { $0.hasPrefix(directory) }
    switch kind {
    case "twin":
      put(
        file, at: random.pick(["src/", "lib/", "moved/", ""]) + random.pick(["twin", "a"]), &tree)
    case "submodule":
      let id = String((0..<40).map { _ in random.pick(Array("0123456789abcdef")) })
      let known = [String(repeating: "1", count: 40), String(repeating: "2", count: 40), id]
      tree[path] = File(mode: "160000", lines: [random.pick(known)])
    case "split":
      for old in inside where random.oneIn(2) {
        move(
          old, to: random.pick(["moved/", "src2/", "lib/"]) + old.dropFirst(directory.count), &tree)
      }
    case "swap":
      let other = random.pick(tree.keys.sorted())
      if let there = tree[other] { (tree[path], tree[other]) = (there, file) }
    case "to directory": put(newFile(), at: path + "/" + random.pick(["a", "inner"]), &tree)
    case "to file" where !directory.isEmpty: put(newFile(), at: String(directory.dropLast()), &tree)
    case "into root" where !directory.isEmpty:
      for old in inside { move(old, to: String(old.dropFirst(directory.count)), &tree) }
    case "whole directory" where !directory.isEmpty:
      let top = path.prefix { $0 != "/" } + "/"
      let target = random.pick(["moved/", "lib/", "src/", "src2/deep/"])
      for old in tree.keys.sorted() where old.hasPrefix(top) {
        move(old, to: target + old.dropFirst(top.count), &tree)
      }
    case "empty": tree[path] = File(mode: "100644", lines: [])
    default: put(newFile(), at: directory + random.pick(["x", "y", "\(side)\(counter)"]), &tree)
    }
  }

  private func move(_ old: String, to new: String, _ tree: inout Tree) {
    guard let file = tree[old] else { return }
    tree[old] = nil
    put(file, at: new, &tree)
  }

  /// Puts a file somewhere; what is in the way goes.
  private func put(_ file: File, at path: String, _ tree: inout Tree) {
    for other in tree.keys where other.hasPrefix(path + "/") || path.hasPrefix(other + "/") {
      tree[other] = nil
    }
    tree[path] = file
  }

  private mutating func commit(_ branch: String, _ tree: Tree, parents: [String]) {
    commits += 1
    let mark = seed * 100 + commits
    var text = "commit refs/heads/s\(seed)/\(branch)\nmark :\(mark)\n"
    text += "committer T <t@example.com> 1700000000 +0000\ndata 1\nc\n"
    for (parent, word) in zip(parents, ["from", "merge"]) {
      text += "\(word) :\(marks[parent] ?? 0)\n"
    }
    marks[branch] = mark
    text += "deleteall\n"
    for (path, file) in tree.sorted(by: { $0.key < $1.key }) {
      if file.mode == "160000" {
        text += "M 160000 \(file.lines.joined()) \(path)\n"
        continue
      }
      let content =
        file.mode == "120000" ? file.lines.joined() : file.lines.map { $0 + "\n" }.joined()
      text += "M \(file.mode) inline \(path)\ndata \(content.utf8.count)\n\(content)\n"
    }
    commands += Array(text.utf8)
  }
}
