import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// Switches of so many files that they are written by several threads.
@Suite struct ManyFilesTests {
  /// Files of all kinds, three hundred of each version.
  private func make(_ repository: TestRepository, _ version: Int) async throws {
    try repository.write(
      ".gitattributes",
      """
      *.crlf text eol=crlf
      *.id ident
      *.up filter=upper
      *.link working-tree-encoding=UTF-16
      part-\(version)/*.txt text eol=crlf

      """)
    for number in 0..<50 {
      let directory = "part-\(number % 7)"
      let text = "version \(version) of \(number)\n$Id$\nend\n"
      for kind in ["txt", "crlf", "id", "up"] {
        try repository.write(RepositoryPath("\(directory)/\(number).\(kind)"), text)
      }
      let program = repository.root.pushing(FilePath("\(directory)/\(number).sh"))
      try writeFile(program, text, executable: (number + version) % 3 != 0)
      let link = "\(directory)/\(number).link"
      try await Oracle.run("ln", ["-sf", "version-\(version)", link], in: repository.root)
    }
    try await repository.commitAll("version \(version)")
  }

  private func withVersions(_ body: (TestRepository) async throws -> Void) async throws {
    try await withTestRepository { repository in
      try await repository.git("config", "filter.upper.smudge", "tr a-z A-Z")
      try await repository.git("config", "filter.upper.clean", "tr A-Z a-z")
      try await make(repository, 1)
      try await repository.git("tag", "one")
      try await make(repository, 2)
      try await repository.git("tag", "two")
      try await body(repository)
    }
  }

  @Test func filesAreThoseOfGit() async throws {
    try await withVersions { repository in
      for name in ["one", "two", "one"] {
        let commit = try await repository.id(name)
        let report = try await repository.engine().transaction {
          try $0.switchCheckout(to: .detached(commit), signature: TestRepository.signature)
        }
        guard case .switched(let changes) = report else {
          Issue.record("\(report)")
          return
        }
        #expect(changes.written.count > 250)
        let fresh = repository.sandbox.appending("git-\(name)")
        try await repository.git(
          "worktree", "add", "--quiet", "--force", "--detach", fresh.string, name)
        #expect(
          try await Oracle.files(below: repository.root) == Oracle.files(below: fresh), "\(name)")
        #expect(try await repository.git("status", "--porcelain") == "", "\(name)")
        try await repository.git("worktree", "remove", "--force", fresh.string)
      }
    }
  }

  @Test func anObjectThatIsMissingChangesNothing() async throws {
    try await withVersions { repository in
      let blob = try await repository.git("rev-parse", "one:part-3/3.txt")
      let object = repository.root.pushing(".git/objects")
        .appending(String(blob.prefix(2))).appending(String(blob.dropFirst(2)))
      try await Oracle.run("rm", ["-f", object.string], in: repository.root)
      let before = try await Oracle.files(below: repository.root)
      let commit = try await repository.id("one")
      let error = await #expect(throws: GitError.self) {
        try await repository.engine().transaction {
          _ = try $0.switchCheckout(to: .detached(commit), signature: TestRepository.signature)
        }
      }
      #expect(error?.code == .notFound, "\(String(describing: error))")
      #expect(try await Oracle.files(below: repository.root) == before)
      #expect(try await repository.git("status", "--porcelain") == "")
      let left = directoryNames(repository.root.appending(".git")).filter {
        $0.contains("gitengine-") || $0 == "index.lock"
      }
      #expect(left.isEmpty, "\(left)")
    }
  }
}
