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

// What states of the kind `everything` hold beside plain files.
extension RandomCheckout {
  static let rareNames: [[UInt8]] = [
    Array(repeating: UInt8(ascii: "x"), count: 255), Array("A".utf8), Array("DIR".utf8),
    Array("deep/er/and/deep/er/still".utf8), Array("crlf.txt".utf8), Array("id.c".utf8),
    Array("raw.bin".utf8), Array("dir0".utf8), Array(".hidden".utf8), Array("x y".utf8),
    [0x01, 0x7F], Array("a".utf8) + [0xFF],
  ]

  /// Lines enough for renames with changes; sometimes with other line ends.
  mutating func longText() -> String {
    let lines = ["alpha\n", "beta\n", "gamma gamma\n", "delta, a longer line\n", "$Id$\n", "x\r\n"]
    let count = random.pick([0, 1, 1, 3, 8, 12])
    let first = Int.random(in: 0..<3, using: &random)
    return (0..<count).map { line in
      random.oneIn(8) ? random.pick(lines) : "\(lines[(first + line) % 4])"
    }.joined()
  }

  /// Configuration, and files outside of the working tree.
  mutating func makeSurroundings() async throws {
    func set(_ name: String, _ value: String) async throws {
      try await repository.git("config", name, value)
      log.append("\(name)=\(value)")
    }
    let version = random.pick(["2", "2", "3", "4", "4"])
    try await set("index.version", version)
    if random.oneIn(10) { try await set("core.fileMode", "false") }
    if random.oneIn(20) { try await set("core.checkStat", "minimal") }
    if random.oneIn(20) { try await set("core.trustCtime", "false") }
    if random.oneIn(20) { try await set("core.autocrlf", random.pick(["true", "input"])) }
    if random.oneIn(12) {
      let file = repository.sandbox.appending("excludes")
      try writeFile(file, "*.log\nexcluded\n!a.log\n/build\n")
      try await set("core.excludesFile", file.string)
    }
  }

  /// What the first commit has beside files.
  mutating func addBase() async throws {
    if random.oneIn(3) {
      let lines = [
        "* text=auto", "*.txt text eol=crlf", "*.c ident", "*.bin -text", "dir/* text eol=lf",
        "id.c ident text", "crlf.txt -text", "[ab]* text",
      ]
      let text = (0..<Int.random(in: 1...4, using: &random)).map { _ in random.pick(lines) + "\n" }
      let place = random.pick([".gitattributes", ".gitattributes", "dir/.gitattributes"])
      try clear(RepositoryPath(place))
      try writeFile(RepositoryPath(place).absolute(in: repository.root), text.joined())
      log.append("\(place): \(text)")
    }
    for name in ["sub", "dir/sub2"] where random.oneIn(3) {
      try await makeRepository(RepositoryPath(name), commits: true)
    }
  }

  /// Puts a repository into the working tree.
  private mutating func makeRepository(_ path: RepositoryPath, commits: Bool) async throws {
    try clear(path)
    let place = path.absolute(in: repository.root)
    try makeDirectories(place)
    try await Oracle.git(["init", "-q", "-b", "main", "."], in: place)
    try writeFile(place.appending("inner.txt"), "inner\n")
    log.append("repository \(path), commits: \(commits)")
    guard commits else { return }
    try await Oracle.run(
      "sh",
      [
        "-c",
        "git config user.name T; git config user.email t@example.com; git add -A; "
          + "git commit -qm one",
      ], in: place)
  }

  mutating func addRarities() async throws {
    if random.oneIn(3) { try await changeSubmodules() }
    if random.oneIn(4) { try await move() }
    if random.oneIn(5) { try await mark() }
    if random.oneIn(5) { try await unmerge() }
    if random.oneIn(6) { try await makeSparse() }
    if random.oneIn(5) {
      let (path, commits) = (path(), !random.oneIn(3))
      // A program cannot be started in a directory whose name is not text.
      if String(validating: path.bytes, as: UTF8.self) != nil {
        try await makeRepository(path, commits: commits)
      }
    }
    if random.oneIn(4) {
      let path = try freePath()
      try makeDirectories(path.absolute(in: repository.root))
      log.append("empty directory \(path)")
    }
    if random.oneIn(12) {
      let path = try freePath()
      try makeDirectories(path.absolute(in: repository.root).removingLastComponent())
      _ = path.absolute(in: repository.root).withPlatformString { mkfifo($0, 0o644) }
      log.append("pipe \(path)")
    }
    if random.oneIn(10) {
      _ = try await Oracle.git(
        ["checkout", "-q", "--detach"], in: repository.root, allowFailure: true)
      log.append("detach")
    }
    if random.oneIn(15) {
      _ = try await Oracle.git(
        ["symbolic-ref", "HEAD", "refs/heads/unborn"], in: repository.root, allowFailure: true)
      log.append("unborn")
    }
  }

  private mutating func freePath() throws -> RepositoryPath {
    let path = path()
    try clear(path)
    return path
  }

  private mutating func changeSubmodules() async throws {
    for name in ["sub", "dir/sub2"] {
      let place = RepositoryPath(name).absolute(in: repository.root)
      guard pathExists(place.appending(".git")) else { continue }
      let what = random.pick([
        "commit", "edit", "untracked", "empty", "gone", "file", "stage", "all",
      ])
      log.append("submodule \(name): \(what)")
      switch what {
      case "commit":
        try await Oracle.git(["commit", "-q", "--allow-empty", "-m", "two"], in: place)
      case "edit": try writeFile(place.appending("inner.txt"), "edited\n")
      case "untracked": try writeFile(place.appending("new.txt"), "new\n")
      case "stage":
        try writeFile(place.appending("inner.txt"), "staged\n")
        try await Oracle.git(["add", "-A"], in: place)
      case "all":
        try await Oracle.git(["commit", "-q", "--allow-empty", "-m", "two"], in: place)
        try writeFile(place.appending("inner.txt"), "edited\n")
        try writeFile(place.appending("new.txt"), "new\n")
      case "empty":
        removeAll(place)
        try makeDirectories(place)
      case "gone": removeAll(place)
      default:
        removeAll(place)
        try writeFile(place, "a file now\n")
      }
    }
  }

  /// Moves tracked files, sometimes with a change.
  private mutating func move() async throws {
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      guard let source = try tracked.first(where: { _ in random.oneIn(3) }) else { continue }
      let target = path()
      if target.isInside(source) || source.isInside(target) { continue }
      try clear(target)
      let (old, new) = (
        source.absolute(in: repository.root), target.absolute(in: repository.root)
      )
      try makeDirectories(new.removingLastComponent())
      guard
        old.withPlatformString({ old in new.withPlatformString { rename(old, $0) } }) == 0
      else { continue }
      if random.oneIn(2), isRegularFile(new), let bytes = try? readFile(new) {
        try writeFile(new, bytes + Array("and more\n".utf8))
      }
      log.append("move \(source) to \(target)")
    }
    let how = random.pick([["--all"], ["--intent-to-add", "."], ["--update"]])
    _ = try await Oracle.git(["add", "--force"] + how, in: repository.root, allowFailure: true)
    log.append("add \(how)")
  }

  /// The paths in the index.
  func indexed() async throws -> [RepositoryPath] {
    let listed = try await repository.gitBytes("ls-files", "-z")
    var paths: [RepositoryPath] = []
    for path in listed.split(separator: 0) where paths.last?.bytes.elementsEqual(path) != true {
      paths.append(RepositoryPath(bytes: path))
    }
    return paths
  }

  /// Sets the marks "assume unchanged" and "skip worktree".
  private mutating func mark() async throws {
    for flag in ["--assume-unchanged", "--skip-worktree"] where random.oneIn(2) {
      let chosen = try await indexed().filter { _ in random.oneIn(4) }
      try await updateIndex([flag], chosen)
      log.append("\(flag) \(chosen)")
      for path in chosen where random.oneIn(3) {
        removeAll(path.absolute(in: repository.root))
        log.append("remove \(path)")
      }
    }
  }

  private func updateIndex(_ arguments: [String], _ paths: [RepositoryPath]) async throws {
    guard !paths.isEmpty else { return }
    let list = repository.sandbox.appending("paths")
    try writeFile(list, Array(paths.map { $0.bytes + [0] }.joined()))
    try await Oracle.run(
      "sh",
      ["-c", "git update-index \(arguments.joined(separator: " ")) -z --stdin < '\(list.string)'"],
      in: repository.root, allowFailure: true)
  }

  /// Makes entries of unfinished merges.
  private mutating func unmerge() async throws {
    let blobs = try await Oracle.run(
      "sh", ["-c", "for t in a b c; do echo $t | git hash-object -w --stdin; done"],
      in: repository.root
    ).text.split(separator: "\n")
    var lines: [UInt8] = []
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let known = try await indexed()
      let path = known.isEmpty || random.oneIn(3) ? path() : random.pick(known)
      let stages = random.pick([[1], [2], [3], [1, 2], [1, 3], [2, 3], [1, 2, 3], [1, 2, 3]])
      lines += Array("0 \(ObjectID.zero)\t".utf8) + path.bytes + [0]
      for stage in stages {
        let mode = random.pick(["100644", "100644", "100755", "120000"])
        lines += Array("\(mode) \(blobs[stage - 1]) \(stage)\t".utf8) + path.bytes + [0]
      }
      log.append("unmerged \(stages) \(path)")
    }
    let list = repository.sandbox.appending("index-info")
    try writeFile(list, lines)
    try await Oracle.run(
      "sh", ["-c", "git update-index -z --index-info < '\(list.string)'"], in: repository.root,
      allowFailure: true)
  }

  /// Checks out a part of the tree, and puts something outside of it.
  private mutating func makeSparse() async throws {
    let arguments = random.pick([["dir"], ["sub", "dir-x"], ["build/dir"], []])
    do {
      // git 2.39 spoils its own memory over some of these states ("double free"): then it ends
      // somehow, or never.
      try await Oracle.git(
        ["sparse-checkout", "set", "--cone"] + arguments, in: repository.root, allowFailure: true,
        atMost: .seconds(20))
    } catch is OracleError {
      for lock in ["index.lock", "info/sparse-checkout.lock"] {
        try clear(RepositoryPath(".git/\(lock)"))
      }
    }
    log.append("sparse \(arguments)")
    for path in try await indexed() where random.oneIn(8) {
      try clear(path)
      try writeFile(path.absolute(in: repository.root), "outside\n")
      log.append("write \(path)")
    }
  }
}
