import Foundation
import GitEngine
import RunSupport
import SystemPackage
import TestSupport
import Testing

/// A state of a project, and what the doctor says of it.
struct Ailment: Sendable, CustomTestStringConvertible {
  var name: String
  var level: String
  var area: String
  /// A part of the text, the consequence or the remedy.
  var says: [String]
  var prepare: @Sendable (TestRepository) async throws -> Void

  var testDescription: String { name }

  init(
    _ name: String, _ level: String, _ area: String, says: [String],
    prepare: @escaping @Sendable (TestRepository) async throws -> Void
  ) {
    (self.name, self.level, self.area, self.says, self.prepare) = (name, level, area, says, prepare)
  }
}

@Suite("Doctor and init", .timeLimit(.minutes(5)))
struct DoctorTests {
  static let ailments = [
    Ailment(
      "no agent", "problem", "agent",
      says: ["'no-such-agent' was not found in PATH", "no issue can"]
    ) {
      try $0.configure(command: ["no-such-agent"])
    },
    Ailment("an agent that answers badly", "warning", "agent", says: ["--version", "log in"]) {
      try writeFile(
        $0.sandbox.appending("bin/claude"), "#!/bin/sh\necho 'log in first' >&2; exit 1\n",
        executable: true)
      try writeFile($0.file(".ll/ll-config.json"), #"{"parallel": {"protocol": "plain"}}"#)
    },
    Ailment("a known agent", "ok", "agent", says: ["claude is ", "version 2.1.0"]) {
      try writeFile(
        $0.sandbox.appending("bin/claude"), "#!/bin/sh\n[ \"$1\" = --version ] && echo 2.1.0\n",
        executable: true)
      try writeFile($0.file(".ll/ll-config.json"), #"{"parallel": {"protocol": "plain"}}"#)
    },
    Ailment(
      "a broken configuration", "problem", "configuration", says: ["max_worker'", "defaults"]
    ) {
      try $0.configure(agent: "", settings: ["\"max_worker\": 3"])
    },
    Ailment("no identity", "problem", "repository", says: ["nobody is named", "[user]"]) {
      try await $0.git("config", "--unset", "user.name")
      try await $0.git("config", "--unset", "user.email")
    },
    Ailment("a detached HEAD", "problem", "repository", says: ["no base branch"]) {
      try await $0.git("checkout", "-q", "--detach")
    },
    Ailment("another branch", "note", "repository", says: ["main is not the branch"]) {
      try $0.configure(agent: "", settings: ["\"base_branch\": \"main\""])
      try await $0.git("checkout", "-q", "-b", "topic")
    },
    Ailment(
      "a base branch that is behind", "warning", "repository",
      says: ["1 commit behind", "git pull"]
    ) {
      try await $0.git("update-ref", "refs/remotes/origin/main", "main")
      try await $0.git("config", "branch.main.remote", "origin")
      try await $0.git("config", "branch.main.merge", "refs/heads/main")
      try await $0.git("config", "remote.origin.url", "nowhere")
      try await $0.git("config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
      let ahead = try await $0.commit(on: "main", ["new.txt": "new\n"])
      try await $0.git("update-ref", "refs/remotes/origin/main", "\(ahead)")
    },
    Ailment(
      "hooks", "warning", "repository", says: ["hooks: pre-commit", "not run", "tests check"]
    ) {
      try writeFile($0.file(".git/hooks/pre-commit"), "#!/bin/sh\n", executable: true)
    },
    Ailment(
      "submodules", "warning", "repository", says: ["submodules", "git submodule update --init"]
    ) {
      try $0.write(".gitmodules", "[submodule \"x\"]\n\tpath = x\n\turl = nowhere\n")
      try await $0.commitAll("a submodule")
    },
    Ailment("filters", "note", "repository", says: ["filters: lfs", "programs are run"]) {
      try $0.write(".gitattributes", "*.bin filter=lfs\n")
      try await $0.git("config", "filter.lfs.clean", "cat")
      try await $0.commitAll("a filter")
    },
    Ailment("sparse patterns", "problem", "repository", says: ["sparse checkout", "--cone"]) {
      try await $0.git("sparse-checkout", "set", "--no-cone", "src", ".issues", ".ll")
    },
    Ailment(
      "a merge in progress", "warning", "checkout",
      says: ["a merge is in progress", "--merge-pending"]
    ) {
      try writeFile($0.file(".git/MERGE_HEAD"), "\(try await $0.id("main"))\n")
    },
    Ailment(
      "uncommitted changes", "note", "checkout", says: ["README.md, src/a.txt", "waits for you"]
    ) {
      try $0.write("README.md", "mine\n")
      try $0.write("src/a.txt", "mine\n")
      try await $0.git("add", "src/a.txt")
    },
    Ailment("a stale lock", "warning", "checkout", says: ["index.lock is there", "remove it"]) {
      try writeFile($0.file(".git/index.lock"), "")
    },
    Ailment("no issues", "problem", "issues", says: ["no directory of issues", "init --sample"]) {
      try await Oracle.run("rm", ["-r", ".issues"], in: $0.root)
    },
    Ailment("an issue that cannot be read", "warning", "issues", says: ["BUG-2", "skipped"]) {
      try $0.addIssue("BUG-2", fields: ["status: [open"])
    },
    Ailment("two issues of one id", "problem", "issues", says: ["2 files", "rename all but one"]) {
      try $0.addIssue("BUG-1", priority: "P0")
    },
    Ailment("a failed issue", "note", "earlier runs", says: ["failed: BUG-1", "ll-parallel log"]) {
      try $0.configure(agent: "exit 1")
      #expect(try await $0.program().status == 1)
    },
    Ailment(
      "a lost worktree", "warning", "earlier runs", says: ["worker-x", "--cleanup --dry-run"]
    ) {
      try await $0.git("worktree", "add", "-q", ".worktrees/worker-x")
    },
  ]

  @Test(
    "each finding is told with what follows and what to do; nothing is written", arguments: ailments
  )
  func finds(_ ailment: Ailment) async throws {
    try await withTestRepository { repository in
      try repository.configure(agent: TestRepository.simpleAgent)
      try repository.addIssue("BUG-1")
      try await repository.commitAll("one issue")
      try await ailment.prepare(repository)
      let before = try await repository.everything()
      let path = "\(repository.sandbox)/bin:" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
      let output = try await repository.program("doctor", "--json", environment: ["PATH": path])
      #expect(try await repository.everything() == before)
      let value = try JSONSerialization.jsonObject(with: Data(output.bytes)) as? [String: Any]
      let findings = try #require(value?["findings"] as? [[String: String]])
      let found = findings.filter { $0["level"] == ailment.level && $0["area"] == ailment.area }
      let text = found.map {
        "\($0["text"] ?? "") \($0["consequence"] ?? "") \($0["remedy"] ?? "")"
      }.joined(separator: "\n")
      for part in ailment.says { #expect(text.contains(part), "\(part) is not in \(findings)") }
      #expect(output.status == (findings.contains { $0["level"] == "problem" } ? 1 : 0))
    }
  }

  @Test("a run begins exactly where the doctor sees no problem", arguments: ailments)
  func agrees(_ ailment: Ailment) async throws {
    // An agent that answers badly to --version may still work.
    try await withTestRepository { repository in
      try repository.configure(agent: TestRepository.simpleAgent)
      try repository.addIssue("BUG-1")
      try await repository.commitAll("one issue")
      try await ailment.prepare(repository)
      let path = "\(repository.sandbox)/bin:" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
      let doctor = try await repository.program("doctor", environment: ["PATH": path])
      let plan = try await repository.program("--dry-run", environment: ["PATH": path])
      #expect((doctor.status == 0) == (plan.status == 0), "\(doctor.text)\n\(plan.errors)")
    }
  }

  @Test(
    "init writes over nothing",
    arguments: ["a file", "a directory", "a link to nowhere", "the other name"])
  func keeps(_ kind: String) async throws {
    try await withTestRepository { repository in
      let file = repository.file(".ll/ll-config.json")
      switch kind {
      case "a file": try writeFile(file, "mine\n")
      case "a directory": try makeDirectories(file)
      case "the other name": try writeFile(repository.file("ll-config.json"), "{}\n")
      default:
        try makeDirectories(file.removingLastComponent())
        try await Oracle.run("ln", ["-s", "nowhere", file.string], in: repository.root)
      }
      let issue = repository.file(".issues/features/P3-FEAT-001-say-hello.md")
      try writeFile(issue, "mine\n")
      let before = try await repository.everything()
      let output = try await repository.program("init", "--sample", "--agent", "codex")
      #expect(output.status == 0, "\(output.errors)")
      #expect(
        output.text.split(separator: "\n").count { $0.hasPrefix("kept:") } == 2, "\(output.text)")
      #expect(try await repository.everything() == before)
    }
  }

  @Test("what init writes is what a run takes")
  func begins() async throws {
    try await withTestRepository { repository in
      try writeFile(
        repository.sandbox.appending("bin/codex"),
        "#!/bin/sh\n[ \"$1\" = --version ] && exit 0\ngrep -q HELLO.md && echo Hello > HELLO.md\n",
        executable: true)
      let path = "\(repository.sandbox)/bin:" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
      let start = try await repository.program("init", "--sample", environment: ["PATH": path])
      #expect(start.text.contains("written: .ll/ll-config.json"), "\(start.errors)")
      #expect(repository.text(of: ".ll/ll-config.json")?.contains("\"agent\": \"codex\"") == true)
      try await repository.commitAll("ll-parallel")
      let run = try await repository.program(environment: ["PATH": path])
      #expect(run.status == 0, "\(run.errors)\(run.text)")
      #expect(repository.text(of: "HELLO.md") == "Hello\n")
    }
  }
}
