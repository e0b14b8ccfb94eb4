/// Two branches that a seed decides, as commands of `git fast-import`: `s<seed>/main` and
/// `s<seed>/topic`, with a common beginning.
///
/// Both edit a few files. Now and then a change is made on both, a commit is empty, a topic of the
/// topic is merged, a message or an author is unusual.
public struct RandomBranches {
  private typealias Tree = [String: [String]]

  private struct Edit {
    var path: String
    var line: Int
    var count: Int
    var lines: [String]?

    func apply(_ tree: inout Tree) {
      guard let lines else {
        tree[path] = nil
        return
      }
      var text = tree[path] ?? []
      let start = min(line, text.count)
      text.replaceSubrange(start..<min(start + count, text.count), with: lines)
      tree[path] = text
    }
  }

  private let seed: Int
  private var random: SeededGenerator
  private var stream: [UInt8] = []
  private var marks = 0
  private var time = 1_600_000_000

  /// The commands.
  public static func make(seed: Int) -> [UInt8] {
    var branches = RandomBranches(seed: seed)
    branches.make()
    return branches.stream
  }

  private init(seed: Int) {
    self.seed = seed
    random = SeededGenerator(seed: seed)
  }

  private mutating func make() {
    var base: Tree = [:]
    for name in ["a", "b", "dir/c"] {
      base[name] = (1...Int.random(in: 5...30, using: &random)).map { "\(name) \($0)" }
    }
    let root = commit(base, parents: [], "main")
    var (main, topic) = (base, base)
    var (mainTip, topicTip) = (root, root)
    var edits: [Edit] = []
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      if random.oneIn(8) {
        // A topic of the topic, merged.
        var side = topic
        let edit = edit(topic)
        edit.apply(&side)
        let sideTip = commit(side, parents: [topicTip], "side")
        let own = self.edit(topic)
        own.apply(&topic)
        topicTip = commit(topic, parents: [topicTip], "topic")
        edit.apply(&topic)
        topicTip = commit(topic, parents: [topicTip, sideTip], "topic")
        continue
      }
      if !random.oneIn(9) {
        let edit = edit(topic)
        edits.append(edit)
        edit.apply(&topic)
      }
      topicTip = commit(topic, parents: [topicTip], "topic")
    }
    for _ in 0..<Int.random(in: 0...4, using: &random) {
      let edit = !edits.isEmpty && random.oneIn(2) ? random.pick(edits) : edit(main)
      edit.apply(&main)
      mainTip = commit(main, parents: [mainTip], "main")
    }
  }

  private mutating func edit(_ tree: Tree) -> Edit {
    let path = random.oneIn(6) ? "new\(random.next() % 4)" : random.pick(tree.keys.sorted())
    guard !random.oneIn(20) else { return Edit(path: path, line: 0, count: 0, lines: nil) }
    let lines = (0..<Int.random(in: 0...3, using: &random)).map { _ in "edit \(random.next() % 50)"
    }
    return Edit(
      path: path, line: Int.random(in: 0...(tree[path]?.count ?? 0), using: &random),
      count: Int.random(in: 0...2, using: &random), lines: lines)
  }

  private mutating func commit(_ tree: Tree, parents: [Int], _ branch: String) -> Int {
    marks += 1
    time += 100
    let author = random.pick(["A U Thor <a@example.com>", "Ünï <u@example.com>", "x <>"])
    let message = message()
    var text = "commit refs/heads/s\(seed)/\(branch)\nmark :\(seed * 1000 + marks)\n"
    text += "author \(author) \(time) \(random.pick(["+0000", "-0330", "+1400"]))\n"
    text += "committer T <t@example.com> \(time) +0000\n"
    if message.isLatin1 { text += "encoding ISO-8859-1\n" }
    stream += Array("\(text)data \(message.bytes.count)\n".utf8) + message.bytes
    text = "\n"
    for (position, parent) in parents.enumerated() {
      text += "\(position == 0 ? "from" : "merge") :\(seed * 1000 + parent)\n"
    }
    text += "deleteall\n"
    for (path, lines) in tree.sorted(by: { $0.key < $1.key }) {
      let content = lines.map { "\($0)\n" }.joined()
      text += "M 644 inline \(path)\ndata \(content.utf8.count)\n\(content)\n"
    }
    stream += Array(text.utf8)
    return marks
  }

  private mutating func message() -> (bytes: [UInt8], isLatin1: Bool) {
    if random.oneIn(12) { return (Array("caf".utf8) + [0xE9] + Array(" au lait\n".utf8), true) }
    let text = random.pick([
      "subject\n", "subject \(random.next() % 9)\n\nA body.\n  Indented.   \n\n\nMore.\n",
      "no line end", "\n \nblank before\n", "trailers\n\nSigned-off-by: A <a@b>\n",
      "trailers\n\nbody\n\nKey: value\n folded\nOther: x\n", "# not a comment\n", "müsli\n",
      "cherry\n\n(cherry picked from commit 0123)\nnot: a\nb\n", "two\nlines\n",
      "white space \t\n\n\n",
      "",
    ])
    return (Array(text.utf8), false)
  }
}
