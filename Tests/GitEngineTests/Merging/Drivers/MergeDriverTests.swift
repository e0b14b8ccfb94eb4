import GitEngine
import SystemPackage
import TestSupport
import Testing

/// Merge drivers of the configuration compared with what git makes of them.
@Suite(.timeLimit(.minutes(2)))
struct MergeDriverTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var attributes: String
    var configuration: [String: String] = [:]

    init(_ name: String, _ attributes: String, _ configuration: [String: String] = [:]) {
      testDescription = name
      self.attributes = attributes
      self.configuration = configuration
    }
  }

  static let join = "cat %O %A %B > joined && mv joined %A"

  static let cases = [
    Case("none", ""),
    Case("union", "*.txt merge=union"),
    Case("binary", "*.txt merge=binary"),
    Case("unset", "*.txt -merge"),
    Case("set", "*.txt merge", ["merge.default": "union"]),
    Case("a default", "", ["merge.default": "union"]),
    Case("a default of one's own", "", ["merge.default": "own", "merge.own.driver": join]),
    Case("an unknown name", "*.txt merge=unknown", ["merge.default": "binary"]),
    Case("a program that succeeds", "*.txt merge=own", ["merge.own.driver": join]),
    Case("a program with conflicts", "*.txt merge=own", ["merge.own.driver": "\(join); exit 1"]),
    Case("the highest conflict", "*.txt merge=own", ["merge.own.driver": "\(join); exit 128"]),
    Case("a program that changes nothing", "*.txt merge=own", ["merge.own.driver": "true"]),
    Case(
      "one that is not there, for the shell", "*.txt merge=own", ["merge.own.driver": "no-such x"]),
    Case("one of a built-in name", "*.txt merge=text", ["merge.text.driver": join]),
    Case("a name with dots", "*.txt merge=a.b.c", ["merge.a.b.c.driver": join]),
    Case(
      "all that a command can hold", "*.txt merge=own conflict-marker-size=23",
      ["merge.own.driver": "printf '%%s/%%s\\n' %L %P '%Q' 100%% > %A"]),
    Case("where it runs", "*.txt merge=own", ["merge.own.driver": "cat here >> %A"]),
    Case("long markers", "*.txt conflict-marker-size=23"),
    Case("markers of a wrong size", "*.txt conflict-marker-size=x"),
    Case("markers of no size", "*.txt conflict-marker-size=0"),
    Case(
      "a program, and another for merge bases", "*.txt merge=own",
      ["merge.own.driver": join, "merge.own.recursive": "union"]),
    Case(
      "a program, and none for merge bases", "*.txt merge=own",
      ["merge.own.driver": join, "merge.own.recursive": "binary"]),
  ]

  /// Commits "ours" and "theirs", with two merge bases if they are to have merged each other before.
  private func makeSides(_ repository: TestRepository, crissCross: Bool) async throws {
    func commit(_ branch: String, _ first: String, _ last: String) async throws {
      for path in ["a.txt", "b's file.txt"] as [RepositoryPath] {
        try repository.write(path, "\(first)\n\(numberedLines("common"))\(last)\n")
      }
      try await repository.commitAll(branch)
      try await repository.git("branch", "-f", branch)
    }
    try await commit("base", "first", "last")
    try await commit("ours", "first of ours", "last")
    try await repository.git("checkout", "-q", "--detach", "base")
    try await commit("theirs", crissCross ? "first of theirs" : "first", "last of theirs")
    if crissCross {
      let trees = (
        try await repository.git("rev-parse", "ours^{tree}"),
        try await repository.git("rev-parse", "theirs^{tree}")
      )
      let ours = try await repository.git(
        "commit-tree", trees.0, "-p", "ours", "-p", "theirs", "-m", "x")
      let theirs = try await repository.git(
        "commit-tree", trees.1, "-p", "theirs", "-p", "ours", "-m", "x")
      try await repository.git("branch", "-f", "theirs", theirs)
      try await repository.git("checkout", "-q", "--detach", ours)
      try await commit("ours", "first of us again", "last of us")
      try await repository.git("checkout", "-q", "--detach", "theirs")
      try await commit("theirs", "first of them again", "last of them")
    } else {
      try await repository.git("checkout", "-q", "--detach", "theirs")
      try await commit("theirs", "first of theirs", "last of theirs")
    }
  }

  private func merge(
    _ repository: TestRepository
  ) async throws -> (isClean: Bool, tree: ObjectID?) {
    let (ours, theirs) = (try await repository.id("ours"), try await repository.id("theirs"))
    return try await repository.engine().read { git in
      var options = MergeOptions()
      options.labels = .init(ours: "ours", theirs: "theirs")
      options.writesConflictTree = true
      guard case .merged(let merge) = try git.mergeInDetail(theirs, into: ours, options: options)
      else { throw OracleError(description: "not a merge") }
      return (merge.isClean, merge.tree)
    }
  }

  private func configure(_ repository: TestRepository, _ test: Case) async throws {
    for (name, value) in test.configuration { try await repository.git("config", name, value) }
    try writeFile(repository.root.appending(".git/info/attributes"), test.attributes + "\n")
    try writeFile(repository.root.appending("here"), "at the top\n")
  }

  @Test(arguments: cases, [false, true])
  func mergesLikeGit(test: Case, crissCross: Bool) async throws {
    try await withTestRepository(empty: true) { repository in
      try await makeSides(repository, crissCross: crissCross)
      try await configure(repository, test)
      let output = try await Oracle.git(
        ["merge-tree", "--write-tree", "--no-messages", "ours", "theirs"], in: repository.root,
        allowFailure: true)
      #expect(output.status <= 1)
      let merged = try await merge(repository)
      #expect(merged.isClean == (output.status == 0))
      let difference =
        if let tree = merged.tree {
          try await repository.git("diff", String(output.text.prefix(40)), tree.description)
        } else { "no tree" }
      #expect(difference == "")
    }
  }

  static let failures = [
    Case("no command", "*.txt merge=own", ["merge.own.name": "mine"]),
    Case("no such program", "*.txt merge=own", ["merge.own.driver": "no-such-program"]),
    Case("no result", "*.txt merge=own", ["merge.own.driver": "rm %A"]),
    Case("a high status", "*.txt merge=own", ["merge.own.driver": "echo words >&2; exit 129"]),
    Case("a signal", "*.txt merge=own", ["merge.own.driver": "kill -9 $$"]),
  ]

  @Test("a driver that fails is an error, and the driver is named", arguments: failures)
  func failing(test: Case) async throws {
    try await withTestRepository(empty: true) { repository in
      try await makeSides(repository, crissCross: false)
      try await configure(repository, test)
      await #expect {
        _ = try await merge(repository)
      } throws: { error in
        "\(error)".contains("own") || "\(error)".contains("no-such-program")
      }
      #expect(try await repository.git("status", "--porcelain") == "?? here")
    }
  }

  @Test("labels come as newer versions of git give them")
  func labels() async throws {
    try await withTestRepository(empty: true) { repository in
      try await makeSides(repository, crissCross: false)
      try await configure(
        repository,
        Case("", "*.txt merge=own", ["merge.own.driver": "printf '%%s\\n' %X %Y > %A"]))
      let tree = try #require(try await merge(repository).tree)
      let text = try await repository.git("cat-file", "blob", "\(tree):a.txt")
      #expect(text == "ours\ntheirs")
    }
  }

  @Test("cancelling a merge ends its driver")
  func cancellation() async throws {
    try await withTestRepository(empty: true) { repository in
      try await makeSides(repository, crissCross: false)
      let mark = repository.sandbox.appending("started")
      try await configure(
        repository,
        Case("", "*.txt merge=own", ["merge.own.driver": "touch '\(mark)'; sleep 100; true"]))
      let task = Task { try await merge(repository) }
      try await wait(for: "the driver") { pathExists(mark) }
      task.cancel()
      await #expect { _ = try await task.value } throws: {
        ($0 as? GitError)?.code == .cancelled
      }
    }
  }
}
