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

internal import GitEngine

/// Brings a checkout into a state that a seed decides: commits, staged and unstaged edits,
/// deletions, changes of mode and kind, untracked and ignored files, odd names.
public struct RandomCheckout {
  /// What a state may hold.
  public enum Kind: Sendable {
    /// Files, links and directories in all states.
    case plain
    /// Also what is rarer: submodules and other nested repositories, attributes, unfinished merges, sparse
    /// checkouts and the marks of single entries, renames, all versions of the index, odd configurations.
    case everything
  }

  let repository: TestRepository
  let kind: Kind
  var random: SeededGenerator
  /// What was done, for the message of a test that fails.
  public internal(set) var log: [String] = []

  /// The log on one line, with long names cut.
  public var history: String {
    var text = ""
    var (last, count) = (Character(" "), 0)
    for character in log.joined(separator: "; ") {
      count = character == last ? count + 1 : 0
      last = character
      if count < 4 { text.append(character) }
    }
    return text
  }

  private static let names: [[UInt8]] = [
    Array("a".utf8), Array("b.txt".utf8), Array("c.o".utf8), Array("dir".utf8),
    Array("sp ace".utf8), Array("quo\"te\\".utf8), Array("new\nline".utf8), Array("Ünï".utf8),
    Array("caf".utf8) + [0xE9], [0xFF, 0xFE], Array("build".utf8), Array("[x]*?".utf8),
    Array("-dash".utf8), Array("#hash".utf8), Array("!bang".utf8), Array("a.log".utf8),
    Array(repeating: UInt8(ascii: "l"), count: 200), Array("dir-x".utf8), Array("dir.x".utf8),
  ]
  private static let rules = [
    "*.o", "build/", "/dir/a", "!c.o", "dir/*", "!dir/b.txt", "*.log", "#hash", "\\#hash",
    "\\!bang",
    "**/a", "dir/**", "a/**/b.txt", "sp ace", "[ab]*", "l*", "/build", "!build/", "*", "!*.txt",
  ]

  /// A generator of states for a repository that has no commit.
  public init(_ repository: TestRepository, seed: Int, kind: Kind = .plain) {
    self.repository = repository
    self.kind = kind
    // The streams of neighbouring seeds are one stream, shifted: far apart, they have nothing in common.
    random = SeededGenerator(seed: kind == .plain ? seed : (seed &+ 1) &* 0x2545_F491_4F6C_DD1D)
  }

  /// Adds what a test did itself.
  public mutating func note(_ what: String) { log.append(what) }

  /// Makes the state.
  public mutating func make() async throws {
    if kind == .everything { try await makeSurroundings() }
    if !random.oneIn(10) {
      for _ in 0..<Int.random(in: 3...15, using: &random) { try change() }
      if kind == .everything { try await addBase() }
      try await repository.git("add", "--all", "--force")
      try await repository.git("commit", "-q", "--allow-empty", "-m", "base")
    }
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      for _ in 0..<Int.random(in: 1...8, using: &random) { try change() }
      if random.oneIn(3) { try ignore() }
      try await stage()
    }
    if kind == .everything { try await addRarities() }
    for _ in 0..<Int.random(in: 0...6, using: &random) { try change() }
  }

  /// Goes on from a state to another one.
  public mutating func step() async throws {
    log.append("step")
    for _ in 0..<Int.random(in: 1...4, using: &random) { try change() }
    if random.oneIn(3) { try ignore() }
    if kind == .everything, random.oneIn(2) { try await addRarities() }
    if random.oneIn(2) { try await stage() }
    if random.oneIn(6) {
      _ = try await Oracle.git(
        ["commit", "-q", "--allow-empty", "-m", "step"], in: repository.root, allowFailure: true)
      log.append("commit")
    }
    if random.oneIn(2) { try change() }
  }

  mutating func path() -> RepositoryPath {
    let depth = random.pick([1, 1, 1, 2, 2, 3, 5])
    let names = kind == .plain ? Self.names : Self.names + Self.rareNames
    return (0..<depth).reduce(RepositoryPath(bytes: [])) { path, _ in
      path.appending(random.pick(names))
    }
  }

  /// A path that is there, or a new one.
  private mutating func target() throws -> RepositoryPath {
    let known = try tracked
    return known.isEmpty || random.oneIn(2) ? path() : random.pick(known)
  }

  /// The files of the working tree, by their names on disk.
  var tracked: [RepositoryPath] {
    get throws { try files(below: RepositoryPath(bytes: [])) }
  }

  private func files(below directory: RepositoryPath) throws -> [RepositoryPath] {
    try rawDirectoryNames(directory.absolute(in: repository.root)).sorted {
      $0.lexicographicallyPrecedes($1)
    }.filter { $0 != Array(".git".utf8) }.flatMap { name -> [RepositoryPath] in
      let path = directory.appending(name)
      let place = path.absolute(in: repository.root)
      if pathExists(place.appending(".git")) { return [] }
      return isDirectory(place) ? try files(below: path) : [path]
    }
  }

  mutating func change() throws {
    let path = try target()
    let place = path.absolute(in: repository.root)
    switch random.pick(["write", "write", "write", "link", "remove", "mode", "same", "directory"]) {
    case "write":
      try clear(path)
      let text = kind == .plain ? shortText() : longText()
      try writeFile(place, text, executable: random.oneIn(4))
      log.append("write \(path)")
    case "link":
      try clear(path)
      try makeDirectories(place.removingLastComponent())
      let goal = random.pick(["a", "dir", "nowhere", ".."])
      _ = place.withPlatformString { symlink(goal, $0) }
      log.append("link \(path) -> \(goal)")
    case "remove":
      removeAll(place)
      log.append("remove \(path)")
    case "mode":
      guard !isSymbolicLink(place), pathExists(place), !isDirectory(place) else { return }
      let mode: mode_t = random.oneIn(2) ? 0o755 : 0o644
      _ = place.withPlatformString { chmod($0, mode) }
      log.append("chmod \(String(mode, radix: 8)) \(path)")
    case "same":
      guard isRegularFile(place), let bytes = try? readFile(place) else { return }
      try writeFile(place, bytes)
      log.append("rewrite \(path)")
    default:
      // A file becomes a directory.
      try clear(path)
      try writeFile(path.appending(Array("in".utf8)).absolute(in: repository.root), "in\n")
      log.append("directory \(path)")
    }
  }

  private mutating func shortText() -> String {
    String(repeating: random.pick(["one\n", "two\n", ""]), count: random.pick([1, 3]))
  }

  private mutating func ignore() throws {
    let count = Int.random(in: 1...4, using: &random)
    let text = (0..<count).map { _ in random.pick(Self.rules) + "\n" }.joined()
    let place = random.pick([".gitignore", ".gitignore", "dir/.gitignore", ".git/info/exclude"])
    if !place.hasPrefix(".git/") { try clear(RepositoryPath(place)) }
    try writeFile(RepositoryPath(place).absolute(in: repository.root), text)
    log.append("\(place): \(text.split(separator: "\n"))")
  }

  /// Makes room: whatever is no directory above a path, and all that is at the path, goes.
  func clear(_ path: RepositoryPath) throws {
    var parents: [RepositoryPath] = []
    var current = path
    while let parent = current.parent {
      parents.append(parent)
      current = parent
    }
    for parent in parents.reversed() {
      let place = parent.absolute(in: repository.root)
      if pathExists(place), !isDirectory(place) { removeAll(place) }
    }
    removeAll(path.absolute(in: repository.root))
  }

  private mutating func stage() async throws {
    var chosen: [RepositoryPath] = []
    for path in try tracked where random.oneIn(3) { chosen.append(path) }
    let mode = random.pick(["add", "add", "add", "all", "uncache", "intent", "update"])
    log.append("\(mode) \(chosen.map(\.description))")
    switch mode {
    case "all":
      _ = try await Oracle.git(
        ["add", "--all"], in: repository.root, allowFailure: kind == .everything)
    case "update": try await repository.git("add", "--update")
    case "add": try await git(["add", "--force"], chosen)
    case "intent": try await git(["add", "--force", "--intent-to-add"], chosen)
    default: try await git(["rm", "-rqf", "--cached", "--ignore-unmatch"], chosen)
    }
  }

  func git(_ arguments: [String], _ paths: [RepositoryPath]) async throws {
    guard !paths.isEmpty else { return }
    let list = repository.sandbox.appending("paths")
    try writeFile(list, Array(paths.map(\.bytes).joined(separator: [0])))
    try await Oracle.run(
      "git",
      ["--literal-pathspecs"] + arguments + [
        "--pathspec-from-file=\(list.string)", "--pathspec-file-nul",
      ], in: repository.root, allowFailure: kind == .everything)
  }
}
