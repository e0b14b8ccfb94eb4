import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// Generated attributes files: what git and the engine read out of them.
@Suite struct AttributeOracleTests {
  static let patterns = [
    "*", "*.txt", "a*", "/a.txt", "src/*.txt", "src/**", "**/deep/*", "deep/", "!*.txt", "[ab].txt",
    "\"a b.txt\"", "\"q\\\"uote\"", "\"\\303\\251\"", "\"open", "a?txt", "src/deep/c.txt", "\\#x",
    "src", "*.TXT", "[attr]mine", "[attr]other", "[attr]", "[attr]-bad", "\\!x", "deep/**/z",
  ]
  static let states = [
    "text", "-text", "!text", "text=auto", "mine", "-mine", "other", "binary", "!binary", "-binary",
    "diff=x=y", "x.y-z_1", "-", "--bad", "=value", "eol=", "merge=union", "b\u{e9}",
  ]
  static let paths: [RepositoryPath] = [
    "a.txt", "b.txt", "src/a.txt", "src/deep/c.txt", "src/deep/x/z", "deep/a.txt", "a b.txt",
    "q\"uote", RepositoryPath(bytes: [0xc3, 0xa9]), "#x", "!x", "src/A.TXT",
  ]

  private static func file(_ generator: inout SeededGenerator) -> String {
    var text = Bool.random(using: &generator) ? "" : "\u{feff}"
    for _ in 0..<Int.random(in: 0...7, using: &generator) {
      let words = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
        states.randomElement(using: &generator) ?? ""
      }
      let pattern = patterns.randomElement(using: &generator) ?? ""
      let space = [" ", "\t", "  \t"].randomElement(using: &generator) ?? " "
      let end = ["\n", "\r\n", " \n", "\n\n# x\n"].randomElement(using: &generator) ?? "\n"
      text += ([pattern] + words).joined(separator: space) + end
    }
    return text
  }

  @Test(arguments: Seeds.portions(120, of: 20))
  func readsWhatGitReads(_ seeds: Range<Int>) async throws {
    try await withTestRepository(empty: true) { repository in
      let places: [RepositoryPath] = [
        ".gitattributes", "src/.gitattributes", "src/deep/.gitattributes", ".git/info/attributes",
        ".git/user",
      ]
      try await repository.git(
        "config", "core.attributesFile", repository.root.appending(".git/user").string)
      let engine = try repository.engine()
      for seed in seeds {
        var generator = SeededGenerator(seed: seed)
        var texts: [String] = []
        for place in places {
          texts.append(Self.file(&generator))
          try repository.write(place, texts.last ?? "")
        }
        let folds = Bool.random(using: &generator)
        try await repository.git("config", "core.ignoreCase", "\(folds)")
        let list = Self.paths.map { $0.bytes + [0] }.joined()
        try writeFile(repository.sandbox.appending("paths"), Array(list))
        let output = try await Oracle.run(
          "sh", ["-c", "git check-attr -z --all --stdin < ../paths"], in: repository.root)
        var expected: [RepositoryPath: [String: AttributeValue]] = [:]
        let fields = output.bytes.split(separator: 0, omittingEmptySubsequences: false)
        for position in stride(from: 0, to: fields.count - 2, by: 3) {
          let words = fields[position..<(position + 3)].map { String(decoding: $0, as: UTF8.self) }
          let value: AttributeValue =
            words[2] == "set" ? .set : words[2] == "unset" ? .unset : .text(words[2])
          expected[RepositoryPath(bytes: fields[position]), default: [:]][words[1]] = value
        }
        let found = try await engine.read { git in
          var found: [RepositoryPath: [String: AttributeValue]] = [:]
          for path in Self.paths {
            let values = try git.attributes(of: path)
            if !values.isEmpty { found[path] = values }
          }
          return found
        }
        for path in Self.paths {
          #expect(found[path] == expected[path], "seed \(seed), \(path), \(texts)")
        }
      }
    }
  }
}
