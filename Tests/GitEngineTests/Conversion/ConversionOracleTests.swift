import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// Line ends and keywords, in both directions, against what git writes and stores.
@Suite struct ConversionOracleTests {
  /// What the files are made of.
  static let parts: [[UInt8]] = [
    "a line\n", "another\r\n", "\r", "\n", "\r\n", "$Id$", "$Id: x $", "$Id: a b $", "$Id", "$",
    "Id", ": ", " ", "x", "\u{0}", "\u{1a}", "\u{7}", "\t",
  ].map { Array($0.utf8) }

  static let attributes = [
    "", "text", "-text", "text=auto", "text=input", "text eol=crlf", "text eol=lf", "eol=crlf",
    "eol=lf", "text=auto eol=crlf", "text=auto eol=lf", "crlf", "-crlf", "crlf=input", "crlf=auto",
    "ident", "ident text eol=crlf", "ident=x", "text=other crlf", "!text eol=crlf", "binary",
    "-text eol=crlf",
  ]

  private static func content(_ generator: inout SeededGenerator) -> [UInt8] {
    let some = parts.shuffled(using: &generator).prefix(Int.random(in: 1...5, using: &generator))
    return (0..<Int.random(in: 0...9, using: &generator)).flatMap { _ in
      some.randomElement(using: &generator) ?? []
    }
  }

  /// A configuration, and the files of each kind.
  @Test(arguments: Seeds.portions(24, of: 1))
  func writesAndStoresAsGit(_ seeds: Range<Int>) async throws {
    let seed = seeds.lowerBound
    var generator = SeededGenerator(seed: seed)
    try await withTestRepository { repository in
      for (name, values) in [
        ("core.autocrlf", ["", "true", "false", "input"]),
        ("core.eol", ["", "lf", "crlf", "native"]),
      ] {
        let value = values.randomElement(using: &generator) ?? ""
        if !value.isEmpty { try await repository.git("config", name, value) }
      }
      try await repository.git("config", "core.safecrlf", "false")
      var text = ""
      var contents: [RepositoryPath: [UInt8]] = [:]
      for (number, line) in Self.attributes.enumerated() {
        text += "d\(number)/* \(line)\n"
        for file in 0..<6 {
          contents[RepositoryPath("d\(number)/\(file)")] = Self.content(&generator)
        }
      }
      try repository.write(".gitattributes", text)
      let names = contents.keys.sorted()
      // What is stored at present counts for line ends: half of the files are, as they are.
      for name in names.enumerated() where name.offset.isMultiple(of: 2) {
        let old = Self.content(&generator)
        try repository.write("../old", old)
        let id = try await repository.git("hash-object", "-w", "--no-filters", "../old")
        try await repository.git(
          "update-index", "--add", "--cacheinfo", "100644,\(id),\(name.element)")
      }
      for name in names { try repository.write(name, contents[name] ?? []) }
      let twin = repository.sandbox.appending("twin-index")
      try await Oracle.run("cp", [".git/index", twin.string], in: repository.root)

      let engine = try repository.engine()
      _ = try await engine.transaction { try $0.stage(names) }
      let ours = try await repository.git("ls-files", "--stage", "d*")
      try await Oracle.run("cp", [twin.string, ".git/index"], in: repository.root)
      try await repository.git("add", "--", "d*")
      let theirs = try await repository.git("ls-files", "--stage", "d*")
      #expect(differing(ours, theirs) == [], "stored, seed \(seed)")

      // The same bytes stored as they are, and written out.
      for name in names {
        let id = try await repository.git("hash-object", "-w", "--no-filters", name.description)
        try await repository.git("update-index", "--add", "--cacheinfo", "100644,\(id),\(name)")
      }
      try await repository.git("add", ".gitattributes")
      try await repository.git("commit", "-q", "-m", "as they are")
      try await repository.git("worktree", "add", "-q", "--detach", "../gits")
      let place = repository.sandbox.appending("ours")
      try await repository.addWorktree(place, "ours")
      for name in names {
        let bytes = contents[name] ?? []
        // git reads behind the end of such a keyword.
        if String(decoding: bytes, as: UTF8.self).contains("$Id:$") { continue }
        let found = try readFile(name.absolute(in: place))
        let expected = try readFile(name.absolute(in: repository.sandbox.appending("gits")))
        #expect(
          found == expected,
          "seed \(seed), \(name): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
      }
    }
  }

  private func differing(_ ours: String, _ theirs: String) -> [String] {
    let (left, right) = (ours.split(separator: "\n"), theirs.split(separator: "\n"))
    return left.filter { !right.contains($0) }.map(String.init)
      + right.filter { !left.contains($0) }.map { "git: \($0)" }
  }

  @Test("what would not come back is not stored, if core.safecrlf says so")
  func safeLineEnds() async throws {
    try await withTestRepository { repository in
      try await repository.git("config", "core.safecrlf", "true")
      try repository.write(".gitattributes", "*.c text eol=crlf\n*.l text eol=lf\n")
      let engine = try repository.engine()
      for (name, text, fits) in [
        ("a.c", "x\r\ny\r\n", true), ("b.c", "x\ny\n", false), ("c.c", "x\r\ny\n", false),
        ("a.l", "x\ny\n", true), ("b.l", "x\r\n", false),
      ] {
        let path = RepositoryPath(name)
        try repository.write(path, text)
        let added = try await Oracle.git(["add", name], in: repository.root, allowFailure: true)
        #expect((added.status == 0) == fits)
        try await repository.git("rm", "-q", "--cached", "--ignore-unmatch", name)
        do {
          _ = try await engine.transaction { try $0.stage([path]) }
          #expect(fits, "\(name)")
        } catch let error as GitError {
          #expect(!fits && error.code == .lineEnds, "\(error)")
        }
      }
    }
  }
}
