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

/// A job of the program that is stopped or disturbed, and what a person does then.
struct FaultScenario: Sendable, CustomTestStringConvertible {
  let name: String
  /// Makes what the job begins with.
  let prepare: @Sendable (TestRepository) async throws -> Void
  /// The job.
  let arguments: [String]
  /// What is run after it, to the same end; it must succeed.
  let again: [String]
  /// What holds at any moment, also before the job is run again.
  let always: @Sendable (TestRepository, Comment) async throws -> Void
  /// What holds in the end.
  let check: @Sendable (TestRepository, Comment) async throws -> Void
  /// The branches that there are in the end.
  var branches = ["main"]

  var testDescription: String { name }

  /// All of them, or those whose names hold what `LL_FAULT_SCENARIO` says.
  static let all = [landing, twoIssues, branch, cleanStart, conflict, undo].filter { scenario in
    getenv("LL_FAULT_SCENARIO").map { scenario.name.contains(String(cString: $0)) } ?? true
  }

  /// What no scenario may leave: damage, locks, side files, worktrees, branches, processes.
  ///
  /// - Parameter afterFailure: Whether an issue failed before; its branch stays then.
  func checkRemains(
    _ repository: TestRepository, _ comment: Comment, afterFailure: Bool
  ) async throws {
    let fsck = try await Oracle.git(
      ["fsck", "--strict", "--no-dangling"], in: repository.root, allowFailure: true)
    #expect(fsck.status == 0 && fsck.text == "", "\(comment): \(fsck.errors)\(fsck.text)")
    let worktrees = try await repository.git("worktree", "list", "--porcelain")
    #expect(worktrees.split(separator: "\n").count { $0.hasPrefix("worktree ") } == 1, comment)
    #expect(!repository.exists(".worktrees"), comment)
    let heads = try await repository.git("for-each-ref", "--format=%(refname:short)", "refs/heads")
    let kept = heads.split(separator: "\n").map(String.init).filter {
      !afterFailure || !$0.hasPrefix("parallel/")
    }
    #expect(kept == branches, comment)
    let found = try await Oracle.run(
      "find",
      [".git", "-name", "*.lock", "-o", "-name", "*gitengine-*", "-o", "-name", "*.tmp"],
      in: repository.root
    ).text.split(separator: "\n").sorted()
    #expect(found == [".git/gitengine.lock", ".git/ll-parallel/run.lock"], comment)
    let trash = directoryNames(repository.root.appending(".git/ll-parallel"))
    #expect(!trash.contains("trash"), comment)
    #expect(
      processes(withEnvironment: FaultInjector.mark(of: repository)) == [],
      "\(comment): a process is left")
  }

  static func landings(_ repository: TestRepository) async throws -> [String] {
    try await repository.git("log", "--first-parent", "--reverse", "--format=%s", "main")
      .split(separator: "\n").map(String.init).filter {
        $0.hasPrefix("merge ") || $0.hasPrefix("undo ")
      }
  }

  /// Everything that a reference of saved work of an issue holds in a file.
  static func saved(
    _ file: String, of issue: String, _ repository: TestRepository
  ) async throws -> [String] {
    let names = try await repository.git(
      "for-each-ref", "--format=%(refname)", "refs/ll/saved/\(issue)"
    ).split(separator: "\n")
    var texts: [String] = []
    for name in names {
      let text = try await Oracle.git(
        ["show", "\(name):\(file)"], in: repository.root, allowFailure: true)
      if text.status == 0 { texts.append(text.text) }
    }
    return texts
  }
}

extension FaultScenario {
  /// An issue whose landing carries an edit of the user, replaces, adds and empties files.
  static let landing = FaultScenario(
    name: "a landing in a dirty checkout",
    prepare: { repository in
      try repository.configure(command: ["./tools/agent"])
      try writeFile(
        repository.file("tools/agent"),
        """
        #!/bin/sh
        echo "an end" >> src/a.txt
        echo "another end" >> src/b.txt
        echo "new" > page.txt
        : > src/deep/c.txt
        """, executable: true)
      try repository.addIssue("BUG-1")
      try await repository.commitAll("an issue")
      try repository.write("src/a.txt", mine)
      try repository.write("staged.txt", "staged\n")
      try await repository.git("add", "staged.txt")
      try repository.write("untracked.txt", "untracked\n")
    },
    arguments: [], again: ["--merge-pending"],
    always: { repository, comment in
      let text = repository.read("src/a.txt")
      #expect([mine, mine + "an end\n"].contains(text), "\(comment): \(text ?? "no file")")
      #expect(repository.read("staged.txt") == "staged\n", comment)
      #expect(repository.read("untracked.txt") == "untracked\n", comment)
    },
    check: { repository, comment in
      let landed = try await landings(repository)
      #expect(landed == ["merge BUG-1: Something to do"], comment)
      #expect(repository.read("src/a.txt") == mine + "an end\n", comment)
      #expect(repository.read("page.txt") == "new\n", comment)
      #expect(
        try await repository.git("status", "--porcelain")
          == " M src/a.txt\nA  staged.txt\n?? untracked.txt", comment)
    })

  private static let mine = numberedLines("a").replacing("a line 3\n", with: "mine\n")

  /// The second issue gets the worktree of the first one.
  static let twoIssues = FaultScenario(
    name: "two issues in one worktree",
    prepare: { repository in
      try repository.configure(agent: TestRepository.simpleAgent)
      try repository.addIssue("BUG-1", priority: "P1")
      try repository.addIssue("BUG-2", priority: "P2")
      try await repository.commitAll("two issues")
    },
    arguments: ["--workers", "1"], again: ["--workers", "1", "--merge-pending"],
    always: { repository, comment in
      let changed = try await changes(repository)
      #expect(changed.isEmpty, comment)
    },
    check: { repository, comment in
      let landed = try await landings(repository)
      #expect(
        landed.sorted() == ["merge BUG-1: Something to do", "merge BUG-2: Something to do"],
        comment)
      #expect(repository.text(of: "BUG-1.txt") == "done for BUG-1\n", comment)
      #expect(repository.text(of: "BUG-2.txt") == "done for BUG-2\n", comment)
      #expect(try await repository.git("status", "--porcelain") == "", comment)
    })

  /// What `git status` shows beside what is put right when the program runs the next time.
  private static func changes(_ repository: TestRepository) async throws -> [Substring] {
    try await repository.git("status", "--porcelain").split(separator: "\n").filter {
      !$0.hasSuffix(".worktrees/") && !$0.contains("BUG-")
    }
  }

  static let branch = FaultScenario(
    name: "a branch that is left",
    prepare: { repository in
      try repository.configure(agent: "echo new > new.txt")
      try repository.addIssue("BUG-1")
      try await repository.commitAll("an issue")
    },
    arguments: ["--feature-branches"], again: ["--feature-branches"],
    always: { _, _ in },
    check: { repository, comment in
      let subjects = try await repository.git(
        "log", "--format=%s", "main..feature/bug-1-something-to-do")
      #expect(
        subjects == """
          finish BUG-1: Something to do
          BUG-1: work left uncommitted by the agent
          """, comment)
      #expect(try await landings(repository) == [], comment)
    },
    branches: ["feature/bug-1-something-to-do", "main"])

  /// Finished work that could not land is kept when it is begun anew.
  static let cleanStart = FaultScenario(
    name: "a clean start",
    prepare: { repository in
      try repository.configure(agent: "echo first > src/a.txt")
      try repository.addIssue("BUG-1")
      try await repository.commitAll("an issue")
      try repository.write("src/a.txt", "in the way\n")
      #expect(try await repository.program().status == 1)
      try await repository.git("checkout", "--quiet", "src/a.txt")
      try repository.configure(agent: "echo again > again.txt")
      try await repository.commitAll("another agent")
    },
    arguments: ["--clean-start"], again: ["--clean-start"],
    always: { _, _ in },
    check: { repository, comment in
      let kept = try await saved("src/a.txt", of: "bug-1", repository)
      #expect(kept.contains("first"), comment)
      let landed = try await landings(repository)
      #expect(landed == ["merge BUG-1: Something to do"], comment)
      #expect(repository.read("again.txt") == "again\n", comment)
    })

  /// Two issues that change one line; the agent of the second resolves the conflict.
  static let conflict = FaultScenario(
    name: "a conflict that the agent resolves",
    prepare: { repository in
      try repository.configure(
        agent: """
          if [ -e "$(git rev-parse --git-path MERGE_HEAD)" ]; then
            sed -i -e '/^<<<<<<< /d' -e '/^=======$/,/^>>>>>>> /d' src/a.txt
            sed -i "s/^a line 3, .*/a line 3, BUG-1, BUG-2/" src/a.txt
            git commit -q -a --no-edit
            exit
          fi
          sed -i -E "s/^a line 3(,.*)?$/&, $LL_ISSUE_ID/" src/a.txt
          echo "$LL_ISSUE_ID" > "$LL_ISSUE_ID.txt"
          if [ "$LL_ISSUE_ID" = BUG-2 ]; then
            rounds=0
            until git log --format=%s main | grep -q "^merge BUG-1"; do
              # If that one failed, so does this one.
              rounds=$((rounds + 1)); [ $rounds -lt 3000 ] || exit 1
              sleep 0.02
            done
          fi
          """)
      try repository.addIssue("BUG-1", priority: "P1")
      try repository.addIssue("BUG-2", priority: "P2")
      try await repository.commitAll("two issues")
    },
    arguments: [], again: ["--merge-pending"],
    always: { _, _ in },
    check: { repository, comment in
      let landed = try await landings(repository)
      #expect(
        landed == ["merge BUG-1: Something to do", "merge BUG-2: Something to do"], comment)
      let line = repository.text(of: "src/a.txt")?.split(separator: "\n").dropFirst(2).first
      // The same when the second one is begun anew, after the first one has landed: no conflict then.
      #expect(line == "a line 3, BUG-1, BUG-2", comment)
      #expect(repository.text(of: "BUG-2.txt") == "BUG-2\n", comment)
    })

  static let undo = FaultScenario(
    name: "undo",
    prepare: { repository in
      try repository.configure(agent: "echo more >> src/a.txt; echo new > page.txt")
      try repository.addIssue("BUG-1")
      try await repository.commitAll("an issue")
      #expect(try await repository.program().status == 0)
      try repository.write("src/a.txt", mine + "more\n")
    },
    arguments: ["undo", "BUG-1"], again: ["undo", "BUG-1"],
    always: { repository, comment in
      let text = repository.read("src/a.txt")
      #expect([mine, mine + "more\n"].contains(text), "\(comment): \(text ?? "no file")")
    },
    check: { repository, comment in
      let landed = try await landings(repository)
      #expect(landed == ["merge BUG-1: Something to do", "undo BUG-1: Something to do"], comment)
      #expect(repository.read("src/a.txt") == mine, comment)
      #expect(!repository.exists("page.txt"), comment)
      #expect(try await repository.git("status", "--porcelain") == " M src/a.txt", comment)
    })
}
