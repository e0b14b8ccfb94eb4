import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

@Suite struct ConfigurationTests {
  @Test func readsWhatGitWrote() async throws {
    try await withTestRepository { repository in
      for (name, value) in [
        ("a.flag", "yes"), ("a.size", "12k"), ("a.path", "/x/y"), ("a.Sub.Tion.key", "v"),
      ] {
        try await repository.git("config", name, value)
      }
      for value in ["one", "two", "three"] {
        try await repository.git("config", "--add", "multi.key", value)
      }
      try await repository.engine().read { git throws in
        #expect(try git.configurationFlag("a.flag") == true)
        #expect(try git.configurationInteger("a.size") == 12288)
        #expect(try git.configurationInteger("a.none") == nil)
        #expect(try git.configurationPath("a.path") == "/x/y")
        #expect(try git.configurationValues("Multi.KEY") == ["one", "two", "three"])
        #expect(try git.configuration("multi.key") == "three")
        #expect(try git.configuration("A.Sub.Tion.KEY") == "v")
        #expect(
          try git.configurationEntries(under: "a.").map(\.name) == [
            "a.flag", "a.size", "a.path", "a.Sub.Tion.key",
          ])
      }
    }
  }

  @Test func writesWhatGitReads() async throws {
    try await withTestRepository { repository in
      try await repository.engine().transaction { git in
        try git.setConfiguration("a.key", to: "one")
        try git.setConfiguration("a.key", to: "two # no comment; \"quoted\" \\ \n line")
        try git.addConfiguration("a.multi", "$^")
        try git.addConfiguration("a.multi", "x")
        try git.setConfiguration("a.gone", to: "x")
        #expect(try git.unsetConfiguration("a.gone"))
        #expect(try !git.unsetConfiguration("a.gone"))
      }
      #expect(
        try await repository.git("config", "a.key") == "two # no comment; \"quoted\" \\ \n line")
      #expect(try await repository.git("config", "--get-all", "a.multi") == "$^\nx")
      let several = await #expect(throws: GitError.self) {
        try await repository.engine().transaction { try $0.setConfiguration("a.multi", to: "y") }
      }
      #expect(several != nil)
      try await repository.engine().transaction { git throws in
        #expect(try git.unsetConfiguration("a.multi"))
      }
      #expect(try await repository.git("config", "--get-regexp", "^a[.]").hasPrefix("a.key"))
    }
  }

  @Test func aWorktreeHasAFileOfItsOwn() async throws {
    try await withTestRepository { repository in
      let linked = repository.sandbox.appending("linked")
      try await repository.git("worktree", "add", "-q", linked.string)
      let engine = try repository.engine()
      let off = await #expect(throws: GitError.self) {
        try await engine.transaction(at: linked) {
          try $0.setConfiguration("a.key", to: "x", at: .worktree)
        }
      }
      #expect(off?.code == .unsupported)
      try await repository.git("config", "extensions.worktreeConfig", "true")
      try await engine.transaction(at: linked) {
        try $0.setConfiguration("a.key", to: "linked", at: .worktree)
        try $0.setConfiguration("a.key", to: "all")
      }
      #expect(try await repository.git("config", "a.key", at: linked) == "linked")
      #expect(try await repository.git("config", "a.key") == "all")
      let (entries, mine) = try await engine.read(at: linked) {
        (try $0.configurationEntries(under: "a."), try $0.configuration("a.key"))
      }
      #expect(entries.map(\.level) == [.local, .worktree])
      #expect(mine == "linked")
      #expect(try await engine.read { try $0.configuration("a.key") } == "all")
    }
  }
}
