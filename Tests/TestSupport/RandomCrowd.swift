/// Two commits to merge, with many files that are like each other, as commands of `git fast-import`.
///
/// One side moves most of the files and edits them, the other edits what was moved: which file became
/// which is only to be found out by comparing each with each.
public struct RandomCrowd {
  private typealias Tree = [String: [String]]

  private var random: SeededGenerator
  private let seed: Int
  /// What files of one kind have in common.
  private var kinds: [[String]] = []
  private var counter = 0
  private var stream: [UInt8] = []

  /// The commands; they make the branches `s<seed>/ours` and `s<seed>/theirs`.
  public static func make(seed: Int) -> [UInt8] {
    var crowd = RandomCrowd(seed: seed)
    crowd.make()
    return crowd.stream
  }

  private init(seed: Int) {
    self.seed = seed
    random = SeededGenerator(seed: seed)
  }

  private mutating func make() {
    kinds = (0..<random.pick([1, 3, 8])).map { kind in
      let count = random.pick([6, 20, 60])
      return (0..<count).map { $0 % 5 == 4 ? "" : "kind \(kind) line \($0 % 13) \($0 / 13)" }
    }
    var base: Tree = [:]
    for number in 0..<random.pick([6, 14, 40]) {
      base["\(random.pick(["a/", "a/b/", "c/", ""]))\(number)\(random.pick(["", ".x"]))"] = file()
    }
    commit("base", base, from: nil)
    var ours = base
    move(&ours)
    commit("ours", ours, from: "base")
    var theirs = base
    if random.oneIn(4) { move(&theirs) }
    for path in theirs.keys.sorted() where random.oneIn(2) { edit(path, &theirs, 2) }
    for _ in 0..<random.pick([0, 2]) { theirs["a/new\(random.next() % 9)"] = file() }
    commit("theirs", theirs, from: "base")
  }

  private mutating func file() -> [String] {
    var lines = random.pick(kinds)
    for line in lines.indices where random.oneIn(4) { lines[line] = fresh() }
    if random.oneIn(12) { lines.append("\0binary") }
    return lines
  }

  private mutating func fresh() -> String {
    counter += 1
    return "line \(seed) \(counter) " + String(repeating: "x", count: random.pick([0, 0, 10, 100]))
  }

  private mutating func edit(_ path: String, _ tree: inout Tree, _ most: Int) {
    guard var lines = tree[path], !lines.isEmpty else { return }
    for _ in 0..<Int.random(in: 0...most, using: &random) {
      let line = Int.random(in: 0..<lines.count, using: &random)
      if random.oneIn(3) { lines.insert(fresh(), at: line) } else { lines[line] = fresh() }
    }
    tree[path] = lines
  }

  private mutating func move(_ tree: inout Tree) {
    for path in tree.keys.sorted() {
      switch Int.random(in: 0..<10, using: &random) {
      case 0: tree[path] = nil
      case 1, 2: continue
      default:
        let name = path.split(separator: "/").last.map { String($0) } ?? path
        let target = random.pick(["m/", "m/n/", "c/"]) + (random.oneIn(3) ? name : "\(counter)r")
        counter += 1
        guard tree[target] == nil, let lines = tree.removeValue(forKey: path) else { continue }
        tree[target] = lines
        edit(target, &tree, random.pick([0, 3, lines.count]))
      }
    }
    for _ in 0..<random.pick([0, 3]) { tree["m/added\(random.next() % 9)"] = file() }
  }

  private mutating func commit(_ branch: String, _ tree: Tree, from parent: String?) {
    var text = "commit refs/heads/s\(seed)/\(branch)\n"
    text += "committer T <t@example.com> 1700000000 +0000\ndata 1\nc\n"
    if let parent { text += "from refs/heads/s\(seed)/\(parent)\n" }
    text += "deleteall\n"
    for (path, lines) in tree.sorted(by: { $0.key < $1.key }) {
      let content = lines.map { $0 + "\n" }.joined()
      text += "M 100644 inline \(path)\ndata \(content.utf8.count)\n\(content)\n"
    }
    stream += Array(text.utf8)
  }
}
