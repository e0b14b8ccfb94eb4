import GitEngine
import RunSupport
import SystemPackage
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

@Suite("--feature-branches", .timeLimit(.minutes(10)))
struct FeatureBranchTests {
  private func prepare(_ repository: TestRepository, agent: String) async throws {
    try repository.configure(agent: agent)
    try repository.addIssue("BUG-1", title: "The menu: crashes & burns, Ünïcode")
    try repository.addIssue("FEAT-2", title: "Colours", fields: ["depends_on: BUG-1"])
    try await repository.commitAll("two issues")
  }

  private let branch = "feature/bug-1-the-menu-crashes-burns-n-code"

  @Test("the work stays on a branch whose last commit says that it is done; the base does not move")
  func finished() async throws {
    try await withTestRepository { repository in
      try await prepare(repository, agent: TestRepository.simpleAgent)
      let main = try await repository.git("rev-parse", "main")
      let output = try await repository.program("--feature-branches", "--only", "BUG-1")
      #expect(output.status == 0, "\(output.errors)\(output.text)")
      #expect(output.text.contains("finished    BUG-1"))
      #expect(try await repository.git("rev-parse", "main") == main)
      #expect(try await repository.git("status", "--porcelain") == "")
      #expect(try await repository.git("worktree", "list").contains("worker") == false)
      let refs = try await repository.git("for-each-ref", "--format=%(refname:short)")
      #expect(refs == "\(branch)\nmain")
      #expect(
        try await repository.git("log", "--format=%s", "main..\(branch)")
          == "finish BUG-1: The menu: crashes & burns, Ünïcode\nwork on BUG-1")
      let last = try await repository.git("show", "--format=%b", "--name-only", branch)
      #expect(last.contains("Issue: BUG-1\nLL-Run: "))
      #expect(last.split(separator: "\n").filter { $0.contains(".issues/") }.count == 1)
      #expect(try await repository.git("show", branch).contains("+status: done"))
    }
  }

  @Test("it is reported until it is merged or deleted, and does not run meanwhile")
  func reported() async throws {
    try await withTestRepository { repository in
      try await prepare(repository, agent: TestRepository.simpleAgent)
      let first = try await repository.program("--feature-branches")
      // What depends on it would start from a base without it.
      #expect(first.status == 1)
      #expect(first.text.contains("held        FEAT-2"), "\(first.text)")

      let again = try await repository.program("--feature-branches", "-o", "BUG-1")
      #expect(again.status == 0, "\(again.text)")
      #expect(again.text.contains("finished    BUG-1"), "\(again.text)")
      #expect(again.text.contains(branch))
      let landing = try await repository.program("-o", "BUG-1", "--merge-pending")
      #expect(landing.status == 1)
      #expect(landing.text.contains("held        BUG-1"), "\(landing.text)")
      #expect(landing.text.contains("merge it into main"), "\(landing.text)")
      let ignoring = try await repository.program("-o", "BUG-1", "--ignore-pending")
      #expect(ignoring.status == 0)
      #expect(!ignoring.text.contains("BUG-1"), "\(ignoring.text)")
      let refs = try await repository.git("for-each-ref", "--format=%(refname:short)")
      #expect(refs == "\(branch)\nmain")

      try await repository.git("merge", "--quiet", branch)
      let merged = try await repository.program("--no-feature-branches")
      #expect(merged.status == 0, "\(merged.text)")
      #expect(merged.text.contains("landed      FEAT-2"), "\(merged.text)")
      #expect(!merged.text.contains("BUG-1:"))
    }
  }

  @Test("an ignored issue file says that it is done when the branch has been merged")
  func ignored() async throws {
    try await withTestRepository { repository in
      try repository.configure(agent: TestRepository.simpleAgent)
      try repository.write(".gitignore", ".issues/\n")
      try await repository.commitAll("a project")
      let file = RepositoryPath(try repository.addIssue("BUG-1"))
      let output = try await repository.program("--feature-branches")
      #expect(output.status == 0, "\(output.errors)\(output.text)")
      #expect(repository.read(file)?.contains("status: open") == true)
      let branch = "feature/bug-1-something-to-do"
      try await repository.git("merge", "--quiet", "--no-ff", "-m", "merged", branch)
      try await repository.git("branch", "--quiet", "-d", branch)
      let next = try await repository.program()
      #expect(next.status == 0 && !next.text.contains("BUG-1"), "\(next.text)")
      #expect(repository.read(file)?.contains("status: done") == true)
      #expect(try await repository.git("log", "-1", "--format=%s") == "merged")
    }
  }

  @Test("a branch that is deleted unmerged, or a clean start, lets the issue run again")
  func again() async throws {
    try await withTestRepository { repository in
      try await prepare(repository, agent: TestRepository.simpleAgent)
      #expect(try await repository.program("--feature-branches", "-o", "1").status == 0)
      let clean = try await repository.program("--feature-branches", "-o", "1", "--clean-start")
      #expect(clean.status == 0)
      let refs = try await repository.git("for-each-ref", "--format=%(refname:short)")
      #expect(refs == "\(branch)\n\(branch)-2\nmain")
      try await repository.git("branch", "-D", branch, "\(branch)-2")
      let landed = try await repository.program("-o", "1")
      #expect(landed.text.contains("landed      BUG-1"), "\(landed.text)")
    }
  }

  @Test("killed before the last commit: the next run makes it, and does not run the issue")
  func killed() async throws {
    try await withTestRepository { repository in
      try await prepare(
        repository, agent: "git config commit.gpgSign false\n\(TestRepository.simpleAgent)")
      // The program that signs kills the one that wants the last commit signed.
      try await repository.signWithSSH()
      let signer = try repository.script(
        "sign",
        """
        if [ -e "$SANDBOX/tried" ]; then kill -9 $PPID; fi
        echo > "$SANDBOX/tried"
        exec ssh-keygen "$@"
        """)
      try await repository.git("config", "gpg.ssh.program", signer.string)
      let dead = try await repository.program("--feature-branches", "-o", "1")
      #expect(dead.status == 128 + Int(SIGKILL), "\(dead.errors)")
      try await repository.git("config", "commit.gpgSign", "false")
      let next = try await repository.program("-o", "1")
      #expect(next.text.contains("held        BUG-1") || next.status == 1, "\(next.text)")
      #expect(try await repository.git("show", branch).contains("+status: done"))
      #expect(try await repository.git("worktree", "list").contains("worker") == false)
      #expect(!repository.exists("BUG-1.txt"))
    }
  }

  @Test("an issue that is closed leaves a branch with that commit alone")
  func closed() async throws {
    try await withTestRepository { repository in
      try await prepare(repository, agent: "")
      let text = #"## VERDICT\nCLOSE\n\n## CLOSE_REASON\n- Reason: already_fixed\n"#
      let line = #"{"type":"assistant","message":{"content":[{"type":"text","text":"\#(text)"}]}}"#
      let agent = try repository.script("claude", "printf '%s\\n' '\(line)'\necho rest > rest.txt")
      try writeFile(
        repository.file(".ll/ll-config.json"),
        #"{"parallel": {"agent_command": ["\#(agent)"], "use_feature_branches": true}}"#)
      let output = try await repository.program()
      #expect(output.status == 1, "\(output.errors)\(output.text)")
      #expect(output.text.contains("closed      BUG-1"))
      #expect(output.text.contains("held        FEAT-2"), "what it waits for is not on the base")
      #expect(
        try await repository.git("log", "--format=%s", "main..\(branch)")
          == "close BUG-1: The menu: crashes & burns, Ünïcode")
      #expect(try await repository.git("diff", "--name-only", "main", branch).contains("BUG-1"))
    }
  }
}
