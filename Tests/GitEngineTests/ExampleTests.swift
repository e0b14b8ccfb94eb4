import GitEngine
import SystemPackage
import TestSupport
import Testing

/// The programs in `Examples`, built by `Scripts/test`, run as their readers would.
@Suite("Examples", .timeLimit(.minutes(2)))
struct ExampleTests {
  private func run(_ program: String, _ arguments: String..., at directory: FilePath) async throws
    -> Oracle.Output
  {
    let file = try BuildProducts.nearest(
      FilePath("Examples/.build/debug").appending(program), where: pathExists)
    return try await Oracle.run(file.string, arguments, in: directory, allowFailure: true)
  }

  @Test("conflict-report names the branches that conflict, with the base and with each other")
  func conflictReport() async throws {
    try await withTestRepository { repository in
      for (branch, file, text) in [
        ("one", "src/a.txt", "one\n"), ("two", "src/a.txt", "two\n"), ("other", "new.txt", "new\n"),
      ] {
        try await repository.git("checkout", "-q", "-b", branch, "main")
        try repository.write(RepositoryPath(bytes: Array(file.utf8)), text)
        try await repository.commitAll(branch)
      }
      try await repository.git("checkout", "-q", "main")
      let output = try await run("conflict-report", repository.root.string, at: "/")
      #expect(
        output.text == """
          4 branches, 6 merges, 1 not clean
          two conflicts with one:
              src/a.txt: content
          """, "\(output.text)\(output.errors)")
      #expect(try await repository.git("status", "--porcelain") == "")
    }
  }

  @Test("switch-carrying takes uncommitted work along, or keeps it in the stash")
  func switchCarrying() async throws {
    try await withTestRepository { repository in
      try await repository.git("checkout", "-q", "-b", "side")
      try repository.write("src/a.txt", "on the side\n")
      try await repository.commitAll("side")
      try await repository.git("checkout", "-q", "main")
      try repository.write("src/b.txt", "edited\n")
      try repository.write("new.txt", "new\n")

      let carried = try await run("switch-carrying", repository.root.string, "side", at: "/")
      #expect(carried.text == "on side, with your changes", "\(carried.errors)")
      #expect(try await repository.git("status", "--porcelain") == " M src/b.txt\n?? new.txt")
      #expect(repository.read("src/b.txt") == "edited\n")
      #expect(try await repository.git("stash", "list") == "")

      try repository.write("src/a.txt", "my own\n")
      let conflict = try await run("switch-carrying", repository.root.string, "main", at: "/")
      #expect(conflict.text.hasPrefix("on main; your changes conflict in src/a.txt."))
      #expect(try await repository.git("stash", "show", "-p").contains("+my own"))
    }
  }

  @Test("switch-carrying refuses what would lose something, and changes nothing")
  func switchRefused() async throws {
    try await withTestRepository { repository in
      let output = try await run("switch-carrying", repository.root.string, "nowhere", at: "/")
      #expect(output.status != 0)
      #expect(output.errors.contains("nowhere"))
      #expect(try await repository.git("status", "--porcelain", "--branch") == "## main")
    }
  }
}
