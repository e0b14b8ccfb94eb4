import RunSupport
import SystemPackage
import TestSupport
import Testing

/// A state of a project, or a use of the program, that it must refuse.
struct BadInput: Sendable, CustomTestStringConvertible {
  var name: String
  var status: Int
  /// Parts of the message, in their order.
  var says: [String]
  var arguments: [String] = []
  /// Makes the state of a repository that is in order and has the issue BUG-1.
  var prepare: @Sendable (TestRepository) async throws -> Void = { _ in }

  var testDescription: String { name }

  init(
    _ name: String, _ status: Int, says: [String], arguments: [String] = [],
    prepare: @escaping @Sendable (TestRepository) async throws -> Void = { _ in }
  ) {
    self.name = name
    self.status = status
    self.says = says
    self.arguments = arguments
    self.prepare = prepare
  }
}

@Suite("Bad input", .timeLimit(.minutes(10)))
struct BadInputTests {
  static let repositories = [
    BadInput("no repository", 3, says: ["repo is not in a git repository", "--config DIR"]) {
      try await Oracle.run("rm", ["-r", ".git"], in: $0.root)
    },
    BadInput("an empty repository", 3, says: ["repo has no commit yet", "make a first one"]) {
      try await Oracle.run("rm", ["-r", ".git"], in: $0.root)
      try await $0.git("init", "--quiet", "-b", "main")
    },
    BadInput("no identity", 3, says: ["nobody is named", "[user]", "name =", "email ="]) {
      try await $0.git("config", "--unset", "user.name")
      try await $0.git("config", "--unset", "user.email")
    },
    BadInput("no identity, and a broken configuration", 3, says: ["nobody is named"]) {
      try await $0.git("config", "--unset", "user.name")
      try await $0.git("config", "--unset", "user.email")
      try writeFile($0.file("ll-config.json"), "{")
    },
    BadInput(
      "no program that signs", 3,
      says: ["commit.gpgSign", "no-such-gpg", "No such file", "\"unsigned\": true"]
    ) {
      try await $0.git("config", "commit.gpgSign", "true")
      try await $0.git("config", "gpg.program", "no-such-gpg")
    },
    BadInput("no key to sign with", 3, says: ["commit.gpgSign", "user.signingKey"]) {
      try await $0.git("config", "commit.gpgSign", "true")
      try await $0.git("config", "gpg.format", "ssh")
    },
    BadInput(
      "a key that is not there", 3, says: ["commit.gpgSign", "ssh-keygen", "/no/such/key"]
    ) {
      try await $0.git("config", "commit.gpgSign", "true")
      try await $0.git("config", "gpg.format", "ssh")
      try await $0.git("config", "user.signingKey", "/no/such/key")
    },
    BadInput("a sparse checkout", 3, says: ["cannot be worked on", "sparse checkout", "--cone"]) {
      try await $0.git("sparse-checkout", "set", "--no-cone", "src", ".issues", ".ll")
    },
    BadInput("a base branch that is not there", 3, says: ["no base branch", "'trunk'"]) {
      try $0.configure(agent: "", settings: ["\"base_branch\": \"trunk\""])
    },
    BadInput("a detached HEAD", 3, says: ["no base branch", "detached", "base_branch"]) {
      try await $0.git("checkout", "--quiet", "--detach")
    },
    BadInput(
      "an agent that is not there", 3,
      says: ["no-such-agent", "not found in PATH", "agent_command"]
    ) {
      try $0.configure(command: ["no-such-agent"])
    },
    BadInput(
      "an agent that cannot be executed", 3, says: ["README.md is not executable", "agent_command"]
    ) {
      try $0.configure(command: ["\($0.root)/README.md"])
    },
  ]

  static let projects = [
    BadInput("no issues", 2, says: ["no directory of issues at", "repo/.issues", "base_dir"]) {
      try await Oracle.run("rm", ["-r", ".issues"], in: $0.root)
    },
    BadInput("two files with one id", 2, says: ["BUG-1", "2 files", "P0-BUG-1-", "P2-BUG-1-"]) {
      try $0.addIssue("BUG-1", priority: "P0")
    },
    BadInput("a configuration that is not JSON", 2, says: ["ll-config.json:2:", "not JSON"]) {
      try writeFile($0.file(".ll/ll-config.json"), "{\n  oops\n}\n")
    },
    BadInput("an unknown key", 2, says: ["ll-config.json:", "max_worker'", "parallel.max_workers"])
    { try $0.configure(agent: "", settings: ["\"max_worker\": 3"]) },
    BadInput("a wrong type", 2, says: ["ll-config.json:", "parallel.max_workers", "accepted"]) {
      try $0.configure(agent: "", settings: ["\"max_workers\": \"many\""])
    },
    BadInput("a feature that is not there", 2, says: ["push_feature_branches", "not support"]) {
      try $0.configure(agent: "", settings: ["\"push_feature_branches\": true"])
    },
  ]

  static let usages = [
    BadInput(
      "an unknown flag", 2, says: ["--wrokers", "--workers"], arguments: ["--wrokers", "3"]),
    BadInput(
      "no worker", 2, says: ["--workers is 0; accepted: a whole number from 1"],
      arguments: ["--workers", "0"]),
    BadInput("a number that is none", 2, says: ["--workers"], arguments: ["--workers", "many"]),
    BadInput(
      "an unknown issue", 2, says: ["'BUG-11'", "did you mean BUG-1?"],
      arguments: ["--only", "BUG-11"]),
    BadInput("an unknown number", 2, says: ["no issue file", "'732'"], arguments: ["-o", "732"]),
    BadInput("an unknown priority", 2, says: ["P9", "accepted: P0"], arguments: ["-p", "P9"]),
    BadInput("an unknown type", 2, says: ["BUGS", "accepted: BUG"], arguments: ["-T", "BUGS"]),
    BadInput(
      "two ways with finished work", 2, says: ["--merge-pending", "--ignore-pending", "exclude"],
      arguments: ["--merge-pending", "--ignore-pending"]),
    BadInput(
      "three ways with finished work", 2, says: ["--merge-pending", "--clean-start", "exclude"],
      arguments: ["--clean-start", "--ignore-pending", "--merge-pending"]),
    BadInput(
      "a selection of nothing", 2, says: ["--only names nothing"], arguments: ["--only", " ,"]),
    BadInput(
      "a hand-over threshold", 2, says: ["--handoff-threshold is 0; accepted: 1 to 100"],
      arguments: ["--handoff-threshold", "0"]),
    BadInput(
      "a small context", 2, says: ["--context-limit is 49999; accepted: 50000"],
      arguments: ["--context-limit", "49999"]),
    BadInput("quiet and verbose", 2, says: ["--quiet", "--verbose"], arguments: ["-q", "-v"]),
    BadInput("less than no time", 2, says: ["--timeout"], arguments: ["--timeout=-1"]),
    BadInput(
      "a place for events that is none", 2, says: ["events", "/no/such/directory"],
      arguments: ["--events", "/no/such/directory/events"]),
    BadInput(
      "another directory that is none", 3, says: ["/no/such/directory", "not in a git repository"],
      arguments: ["--config", "/no/such/directory"]),
    BadInput("something unexpected", 2, says: ["oops"], arguments: ["oops"]),
  ]

  static let unsupported = [
    BadInput(
      "epic branches", 2, says: ["--epic-branches is not supported"],
      arguments: ["--epic-branches"]),
    BadInput(
      "the model of an agent that does not say it", 2, says: ["--show-model needs an agent"],
      arguments: ["--show-model"]),
  ]

  @Test(
    "it says what, where, why and what next, and writes nothing",
    arguments: repositories + projects + usages + unsupported)
  func refused(input: BadInput) async throws {
    try await withTestRepository { repository in
      try repository.configure(agent: TestRepository.simpleAgent)
      try repository.addIssue("BUG-1")
      try await repository.commitAll("one issue")
      try await input.prepare(repository)
      let before = try await repository.everything()

      let output = try await Program.run(input.arguments, in: repository.root)

      #expect(output.status == input.status, "\(output.errors)")
      #expect(output.text == "")
      var rest = output.errors[...]
      for part in input.says {
        let range = rest.firstRange(of: part)
        #expect(range != nil, "'\(part)' is not in: \(output.errors)")
        if let range { rest = rest[range.upperBound...] }
      }
      #expect(try await repository.everything() == before)
    }
  }

  @Test("a bare repository is refused")
  func bare() async throws {
    try await withTestRepository { repository in
      let bare = repository.sandbox.appending("bare.git")
      try await repository.git("clone", "--quiet", "--bare", ".", bare.string)
      let output = try await repository.program(at: bare)
      #expect(output.status == 3)
      #expect(output.errors.contains("\(bare) is a bare repository"))
    }
  }

  @Test("a place for worktrees that cannot be one is refused")
  func worktreeBase() async throws {
    try await withTestRepository { repository in
      try repository.configure(agent: TestRepository.simpleAgent)
      try repository.addIssue("BUG-1")
      try writeFile(repository.file("taken"), "a file\n")
      try await repository.commitAll("one issue")
      let output = try await repository.program("--worktree-base", "taken")
      #expect(output.status == 3, "\(output.errors)")
      #expect(output.errors.contains("\(repository.file("taken"))"))
      #expect(output.errors.contains("--worktree-base"))
      #expect(output.text == "")
      #expect(repository.text(of: "taken") == "a file\n")
    }
  }

  @Test("no open issue is no error, and it is said why")
  func nothingToDo() async throws {
    try await withTestRepository { repository in
      try repository.configure(agent: TestRepository.simpleAgent)
      try makeDirectories(repository.file(".issues/bugs"))
      let empty = try await repository.program()
      #expect(empty.status == 0, "\(empty.errors)")
      #expect(empty.text.contains("Nothing to do"))
      try repository.addIssue("BUG-1", fields: ["status: done"])
      try repository.addIssue("BUG-2", fields: ["status: blocked"])
      let done = try await repository.program()
      #expect(done.status == 0, "\(done.errors)")
      #expect(done.text.contains("1 blocked, 1 done") || done.text.contains("1 done, 1 blocked"))
    }
  }

  @Test("files that are no issues are named, and the others run")
  func unreadable() async throws {
    try await withTestRepository { repository in
      try repository.configure(agent: TestRepository.simpleAgent)
      try repository.addIssue("BUG-1")
      try repository.addIssue("BUG-2", fields: ["status: [open"])
      try await Oracle.run(
        "ln", ["-s", "nowhere", "P1-BUG-4-link.md"], in: repository.file(".issues/bugs"))
      try await repository.commitAll("three issues")
      let output = try await repository.program()
      #expect(output.status == 0, "\(output.errors)\(output.text)")
      #expect(repository.text(of: "BUG-1.txt") == "done for BUG-1\n")
      #expect(output.text.contains("Skipped files:"))
      for name in ["P2-BUG-2-something-to-do.md:", "P1-BUG-4-link.md:"] {
        #expect(output.text.contains(".issues/bugs/\(name)"), "\(output.text)")
      }
    }
  }

  @Test("commits may go unsigned if the configuration says so")
  func unsigned() async throws {
    try await withTestRepository { repository in
      try repository.configure(
        agent: "echo done > \"$LL_ISSUE_ID.txt\"", settings: ["\"unsigned\": true"])
      try repository.addIssue("BUG-1")
      try await repository.commitAll("one issue")
      try await repository.git("config", "commit.gpgSign", "true")
      let output = try await repository.program()
      #expect(output.status == 0, "\(output.errors)\(output.text)")
    }
  }
}
