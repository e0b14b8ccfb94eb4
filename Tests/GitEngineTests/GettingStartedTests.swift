import GitEngine
import SystemPackage
import TestSupport
import Testing

/// Writes a note on a branch of its own, and lands it on `main`.
func landNote(in root: FilePath, worktree: FilePath) async throws -> LandingOutcome? {
  let repository = try GitRepository.open(root)
  let main = ReferenceName.branch("main")
  let me = Signature(name: "Robot", email: "robot@example.com")

  guard let start = try await repository.read({ try $0.target(of: main) }) else { return nil }
  let topic = try await repository.addWorktree(
    at: worktree, newBranch: .branch("note"), startingAt: start, signature: me)

  // Anybody may write there now: an agent, an editor, this program.
  let file = try FileDescriptor.open(
    topic.path.appending("NOTE.md"), .writeOnly, options: [.create],
    permissions: [.ownerReadWrite, .groupRead, .otherRead])
  _ = try file.closeAfter { try file.writeAll("A note.\n".utf8) }

  let work = try await repository.transaction(at: topic.path) { git in
    try git.commit(
      paths: git.status().map(\.path), message: "Add a note\n", author: me, committer: me)
  }
  guard let work else { return nil }

  // In memory, with no lock held; main may move meanwhile.
  let (tip, outcome) = try await repository.read { git in
    let tip = try git.target(of: main) ?? start
    return (tip, try git.merge(work, into: tip))
  }
  guard case .clean(let tree) = outcome else { return nil }

  return try await repository.transaction { git in
    let merge = try git.createCommit(
      tree: tree, parents: [tip, work], message: "Merge the note\n", author: me, committer: me)
    return try git.land(
      LandingRequest(
        branch: main, expected: tip, commit: merge, reflogMessage: "landed the note",
        signature: me, savedWorkPrefix: ReferenceName("refs/saved/note")))
  }
}

@Suite struct GettingStartedTests {
  /// The example of the article does what the article says.
  @Test func theExampleLands() async throws {
    try await withTestRepository { repository in
      let outcome = try await landNote(
        in: repository.root, worktree: repository.sandbox.appending("note"))
      #expect(outcome == .landed(LandingReport(worktree: repository.root)))
      #expect(repository.read("NOTE.md") == "A note.\n")
      let status = try await repository.git("status", "--porcelain")
      #expect(status == "")
      #expect(try await repository.git("log", "--format=%s", "-1") == "Merge the note")
    }
  }

  /// The code above is the code in the article.
  @Test func theArticleHasThisCode() throws {
    let here = FilePath(#filePath)
    let root = here.removingLastComponent().removingLastComponent().removingLastComponent()
    let article = try readFile(
      root.pushing("Sources/GitEngine/GitEngine.docc/GettingStarted.md"))
    let text = String(decoding: article, as: UTF8.self)
    let source = String(decoding: try readFile(here), as: UTF8.self)
    let code = try #require(text.split(separator: "```swift\n").last?.split(separator: "```").first)
    let example = try #require(code.split(separator: "import SystemPackage\n\n").last)
    #expect(source.contains(example))
  }
}
