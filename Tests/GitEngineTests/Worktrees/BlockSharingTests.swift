import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// New worktrees on a file system that can share blocks: an XFS in a file, where the machine lets one
/// be mounted.
@Suite(
  .serialized, .enabled("an XFS in a file can be mounted") { await ReflinkVolume.isPossible() })
struct BlockSharingTests {
  private static let big = 200_000

  private func text(_ letter: Character) -> String {
    String(repeating: "\(letter) line\n", count: Self.big / 7)
  }

  /// A repository on such a file system, with large files of several kinds.
  private func withRepository(
    _ body: (TestRepository) async throws -> Void
  ) async throws {
    try await ReflinkVolume.with { volume in
      let repository = TestRepository(root: volume.appending("repo"), sandbox: volume)
      try await Oracle.git(["init", "--quiet", "-b", "main", repository.root.string], in: volume)
      try await repository.git("config", "user.name", "Test")
      try await repository.git("config", "user.email", "test@example.com")
      try repository.write(".gitattributes", "*.crlf text eol=crlf\n")
      for name in ["same", "edited", "touched", "staged", "pipe"] {
        try repository.write(RepositoryPath("\(name).txt"), text(name.first ?? "x"))
      }
      try repository.write("lines.crlf", text("l").replacing("\n", with: "\r\n"))
      try writeFile(repository.root.appending("tool"), text("t"), executable: true)
      try repository.write("small.txt", "small\n")
      try await repository.commitAll("large files")
      // The index is younger than the files: their times tell.
      try await Oracle.run("sh", ["-c", "touch -d '1 hour ago' *"], in: repository.root)
      try await repository.git("update-index", "--refresh")
      try await body(repository)
    }
  }

  private func isShared(_ file: FilePath) async throws -> Bool {
    try await Oracle.run("sync", ["-f", file.string], in: "/")
    let extents = try await Oracle.run("filefrag", ["-v", file.string], in: "/").text
    return extents.contains("shared")
  }

  @Test func unchangedLargeFilesShareTheirBlocks() async throws {
    try await withRepository { repository in
      try repository.write("edited.txt", text("E"))
      try repository.write("staged.txt", text("S"))
      try await repository.git("add", "staged.txt")
      try await Oracle.run("touch", ["touched.txt"], in: repository.root)
      try await Oracle.run("sh", ["-c", "rm pipe.txt && mkfifo pipe.txt"], in: repository.root)
      let worktree = repository.sandbox.appending("worktree")
      try await repository.addWorktree(worktree, "topic")

      for name in ["same.txt", "tool"] {
        #expect(try await isShared(worktree.appending(name)), "\(name)")
      }
      for name in ["edited.txt", "touched.txt", "staged.txt", "lines.crlf"] {
        #expect(try await !isShared(worktree.appending(name)), "\(name)")
      }
      // All is what git would have written.
      #expect(try await repository.git("status", "--porcelain", at: worktree) == "")
      let gits = repository.sandbox.appending("gits")
      try await repository.git("worktree", "add", "--quiet", "--detach", gits.string)
      try await Oracle.run(
        "diff", ["--recursive", "--exclude=.git", worktree.string, gits.string], in: "/")
      let tool = try await Oracle.run("stat", ["-c", "%A", "tool"], in: worktree).text
      #expect(tool == "-rwxr-xr-x")

      // What is written in one of them is not seen in the other.
      let original = try readFile(repository.root.appending("same.txt"))
      try await Oracle.run(
        "sh", ["-c", "printf changed | dd of=same.txt conv=notrunc status=none"], in: worktree)
      #expect(try readFile(repository.root.appending("same.txt")) == original)
    }
  }

  @Test func withoutSuchAFileSystemItIsTriedOnce() async throws {
    try await withRepository { repository in
      // Worktrees on another file system than the main worktree.
      try await withSandbox { other in
        let engine = try repository.engine()
        for name in ["one", "two"] {
          let place = other.appending(name)
          let calls = try await engine.addWorktree(
            at: place, newBranch: .branch(name), startingAt: repository.id("main"),
            signature: TestRepository.signature)
          #expect(calls.path == place)
          #expect(try await repository.git("status", "--porcelain", at: place) == "")
          #expect(
            BlockSource(
              engine.blockSharing, root: repository.root,
              gitDirectory: repository.root.appending(".git")) == nil)
        }
      }
    }
  }
}

/// An XFS in a file, mounted for one test.
private enum ReflinkVolume {
  /// Whether this machine can do it: containers often have the rights of root but for mounting.
  static func isPossible() async -> Bool {
    do {
      try await with { _ in }
      return true
    } catch {
      return false
    }
  }

  static func with(_ body: (FilePath) async throws -> Void) async throws {
    try await withSandbox { sandbox in
      let (image, place) = (sandbox.appending("volume"), sandbox.appending("mounted"))
      try TestSupport.makeDirectories(place)
      try await Oracle.run("truncate", ["-s", "400M", image.string], in: sandbox)
      try await Oracle.run("mkfs.xfs", ["-q", "-m", "reflink=1", image.string], in: sandbox)
      try await Oracle.run("mount", ["-o", "loop", image.string, place.string], in: sandbox)
      let result: Result<Void, any Error>
      do { result = .success(try await body(place)) } catch { result = .failure(error) }
      try await Oracle.run("umount", [place.string], in: sandbox)
      try result.get()
    }
  }
}
